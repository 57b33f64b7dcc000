// Tells a partner what our ledger holds at its warehouse (846, INVRPT, or a feed), so that it can compare as we compare its
// reports. Stores the file; the exchange sends it.
import { StockbridgeError } from '../core/errors.ts';
import { heldAt } from '../core/reconcile/statement.ts';
import { instantOf } from '../core/vocabulary/instant.ts';
import { controlsOf, storeDraft } from './exchange.ts';
import type { Hub, LiveConnection } from './hub.ts';
import { outboundLine } from './shipping-order.ts';

/**
 * Writes one statement for each of the partner's warehouses, or for one. Answers how many lines each has.
 * @throws StockbridgeError `configuration_invalid` when the agreement has no such document; then nothing is stored.
 */
export async function stateStock(
  hub: Pick<Hub, 'database'>,
  live: LiveConnection,
  options: { readonly warehouse?: string | undefined; readonly now: Date },
): Promise<readonly { readonly warehouse: string; readonly number: string; readonly lines: number }[]> {
  const { files } = live.connection;
  if (!files) throw new StockbridgeError('content_invalid', `${live.name} exchanges no files`);
  const wanted = files.warehouses.filter(
    ({ code }) => options.warehouse === undefined || code === options.warehouse,
  );
  if (wanted.length === 0)
    throw new StockbridgeError('location_unknown', `${live.name} has no warehouse ${options.warehouse}`);
  return hub.database.transaction(async (client) => {
    const stated: { warehouse: string; number: string; lines: number }[] = [];
    for (const { code, location } of wanted) {
      const held = await heldAt(client, live.id, location);
      const controls = controlsOf(client, live.id);
      const number = `ST-${await controls('file')}`;
      const draft = await files.write(
        {
          kind: 'stock_statement',
          number,
          asOf: instantOf(options.now),
          warehouse: code,
          lines: held.map((item, index) => {
            const line = outboundLine(files, { ...item, quantity: item.onHand }, index);
            return {
              ids: line.ids,
              onHand: line.quantity,
              available: { value: item.available, unit: line.quantity.unit },
            };
          }),
        },
        controls,
        options.now,
      );
      if (!draft)
        throw new StockbridgeError(
          'configuration_invalid',
          `the agreement with ${live.name} has no stock statement to send`,
        );
      await storeDraft(client, live, draft, { acknowledgeHours: files.deadlines.acknowledgeHours });
      stated.push({ warehouse: code, number, lines: held.length });
    }
    return stated;
  });
}
