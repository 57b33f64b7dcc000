// Whatever the shop changes while files of both sides are on their way: one order ships once, and the reservation, the stock and
// what the shop is told agree with what left.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interchange, PROFILE } from '../e2e/warehouse.ts';
import { openShop, ready, type Shop } from '../e2e/warehouse-shop.ts';

interface Held {
  quantity: number;
  state: 'open' | 'shipped' | 'cancelled';
}

/** A warehouse that takes our files in their order, ships an order as it has it then, and answers each file. */
class SlowWarehouse {
  readonly held = new Map<string, Held>();
  readonly answers: string[] = [];
  readonly shipments: { number: string; quantity: number }[] = [];
  readonly #shop: Shop;
  #taken = '0';

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  /** Skips what was sent in histories before. */
  async begin(): Promise<void> {
    for (const file of await this.#due()) this.#taken = file.id;
  }

  #due(): Promise<{ id: string; number: string }[]> {
    return this.#shop.all<{ id: string; number: string }>(
      `select distinct f.id, d.chain as number from partner_file f join partner_document d on d.file_id = f.id
       where f.is_outbound and d.type = '940' and f.id > $1 order by f.id`,
      [this.#taken],
    );
  }

  async takeOneFile(): Promise<boolean> {
    const [file] = await this.#due();
    if (!file) return false;
    const earlier = await this.#shop.all<{ id: string }>(
      `select d.file_id as id from partner_document d where d.chain = $1 and d.is_outbound order by d.file_id`,
      [file.number],
    );
    this.#taken = file.id;
    const text = (await this.#shop.files(file.number))[earlier.findIndex(({ id }) => id === file.id)] ?? '';
    const purpose = /W05\*([NRF])\*/.exec(text)?.[1] ?? '';
    const quantity = Number(/W01\*(\d+)\*/.exec(text)?.[1]);
    const group = /GS\*OW\*(?:[^*]*\*){4}(\d+)/.exec(text)?.[1] ?? '';
    this.answers.push(
      interchange('FA', '997', [
        `AK1*OW*${group}`,
        'AK2*940*0001',
        ...(this.#do(file.number, purpose, quantity)
          ? ['AK5*A', 'AK9*A*1*1*1']
          : ['AK3*W05*2**8', 'AK4*2*285*7', 'AK5*R*5', 'AK9*R*1*1*0']),
      ]),
    );
    return true;
  }

  #do(number: string, purpose: string, quantity: number): boolean {
    const known = this.held.get(number);
    if (purpose === 'N' && !known) this.held.set(number, { quantity, state: 'open' });
    else if (known?.state === 'open' && purpose === 'R') known.quantity = quantity;
    else if (known?.state === 'open' && purpose === 'F') known.state = 'cancelled';
    else return false;
    return true;
  }

  ship(): void {
    for (const [number, held] of this.held) {
      if (held.state !== 'open') continue;
      held.state = 'shipped';
      this.shipments.push({ number, quantity: held.quantity });
    }
  }
}

type Step = 'take' | 'answer' | 'ship' | 'advise' | 'round' | number;

/** A number: the shop wants so many from now on. */
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<Step>('take', 'answer', 'round', 'take', 'round', 'advise') },
    { weight: 1, arbitrary: fc.constant<Step>('ship') },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 6 }) as fc.Arbitrary<Step> },
  ),
  { minLength: 6, maxLength: 18 },
);

describe.each([
  ['replace', 'one line'],
  ['reorder', 'one line'],
  ['replace', 'a new line each time'],
  ['reorder', 'a new line each time'],
] as const)(
  'I3, I8: with a partner whose orders are changed by %s, and a shop that knows the goods by %s',
  (orderChanges, lines) => {
    let shop: Shop;
    let histories = 0;
    beforeAll(async () => {
      shop = await openShop({ ...PROFILE, lifecycle: { ...PROFILE.lifecycle, orderChanges } });
    });
    afterAll(async () => {
      await shop.rig.expectSound();
      await shop.close();
    });

    it('any history of changes, late files and late answers ships an order once', {
      timeout: 120_000,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 6 }), steps, async (first, history) => {
          histories += 1;
          const order = `any-${orderChanges}-${histories}`;
          const warehouse = new SlowWarehouse(shop);
          await warehouse.begin();
          shop.told.length = 0;
          const stock = async () => Number((await shop.rig.stock())['MUG-01 sellable']);
          const before = await stock();
          let wanted = 0;
          let answered = 0;
          const told = () =>
            shop.told
              .filter((each) => each.order === order)
              .flatMap((each) => each.lines)
              .reduce((total, { quantity }) => total + Number(quantity), 0);
          let line = 'L1';
          let versions = 0;
          const news = async (quantity: number) => {
            wanted = quantity;
            versions += 1;
            if (lines !== 'one line') line = `L${versions}`;
            const open = Math.max(0, quantity - told());
            shop.ask = () =>
              open === 0 ? { outcome: 'gone', reason: 'nothing is left to ship' } : ready({ [line]: open });
            await shop.order(order, open === 0 ? {} : { [line]: { 'MUG-01': open } });
          };
          const round = async () => {
            await shop.hurry();
            await shop.round();
          };
          const advise = async () => {
            const shipment = warehouse.shipments.shift();
            if (!shipment) return false;
            const { number, quantity } = shipment;
            left.push(number);
            await shop.ship(number, [{ sku: 'MUG-01', ordered: quantity, shipped: quantity }]);
            return true;
          };
          const answer = async () => {
            const text = warehouse.answers.shift();
            if (text === undefined) return false;
            answered += 1;
            await shop.rig.receive(`997-${order}-${answered}.txt`, text);
            return true;
          };
          const left: string[] = [];
          const shipped = () => [...warehouse.held.values()].filter(({ state }) => state === 'shipped');

          await news(first);
          await round();
          await warehouse.takeOneFile();
          for (const step of history) {
            if (step === 'take') await warehouse.takeOneFile();
            else if (step === 'answer') await answer();
            else if (step === 'ship') warehouse.ship();
            else if (step === 'advise') await advise();
            else if (step === 'round') await round();
            // What has left is known to the customer; a shop that is told changes nothing of it.
            else if (told() === 0) await news(step);
          }
          for (let turn = 0; turn < 6; turn += 1) {
            while (await warehouse.takeOneFile());
            while (await answer());
            warehouse.ship();
            while (await advise());
            await round();
          }
          const total = shipped().reduce((sum, { quantity }) => sum + quantity, 0);
          expect(shipped().length).toBeLessThanOrEqual(1);
          expect(before - (await stock())).toBe(total);
          expect(told()).toBeLessThanOrEqual(total);
          if (total > 0 || wanted > 0) expect(shipped().length).toBe(1);
          // The shop's last word, after it was told.
          await news(wanted);
          await round();
          expect(await shop.reserved(order)).toEqual(
            wanted > told() ? [`${line} MUG-01 ${wanted - told()}`] : [],
          );
          expect(new Set(left).size).toBe(left.length);
        }),
        {
          numRuns: 8,
          examples: [
            // It shipped before it read the change, and its refusal is slow.
            [5, [3, 'round', 'ship', 'take', 'round', 'round']],
            // It took the change, and ships as the shop changes its mind again.
            [2, [4, 'round', 'take', 1, 'round', 'ship', 'answer', 'round', 'advise', 'round']],
            // It ships while it is told that nothing is wanted any more.
            [4, [0, 'round', 'ship', 'take', 'advise', 'answer', 'round']],
          ],
        },
      );
    });
  },
);
