// Subscriptions are made as wanted when the hub starts, by one process at a time, and a refusal parks the connection.
import { expect, test } from 'vitest';
import { MARKET_SECRETS, type MarketRig, openMarket, until } from '../e2e/market.ts';

const subscriptions = async (rig: MarketRig): Promise<string[]> => {
  const response = await fetch(`${rig.server.url}/v1/subscriptions`, {
    headers: { authorization: `Bearer ${MARKET_SECRETS.apiKey}` },
  });
  return ((await response.json()) as { subscriptions: { url: string }[] }).subscriptions.map(
    ({ url }) => url,
  );
};

test('a missing subscription is made at the start, once, however many hubs start', async () => {
  const rig = await openMarket({ roles: [] });
  try {
    expect(await subscriptions(rig)).toEqual([]);
    await Promise.all([rig.another(['relay']), rig.another(['relay'])]);
    await until(async () => (await subscriptions(rig)).length > 0, 'no subscription is made');
    expect(await subscriptions(rig)).toEqual([rig.live.webhookUrl]);
  } finally {
    await rig.close();
  }
});

test('a refused token parks the connection; the hub goes on for the others', async () => {
  const rig = await openMarket({ roles: [] });
  try {
    rig.server.fail('unauthorized');
    await rig.another(['relay', 'interpret', 'post']);
    const parked = async () =>
      (
        await rig.database.pool.query<{ name: string; parked_code: string }>(
          'select name, parked_code from connection where parked_at is not null',
        )
      ).rows;
    await until(async () => (await parked()).length > 0, 'it is not parked');
    expect(await parked()).toEqual([{ name: 'market', parked_code: 'vendor_unauthorized' }]);
    await rig.move('MUG', 2);
    expect(await rig.free('MUG')).toBe(12);
  } finally {
    await rig.close();
  }
});

test('a vendor that is away stops nothing', async () => {
  const rig = await openMarket({ roles: [] });
  try {
    rig.server.fail('unavailable');
    await rig.another(['relay', 'interpret', 'post']);
    await rig.move('MUG', 2);
    expect(await rig.free('MUG')).toBe(12);
    const { rowCount } = await rig.database.pool.query('select from connection where parked_at is not null');
    expect(rowCount).toBe(0);
  } finally {
    await rig.close();
  }
});
