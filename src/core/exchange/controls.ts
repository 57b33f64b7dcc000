// Control numbers: one sequence per partner and kind, taken in the transaction that stores the file they go into. A file
// that was never stored uses none up; two writers at once get two numbers.
import type { Transaction } from '../database.ts';

/** ISA13, GS06 and their like have nine digits; after the last comes 1. */
const LARGEST = 999_999_999;

export async function nextControl(client: Transaction, connectionId: number, kind: string): Promise<bigint> {
  const { rows } = await client.query<{ value: string }>(
    `insert into control_sequence as s (connection_id, kind, value) values ($1, $2, 1)
     on conflict (connection_id, kind) do update set value = case when s.value >= $3 then 1 else s.value + 1 end
     returning value`,
    [connectionId, kind, LARGEST],
  );
  return BigInt(rows[0]?.value ?? 1);
}
