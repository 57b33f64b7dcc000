// The reference of the ledger benchmarks: PostgreSQL's own bulk load of the same movements, 1,000 rows a transaction,
// into a bare table with a primary key, a unique key and an index over item, location and time.
import { once } from 'node:events';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Posting } from '../src/core/ledger/movement.ts';

export async function copyTable(client: pg.Client): Promise<void> {
  await client.query(`drop table if exists copied`);
  await client.query(`create table copied (
    id bigint generated always as identity primary key, key uuid not null unique, type text not null, occurred_at timestamptz not null,
    connection_id smallint not null, document text not null, reference text, item_id int not null, quantity numeric not null,
    from_location_id int not null, to_location_id int not null)`);
  await client.query('create index on copied (item_id, to_location_id, occurred_at)');
}

export async function copyMovements(client: pg.Client, postings: readonly Posting[]): Promise<void> {
  for (let start = 0; start < postings.length; start += 1000) {
    const stream = client.query(
      copyFrom(
        `copy copied (key, type, occurred_at, connection_id, document, reference, item_id, quantity, from_location_id, to_location_id) from stdin`,
      ),
    );
    let text = '';
    for (const posting of postings.slice(start, start + 1000)) {
      for (const movement of posting.movements) {
        for (const line of movement.lines) {
          text += `${movement.key}\t${movement.type}\t${movement.occurredAt}\t${posting.connectionId}\t${movement.document}\t${movement.reference}\t${line.itemId}\t${line.quantity}\t${line.from.locationId}\t${line.to.locationId}\n`;
        }
      }
    }
    stream.end(text);
    await once(stream, 'finish');
  }
}

export async function copyClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
