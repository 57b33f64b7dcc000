// Proves the ledger from its own rows: every line matches its fingerprint, every lane's chain is whole, and every balance
// is the fold of its movements (I2, I12). Reads only, in pages, so that it can run beside posting.
import type { Database, Transaction } from '../database.ts';
import { instantOfMicros } from '../vocabulary/instant.ts';
import type { StockState } from '../vocabulary/words.ts';
import { LANES, type LinkedLine, linkHash } from './chain.ts';
import { fingerprintOf, type LineContent } from './movement.ts';

/** One thing that does not hold, with enough to find it. */
export interface Breach {
  readonly invariant: 'I2' | 'I12';
  readonly where: string;
  readonly what: string;
}

export interface Verification {
  readonly lines: number;
  readonly batches: number;
  readonly balances: number;
  readonly breaches: readonly Breach[];
  /** The head of each lane that was used, as hex: note it outside, and a rewritten chain is detected too. */
  readonly heads: Readonly<Record<string, string>>;
}

export interface VerifyOptions {
  readonly onProgress?: (done: { lines: number; total: number }) => void;
  readonly pageBatches?: number;
  readonly mostBreaches?: number;
}

/** Checks the whole ledger in one snapshot. Time grows with the ledger: roughly a second per 100,000 lines. */
export async function verifyLedger(database: Database, options: VerifyOptions = {}): Promise<Verification> {
  const client = await database.pool.connect();
  try {
    // The newest blocks may not be summarized yet and would be read for every page. A role that may not do this only waits longer.
    await client.query(`select brin_summarize_new_values('movement_batch')`).catch(() => undefined);
    await client.query('begin isolation level repeatable read read only');
    const run = new Run(client, options);
    await run.chains();
    await run.balances();
    await run.lots();
    return run.result();
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}

interface BatchRow {
  id: string;
  lane: number;
  sequence: string;
  previous: Buffer;
  hash: Buffer;
  lines: number;
  recorded: string;
}

/** A stored line as the query of the pages answers it. */
interface StoredLine {
  batch_id: string;
  position: number;
  key: string;
  line: number;
  type: string;
  occurred: string;
  recorded: string;
  connection_id: number;
  inbox_event_id: string | null;
  document: string;
  reference: string | null;
  item_id: number;
  lot_id: number | null;
  quantity: string;
  from_location_id: number;
  from_state: StockState;
  to_location_id: number;
  to_state: StockState;
  unit_cost: string | null;
  currency: string | null;
  corrects: string | null;
  fingerprint: Buffer;
}

interface LineRow {
  batch_id: string;
  position: number;
  recorded: string;
  inbox_event_id: string | null;
  fingerprint: Buffer;
  content: LineContent;
}

class Run {
  readonly #client: Transaction;
  readonly #options: VerifyOptions;
  readonly #breaches: Breach[] = [];
  readonly #heads: Record<string, string> = {};
  #lines = 0;
  #batches = 0;
  #balances = 0;
  #total = 0;

  constructor(client: Transaction, options: VerifyOptions) {
    this.#client = client;
    this.#options = options;
  }

  result(): Verification {
    return {
      lines: this.#lines,
      batches: this.#batches,
      balances: this.#balances,
      breaches: this.#breaches,
      heads: this.#heads,
    };
  }

  #breach(invariant: Breach['invariant'], where: string, what: string): void {
    if (this.#breaches.length < (this.#options.mostBreaches ?? 100))
      this.#breaches.push({ invariant, where, what });
  }

  async chains(): Promise<void> {
    const { rows } = await this.#client.query<{ lines: string }>(
      'select coalesce(sum(lines), 0) as lines from ledger_batch',
    );
    this.#total = Number(rows[0]?.lines ?? 0);
    for (let lane = 0; lane < LANES; lane += 1) await this.#lane(lane);
    await this.#strays();
  }

  /** What stands outside every chain was seen by none of the lanes. */
  async #strays(): Promise<void> {
    const batches = await this.#client.query<{ id: string; lane: number; sequence: string }>(
      'select id, lane, sequence from ledger_batch where sequence < 1 or lane not between 0 and $1 order by id limit 100',
      [LANES - 1],
    );
    for (const row of batches.rows)
      this.#breach('I12', `batch ${row.id} (lane ${row.lane}, link ${row.sequence})`, 'stands in no chain');
    const lines = await this.#client.query<{ batch_id: string; key: string; line: number; document: string }>(
      `select batch_id, key, line, document from movement m
       where not exists (select from ledger_batch b where b.id = m.batch_id) order by batch_id, position limit 100`,
    );
    for (const row of lines.rows) {
      this.#breach(
        'I12',
        `batch ${row.batch_id}, movement ${row.key} line ${row.line} (${row.document})`,
        'belongs to no batch',
      );
    }
  }

  async #lane(lane: number): Promise<void> {
    const { rows: heads } = await this.#client.query<{ sequence: string; hash: Buffer }>(
      'select sequence, hash from ledger_lane where id = $1',
      [lane],
    );
    const genesis = await this.#client.query<{ hash: Buffer }>(
      `select sha256(('lane ' || $1::int)::bytea) as hash`,
      [lane],
    );
    let previous = genesis.rows[0]?.hash ?? Buffer.alloc(0);
    let expected = 1n;
    for (;;) {
      const page = await this.#page(lane, expected - 1n);
      if (page.length === 0) break;
      const lines = await this.#linesOf(page.map((batch) => batch.id));
      for (const batch of page) {
        const where = `batch ${batch.id} (lane ${lane}, link ${batch.sequence})`;
        if (BigInt(batch.sequence) !== expected)
          this.#breach('I12', where, `link ${expected} of the lane is missing`);
        if (!batch.previous.equals(previous))
          this.#breach('I12', where, 'does not follow the link before it');
        this.#batch(batch, lines.get(batch.id) ?? [], where);
        previous = batch.hash;
        expected = BigInt(batch.sequence) + 1n;
      }
      this.#options.onProgress?.({ lines: this.#lines, total: this.#total });
    }
    const head = heads[0];
    if (!head || BigInt(head.sequence) !== expected - 1n || !head.hash.equals(previous)) {
      this.#breach(
        'I12',
        `lane ${lane}`,
        `its head says ${head?.sequence ?? 'nothing'} links, ${expected - 1n} are there`,
      );
    }
    if (expected > 1n) this.#heads[lane] = previous.toString('hex');
  }

  async #page(lane: number, after: bigint): Promise<BatchRow[]> {
    const { rows } = await this.#client.query<BatchRow>(
      `select id, lane, sequence, previous, hash, lines, (extract(epoch from recorded_at) * 1000000)::bigint as recorded
       from ledger_batch where lane = $1 and sequence > $2 order by sequence limit $3`,
      [lane, after.toString(), this.#options.pageBatches ?? 50],
    );
    this.#batches += rows.length;
    return rows;
  }

  async #linesOf(batchIds: readonly string[]): Promise<Map<string, LineRow[]>> {
    const { rows } = await this.#client.query<StoredLine>(
      `select batch_id, position, key, line, type::text as type, (extract(epoch from occurred_at) * 1000000)::bigint as occurred,
         (extract(epoch from recorded_at) * 1000000)::bigint as recorded, connection_id, inbox_event_id, document, reference,
         item_id, lot_id, trim_scale(quantity)::text as quantity, from_location_id, from_state::text as from_state,
         to_location_id, to_state::text as to_state, trim_scale(unit_cost)::text as unit_cost, currency, corrects, fingerprint
       from movement where batch_id = any($1::bigint[]) order by batch_id, position`,
      [batchIds],
    );
    this.#lines += rows.length;
    const lines = new Map<string, LineRow[]>();
    for (const row of rows) lines.set(row.batch_id, [...(lines.get(row.batch_id) ?? []), lineOf(row)]);
    return lines;
  }

  #batch(batch: BatchRow, rows: readonly LineRow[], where: string): void {
    const linked: LinkedLine[] = [];
    for (const row of rows) {
      const movement = `${where}, movement ${row.content.key} line ${row.content.line} (${row.content.document})`;
      const fingerprint = fingerprintOf(row.content);
      if (!fingerprint.equals(row.fingerprint))
        this.#breach('I12', movement, 'was changed: it no longer matches its fingerprint');
      if (row.recorded !== batch.recorded)
        this.#breach('I12', movement, 'was changed: its recording time is not its batch’s');
      linked.push({ fingerprint: row.fingerprint, inboxEventId: row.inbox_event_id });
    }
    const positions = new Set(rows.map((row) => row.position));
    for (let position = 1; position <= batch.lines; position += 1) {
      if (!positions.has(position))
        this.#breach('I12', where, `line ${position} of ${batch.lines} was removed`);
    }
    if (rows.length > batch.lines)
      this.#breach('I12', where, `has ${rows.length} lines, ${batch.lines} were posted`);
    const link = {
      lane: batch.lane,
      sequence: BigInt(batch.sequence),
      recordedAt: instantOfMicros(BigInt(batch.recorded)),
      previous: batch.previous,
    };
    if (!linkHash(link, linked).equals(batch.hash))
      this.#breach('I12', where, 'its lines do not give its hash');
  }

  /** I2: each balance is the fold of its movements, and per item all places together hold nothing. */
  async balances(): Promise<void> {
    const { rows } = await this.#client.query<{
      sku: string;
      code: string;
      state: StockState;
      stored: string;
      folded: string;
    }>(
      `with ends as (
         select item_id, to_location_id as location_id, to_state as state, quantity from movement
         union all select item_id, from_location_id, from_state, -quantity from movement),
       folded as (select item_id, location_id, state, sum(quantity) as quantity from ends group by 1, 2, 3)
       select i.sku, l.code, coalesce(f.state, b.state)::text as state,
         coalesce(b.quantity, 0)::text as stored, coalesce(f.quantity, 0)::text as folded
       from folded f full join balance b using (item_id, location_id, state)
       join item i on i.id = coalesce(f.item_id, b.item_id) join location l on l.id = coalesce(f.location_id, b.location_id)
       where coalesce(b.quantity, 0) <> coalesce(f.quantity, 0) limit 100`,
    );
    for (const row of rows) {
      this.#breach(
        'I2',
        `${row.sku} at ${row.code} (${row.state})`,
        `the balance says ${row.stored}, its movements ${row.folded}`,
      );
    }
    const sums = await this.#client.query<{ sku: string; total: string; places: string }>(
      `select i.sku, sum(b.quantity)::text as total, count(*) as places from balance b join item i on i.id = b.item_id
       group by i.sku having sum(b.quantity) <> 0 limit 100`,
    );
    for (const row of sums.rows)
      this.#breach('I2', row.sku, `all its places together hold ${row.total}, not zero`);
    const count = await this.#client.query<{ n: string }>('select count(*) as n from balance');
    this.#balances = Number(count.rows[0]?.n ?? 0);
  }

  async lots(): Promise<void> {
    const { rows } = await this.#client.query<{
      sku: string;
      lot: string;
      code: string;
      stored: string;
      folded: string;
    }>(
      `with ends as (
         select lot_id, to_location_id as location_id, to_state as state, quantity from movement where lot_id is not null
         union all select lot_id, from_location_id, from_state, -quantity from movement where lot_id is not null),
       folded as (select lot_id, location_id, state, sum(quantity) as quantity from ends group by 1, 2, 3)
       select i.sku, t.code as lot, l.code, coalesce(b.quantity, 0)::text as stored, coalesce(f.quantity, 0)::text as folded
       from folded f full join lot_balance b using (lot_id, location_id, state)
       join lot t on t.id = coalesce(f.lot_id, b.lot_id) join item i on i.id = t.item_id
       join location l on l.id = coalesce(f.location_id, b.location_id)
       where coalesce(b.quantity, 0) <> coalesce(f.quantity, 0) limit 100`,
    );
    for (const row of rows) {
      this.#breach(
        'I2',
        `${row.sku} lot ${row.lot} at ${row.code}`,
        `the lot balance says ${row.stored}, its movements ${row.folded}`,
      );
    }
  }
}

const lineOf = (row: StoredLine): LineRow => ({
  batch_id: row.batch_id,
  position: row.position,
  recorded: row.recorded,
  inbox_event_id: row.inbox_event_id,
  fingerprint: row.fingerprint,
  content: {
    key: row.key,
    line: row.line,
    type: row.type,
    occurredAt: instantOfMicros(BigInt(row.occurred)),
    connectionId: row.connection_id,
    document: row.document,
    reference: row.reference,
    corrects: row.corrects,
    itemId: row.item_id,
    lotId: row.lot_id,
    quantity: row.quantity,
    from: { locationId: row.from_location_id, state: row.from_state },
    to: { locationId: row.to_location_id, state: row.to_state },
    unitCost: row.unit_cost,
    currency: row.currency,
  },
});
