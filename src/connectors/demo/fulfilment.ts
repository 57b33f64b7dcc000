// Asks the market where an order goes, and tells it what has left. The market takes a key, so a repetition is harmless
// there and nothing has to be remembered here.
import type { Fulfilment, ShipToAnswer } from '../contract.ts';
import type { DemoClient } from './client.ts';

export const fulfilmentOf = (client: DemoClient): Fulfilment => ({
  shipTo: (order, location) => shipTo(client, order, location),
  report: async ({ key, order, shippedAt, lines, tracking = [], notifyCustomer }) => {
    const answer = await client.ship(key, {
      order,
      shippedAt,
      lines,
      tracking: tracking.map(({ number }) => number),
      notifyCustomer,
    });
    switch (answer.outcome) {
      case 'shipped':
        return { outcome: 'applied', id: answer.id };
      case 'known':
        return { outcome: 'already', id: answer.id };
      case 'refused':
        return { outcome: 'rejected', reason: answer.reason };
    }
  },
});

async function shipTo(client: DemoClient, order: string, location?: string): Promise<ShipToAnswer> {
  const delivery = await client.delivery(order);
  if (delivery === undefined) return { outcome: 'gone', reason: 'the market has no such order' };
  const { number, orderedAt } = delivery;
  if (delivery.cancelled) return { outcome: 'gone', reason: `${number} is cancelled` };
  const lines = delivery.open
    .filter((one) => location === undefined || one.location === location)
    .map(({ line, quantity }) => ({ line, quantity }));
  if (lines.length === 0) return { outcome: 'gone', reason: `${number} has nothing left to ship` };
  if (!delivery.paid) return { outcome: 'wait', reason: `${number} is not paid yet` };
  return { outcome: 'ready', number, orderedAt, shipTo: delivery.shipTo, lines };
}
