// stockbridge partner resolve: a person says what becomes of the rest of an order that was shipped short, or that the warehouse
// does not ship what is wanted no more.
import { StockbridgeError } from '../core/errors.ts';
import { type Rest, type RestTaken, settleRest } from '../core/fulfilment/rest.ts';
import { actorOf } from './books/session.ts';
import { output } from './output.ts';
import { withPartner } from './partner.ts';
import type { GlobalOptions } from './session.ts';

export interface RestOptions extends GlobalOptions {
  readonly rest: Rest;
  readonly note: string;
  readonly by?: string;
}

/** Settles the rest of one order; what the shop still wants of it is named, for only the shop can let go of it. */
export async function resolveRest(name: string, number: string, options: RestOptions): Promise<number> {
  const out = output(options);
  const note = options.note.trim();
  if (note === '') throw new StockbridgeError('argument_invalid', '--note must say why');
  return withPartner(name, options, async ({ database, live }) => {
    const { rest } = options;
    const shipHours = live.connection.files?.deadlines.shipHours ?? 0;
    const by = actorOf(options.by);
    const taken = await settleRest(database, {
      ...{ connection: name, connectionId: live.id, number, rest, note, by, shipHours },
    });
    out.result({ order: number, rest, ...taken }, () => restText(number, rest, taken).join('\n'));
    return 0;
  });
}

const restText = (number: string, rest: Rest, { shipBy, anew, reserved }: RestTaken): string[] => {
  if (anew)
    return [
      `${number}: the warehouse ${rest === 'cancelled' ? 'has cancelled it' : 'will not ship it'}; what the shop still wants goes by another order.`,
    ];
  return restOf(number, rest, shipBy, reserved);
};

const restOf = (
  number: string,
  rest: Rest,
  shipBy: RestTaken['shipBy'],
  reserved: RestTaken['reserved'],
): string[] => [
  shipBy === null
    ? `${number}: ${rest === 'cancelled' ? 'the rest was cancelled' : 'the rest will not come'}; it is settled.`
    : `${number}: the rest is waited for until ${shipBy.toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
  ...(shipBy === null ? reserved : []).map(
    ({ line, sku, quantity }) =>
      `  ${quantity} ${sku} of line ${line} stay reserved until the shop no longer wants them.`,
  ),
];
