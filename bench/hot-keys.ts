// Many clients at once on the same few shelves, each movement a call of its own: not one level may come out wrong (I2, I6).
// The rate is told, but it is the levels that this is about.
import { laneOf } from '../src/core/ledger/chain.ts';
import { factKey, type Posting } from '../src/core/ledger/movement.ts';
import { type Ledger, openLedger } from '../src/core/ledger/post.ts';
import { verifyLedger } from '../src/core/ledger/verify.ts';
import { instantOf } from '../src/core/vocabulary/instant.ts';
import {
  type Bench,
  benchDatabase,
  FIRST_LOCATION,
  interleaved,
  rateOf,
  SUPPLIER,
  scattered,
} from './support.ts';

const CLIENTS = 32;
const ITEMS = 4;
const COUNT = 1_600;
const CUSTOMER = 2;
/** Far less than is asked for, so that clients race for the last units. */
const STOCK = 200;

export const hotKeys: Bench = {
  name: 'hot-keys',
  what: '32 clients at once on four shelves, one movement a call, stock short ÷ one client',
  async run({ serverUrl, rounds, say }) {
    const database = await benchDatabase(serverUrl, { items: ITEMS, locations: 1, poolSize: CLIENTS });
    const ledger = openLedger(database);
    const levels = new Map<number, number>();
    let next = 0;
    const clients = (count: number) => async () => {
      const first = next;
      next += COUNT;
      for (let itemId = 1; itemId <= ITEMS; itemId += 1)
        await move(ledger, levels, 'receipt', `${first}-${itemId}`, itemId, STOCK / ITEMS);
      const oneClient = async (client: number) => {
        for (let n = first + client; n < first + COUNT; n += count) {
          // One receipt to two sales: the shelves run empty again and again.
          await move(
            ledger,
            levels,
            scattered(n) % 3 === 0 ? 'receipt' : 'shipment',
            String(n),
            1 + (scattered(n + 1) % ITEMS),
            1,
          );
        }
      };
      const rate = await rateOf(COUNT, async () => {
        await Promise.all(Array.from({ length: count }, (_, client) => oneClient(client)));
      });
      say(`${count} clients: ${Math.round(rate)} movements/s`);
      return rate;
    };
    const measured = await interleaved(rounds, clients(CLIENTS), clients(1));
    const { rows } = await database.pool.query<{ item_id: number; quantity: string }>(
      `select item_id, trim_scale(quantity)::text as quantity from balance where location_id = $1`,
      [FIRST_LOCATION],
    );
    const wrong = rows.filter(
      (row) => Number(row.quantity) !== levels.get(row.item_id) || Number(row.quantity) < 0,
    ).length;
    const verified = await verifyLedger(database);
    await database.drop();
    return [
      {
        bench: 'hot-keys',
        unit: 'movements/s',
        ...measured,
        correct: wrong === 0 && rows.length === ITEMS && verified.breaches.length === 0,
        note: `${wrong} of ${rows.length} levels wrong after ${next} racing calls; reference: the same calls from one client`,
      },
    ];
  },
};

/** One call, and what it should leave: only a movement that was answered `posted` counts. */
async function move(
  ledger: Ledger,
  levels: Map<number, number>,
  type: 'receipt' | 'shipment',
  id: string,
  itemId: number,
  quantity: number,
): Promise<void> {
  const shelf = { locationId: FIRST_LOCATION, state: 'sellable' } as const;
  const outside = { locationId: type === 'receipt' ? SUPPLIER : CUSTOMER, state: 'sellable' } as const;
  const posting: Posting = {
    connectionId: 1,
    inboxEventId: null,
    movements: [
      {
        key: factKey(1, { type, id }),
        type,
        occurredAt: instantOf(Date.now()),
        document: `${type} ${id}`,
        reference: null,
        corrects: null,
        lines: [
          {
            itemId,
            lotId: null,
            quantity: String(quantity),
            unitCost: null,
            currency: null,
            ...(type === 'receipt' ? { from: outside, to: shelf } : { from: shelf, to: outside }),
          },
        ],
      },
    ],
    counts: [],
    reservations: [],
    observations: [],
    note: null,
  };
  const [result] = await ledger.post([posting], { lane: laneOf(itemId) });
  if (result?.movements[0]?.outcome !== 'posted') return;
  levels.set(itemId, (levels.get(itemId) ?? 0) + (type === 'receipt' ? quantity : -quantity));
}
