// What a partner can be told, by its agreement, of an order that it has already. Pure.
import type { LateChanges } from '../../../core/vocabulary/warehouse.ts';
import type { Profile } from './settings.ts';

/**
 * A CSV or XML file without a place for its purpose would say the order a second time. A new order in place of an old one needs
 * the partner's word that the old one is gone.
 */
export function lateChangesOf(profile: Profile): LateChanges {
  const { orderChanges } = profile.lifecycle;
  const order = profile.feeds.find((feed) => feed.kind === 'shipping_order');
  const cancel = profile.format === 'x12' || profile.format === 'edifact' || saysPurpose(order);
  const answered =
    profile.format === 'x12' ||
    (profile.format === 'edifact' ? profile.edifact?.acknowledge !== 'none' : isAcknowledged(profile));
  return { cancel, change: !cancel || (orderChanges === 'reorder' && !answered) ? 'none' : orderChanges };
}

/** Whether what the feed writes tells a cancellation from an order. */
export const saysPurpose = (feed: Profile['feeds'][number] | undefined): boolean =>
  feed?.fields.purpose !== undefined &&
  (typeof feed.fields.purpose === 'string' || feed.fields.purpose.const === undefined);

/** Whether the partner of a CSV or XML agreement says what became of our files. */
export const isAcknowledged = (profile: Profile): boolean =>
  profile.feeds.some((each) => each.direction === 'in' && each.kind === 'acknowledgement');
