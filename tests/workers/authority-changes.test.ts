// A warehouse changes hands: what its partner shipped before is not booked again from the channel's word.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { type MarketRig, MUG, openMarket, PLACE } from '../e2e/market.ts';

let rig: MarketRig;
let code = '';
beforeEach(async () => {
  rig = await openMarket();
  const { rows } = await rig.database.pool.query<{ code: string }>(
    'select distinct l.code from location l join location_binding b on b.location_id = l.id',
  );
  code = rows[0]?.code ?? '';
});
afterEach(() => rig.close());

const given = async (kind: 'locations' | 'bindings', csv: string) => {
  const report = await importCatalog(rig.database.pool, kind, csv);
  expect(report).toMatchObject({ applied: true, changed: 1 });
  return report.notices.map(({ notice }) => notice).join();
};
const ship = () => rig.market.handOver(rig.market.order(MUG.id, PLACE, 1));
const readAgain = async () => {
  await rig.database.pool.query(
    `update inbox_event set status = 'pending', code = null, reason = null, settled_at = null
     where connection_id = $1 and source <> 'cutover' and body is not null`,
    [rig.live.id],
  );
  await rig.interpret();
};

test.each([
  [
    'authority none',
    'location',
    () => given('locations', `code,authority\n${code},none\n`),
    'until now is still told by the documents of “dock” alone',
  ],
  [
    'its binding elsewhere',
    'binding',
    async () => {
      await given('locations', 'code,allows_negative\nANNEX,yes\n');
      return given('bindings', `connection,external_location,location\nmarket,${PLACE},ANNEX\n`);
    },
    'until now is still told by “dock” alone',
  ],
])(
  'I3: what a partner shipped is shipped once, also after an import says %s of the %s',
  async (_a, _b, takeBack, told) => {
    await given('locations', `code,authority\n${code},dock\n`);
    ship();
    await rig.poll();
    await rig.interpret();
    expect(await rig.free('MUG')).toBe(10);
    await rig.move('MUG', -1);
    expect(await rig.free('MUG')).toBe(9);
    expect(await takeBack()).toContain(told);
    await readAgain();
    expect(await rig.free('MUG')).toBe(9);
  },
);

test('I3: what the channel shipped before a partner got the warehouse is booked, also when it is told later', async () => {
  ship();
  expect(await given('locations', `code,authority\n${code},dock\n`)).toContain(
    'until now is still told by every connection’s documents',
  );
  await rig.poll();
  await rig.interpret();
  expect(await rig.free('MUG')).toBe(9);
  ship();
  await rig.poll();
  await rig.interpret();
  expect(await rig.free('MUG')).toBe(9);
});
