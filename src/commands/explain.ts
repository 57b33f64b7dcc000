// stockbridge explain: why a number is what it is, down to the bytes that caused it.
import { StockbridgeError } from '../core/errors.ts';
import { type EventExplanation, explainEvent } from '../core/explain/event.ts';
import { explainItem, type ItemExplanation } from '../core/explain/item.ts';
import { output, table } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';

export interface ExplainOptions extends GlobalOptions {
  readonly location?: string;
  readonly limit?: number;
}

export async function explainSku(sku: string, options: ExplainOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database) => {
    const explanation = await explainItem(database.pool, sku, {
      ...(options.location === undefined ? {} : { location: options.location }),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
    });
    if (!explanation) throw new StockbridgeError('item_unknown', `there is no item with SKU ${sku}`);
    out.result(explanation, () => itemText(explanation));
    return 0;
  });
}

export async function explainInboxEvent(id: string, options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database) => {
    const event = /^\d{1,18}$/.test(id) ? await explainEvent(database.pool, id) : undefined;
    if (!event) throw new StockbridgeError('content_invalid', `there is no event ${id}`);
    out.result(event, () =>
      [
        `event ${event.id} of ${event.connection}: ${event.topic} (${event.source}), received ${event.receivedAt.toISOString()}`,
        `  ${event.status}${event.code ? ` (${event.code})` : ''}${event.reason ? `: ${event.reason}` : ''}`,
        ...event.closings.map(closingText),
        ...(event.movements.length > 0
          ? [
              table(
                ['movement', 'type', 'sku', 'quantity', 'from', 'to'],
                event.movements.map((each) => [
                  each.document,
                  each.type,
                  each.sku,
                  each.quantity,
                  each.from,
                  each.to,
                ]),
              ),
            ]
          : []),
        event.body ?? bytesErased(event),
      ].join('\n'),
    );
    return 0;
  });
}

const bytesErased = ({ erasedAt, sha256 }: EventExplanation): string =>
  `  its bytes were erased on ${erasedAt?.toISOString().slice(0, 10)}, after inbox.retentionDays; their SHA-256 was ${sha256}`;

const closingText = ({
  closedAt,
  closedBy,
  note,
  reopenedAt,
}: EventExplanation['closings'][number]): string =>
  `  closed by ${closedBy} on ${when(closedAt)} UTC: ${note}${reopenedAt === null ? '' : ` (opened again on ${when(reopenedAt)} UTC)`}`;

const when = (date: Date): string => date.toISOString().replace('T', ' ').slice(0, 19);

export function itemText(item: ItemExplanation): string {
  const parts = [
    `${item.sku}${item.name && item.name !== item.sku ? `: ${item.name}` : ''}`,
    'Balances',
    table(
      ['place', 'state', 'quantity'],
      item.balances.map((each) => [each.location, each.state, each.quantity]),
    ),
    'Movements, newest first (times in UTC)',
    table(
      ['effective', 'recorded', 'type', 'quantity', 'from', 'to', 'balance', 'document', 'by', 'event'],
      item.movements.map((each) => [
        when(each.occurredAt),
        when(each.recordedAt),
        each.type,
        each.quantity,
        each.from,
        each.to,
        each.balance ?? '',
        each.document,
        each.connection,
        each.event ? `${each.event} ${each.topic ?? ''}` : '',
      ]),
    ),
  ];
  if (item.reservations.length > 0) {
    parts.push(
      'Reserved',
      table(
        ['order', 'line', 'at', 'quantity', 'by'],
        item.reservations.map((each) => [
          each.order,
          each.line,
          each.location,
          each.quantity,
          each.connection,
        ]),
      ),
    );
  }
  for (const level of item.levels) {
    parts.push(
      `${level.connection} at ${level.channelLocation}: told ${level.published ?? (level.publishedAt ? 'something that is not known to stand, last' : 'nothing yet')}${level.publishedAt ? ` on ${when(level.publishedAt)} UTC` : ''} (version ${level.version}${level.lastStatus ? `, ${level.lastStatus}` : ''})${level.waiting ? `; ${level.waiting}` : ''}`,
    );
    for (const component of level.terms?.components ?? []) {
      const places = component.places.map(
        (place) =>
          `${place.sellable} at ${place.location} − ${place.reserved} reserved${(place.leaving ?? '0') === '0' ? '' : ` − ${place.leaving} that the warehouse may still ship`}${place.expiring === '0' ? '' : ` − ${place.expiring} expiring`}`,
      );
      parts.push(
        `  ${component.sku}: (${places.join(' + ')}) = ${component.free} free − ${component.buffer} buffer, ${component.share} % = ${component.offered} ÷ ${component.perUnit} = ${component.units}`,
      );
    }
    if (level.terms)
      parts.push(
        `  available ${level.terms.available}${level.terms.cap === null ? '' : ` (cap ${level.terms.cap})`}${level.terms.floor === 0 ? '' : ` (floor ${level.terms.floor})`}`,
      );
  }
  return parts.join('\n');
}
