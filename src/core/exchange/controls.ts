// Control numbers: one sequence per partner and kind, taken in the transaction that stores the file they go into. A file
// that was never stored uses none up; two writers at once get two numbers. They are raised by a person, and never lowered.
import type { Transaction } from '../database.ts';
import type { Store } from '../inbox/store.ts';

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

/** The kinds of numbers that go into what we write. */
const KINDS = ['interchange', 'group', 'document', 'file'] as const;

/**
 * Raises every control number of a partner, so that the next one is `next` or above: where the partner has seen numbers that this
 * database does not know of. Never lowers one (I8); answers the next number of each kind.
 */
export async function raiseControls(
  client: Transaction,
  connectionId: number,
  next: number,
): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query<{ kind: string; value: string }>(
    `insert into control_sequence as s (connection_id, kind, value) select $1, kind, $3 from unnest($2::text[]) as k(kind)
     on conflict (connection_id, kind) do update set value = greatest(s.value, excluded.value) returning kind, value`,
    [connectionId, [...KINDS], next - 1],
  );
  return nextOf(rows);
}

/** The number that the next file of each kind would have. */
export async function nextControls(
  store: Store,
  connectionId: number,
): Promise<Readonly<Record<string, number>>> {
  const { rows } = await store.query<{ kind: string; value: string }>(
    'select kind, value from control_sequence where connection_id = $1',
    [connectionId],
  );
  return nextOf(rows);
}

const nextOf = (rows: readonly { readonly kind: string; readonly value: string }[]) => {
  const taken = new Map(rows.map(({ kind, value }) => [kind, Number(value)]));
  return Object.fromEntries(KINDS.map((kind) => [kind, ((taken.get(kind) ?? 0) % LARGEST) + 1] as const));
};
