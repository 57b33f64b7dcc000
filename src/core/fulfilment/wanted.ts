// What a channel wants now of an order that was sent, against what the partner was asked for, as conditions on a
// fulfilment_order `f`. Pure text: it runs nothing.

/** The reservation `r` of the line `l`, as the end of a `from`. */
export const LINE_RESERVED = `sales_order so join reservation r on r.order_id = so.id
  where so.connection_id = f.channel_id and so.document = f.order_document and r.location_id = f.location_id
    and r.line = l.line and r.item_id = l.item_id`;

/** Quantity of the line `l` that is reserved now. */
export const WANTED_OF_LINE = `coalesce((select r.quantity from ${LINE_RESERVED}), 0)`;

/**
 * What the newest event of the order `so` wants is not all known: something in it has no meaning yet, it is tried again, or it was
 * given up. What the ledger is short of, or knows with other content, was understood.
 */
export const IS_KNOWN_IN_PART = `exists (
  select from inbox_event n where n.id = so.inbox_event_id
    and (n.status = 'pending' or n.status = 'quarantined' and n.code not in ('stock_short', 'key_conflict')))`;

/** Something of it is still reserved. */
export const STILL_WANTED = `exists (
  select from fulfilment_order_line l where l.fulfilment_order_id = f.id and exists (select from ${LINE_RESERVED}))`;

/**
 * A line of it is reserved with another quantity than the partner `$1` was asked for. Said of all orders at once: asked of
 * each by itself, tens of thousands of open ones would take seconds.
 */
export const CHANGED = `f.id = any (array(
  select l.fulfilment_order_id
  from fulfilment_order o join fulfilment_order_line l on l.fulfilment_order_id = o.id
  join sales_order so on so.connection_id = o.channel_id and so.document = o.order_document
  left join reservation r on r.order_id = so.id and r.location_id = o.location_id and r.line = l.line and r.item_id = l.item_id
  where o.connection_id = $1 and o.status = 'sent' and o.shipped_at is null and l.quantity <> coalesce(r.quantity, 0)))`;

const isBeingBooked = (which: string): string => `exists (
  select from partner_document d where d.connection_id = ${which}.connection_id and d.chain = ${which}.number
    and d.progress is not null and d.progressed_at is null)`;

/** A shipment that is being booked has released its reservations, and is no change of the order. */
export const IS_BEING_BOOKED = isBeingBooked('f');

/** Nothing has left. What began to leave has released its reservations itself, also when it was taken back since. */
export const NOT_BEGUN = `f.shipped_at is null and not ${IS_BEING_BOOKED}`;

const isUnanswered = (which: string): string => `exists (
  select from fulfilment_change c join partner_document d on d.file_id = c.partner_file_id
  where c.fulfilment_order_id = ${which}.id and d.acknowledgement = 'awaited')`;

/** The partner has not said what becomes of a change. */
export const IS_UNANSWERED = isUnanswered('f');

/**
 * Quantity that the line `line` of `order` was at most before the changes that nobody answers: what the partner may ship where it
 * did not take them. Null where it answers, or a person did.
 */
export const mostAsked = (order: string, line: string): string => `(
  select max(b.quantity) from fulfilment_change c join partner_document d on d.file_id = c.partner_file_id
  cross join jsonb_to_recordset(c.before -> 'lines') as b(line text, "itemId" int, quantity numeric)
  where ${order}.change_unconfirmed and c.fulfilment_order_id = ${order}.id and c.confirmed_at is null
    and d.acknowledgement in ('awaited', 'not_expected') and b.line = ${line}.line and b."itemId" = ${line}.item_id)`;

/** A change was refused: from then on a person decides. */
export const CHANGE_WAS_REFUSED = `exists (
  select from fulfilment_change c where c.fulfilment_order_id = f.id and c.refused_at is not null)`;

export const CANCELLATION_WAS_REFUSED = `exists (
  select from fulfilment_change c where c.fulfilment_order_id = f.id and c.refused_at is not null and c.purpose = 'cancel')`;

/** Quantity of the line `l` that the channel was told has left, and perhaps came back. */
export const TOLD_OF_LINE = `(select coalesce(sum((t ->> 'quantity')::numeric), 0) from fulfilment_report p, jsonb_array_elements(p.lines) t
  where p.fulfilment_order_id = f.id and t ->> 'line' = l.line and (t ->> 'itemId')::int = l.item_id)`;

/**
 * Something of it is missing that somebody waits for: the channel still wants it, or was told that it left, and it came back.
 */
export const REST_IS_MISSED = `exists (
  select from fulfilment_order_line l where l.fulfilment_order_id = f.id and l.shipped < l.quantity
    and (exists (select from ${LINE_RESERVED}) or l.shipped < ${TOLD_OF_LINE}))`;

// The partner may ship `ol` of `o` although the channel's order wants it no more: nobody was told yet, the partner has not
// said that it will not, or nobody expects it to say so: of a change as little as of a cancellation.
const MAY_STILL_SHIP = `(
  o.status = 'cancelling'
  or o.status in ('sent', 'cancelled') and (${isUnanswered('o')} or ${isBeingBooked('o')})
  or o.status = 'sent' and greatest(ol.quantity, ${mostAsked('o', 'ol')}) - ol.shipped > coalesce((
    select r.quantity from sales_order so join reservation r on r.order_id = so.id
    where so.connection_id = o.channel_id and so.document = o.order_document and r.location_id = o.location_id
      and r.line = ol.line and r.item_id = ol.item_id), 0)
  or o.status = 'cancelled' and exists (
    select from fulfilment_change c join partner_document d on d.file_id = c.partner_file_id
    where c.fulfilment_order_id = o.id and c.purpose = 'cancel' and d.acknowledgement = 'not_expected'))`;

// What has left by `ol` of `o`, and the channel has not counted for a line of its order, as far as its last news tell.
const HAS_LEFT_UNCOUNTED = `(ol.shipped > 0 and (
  ol.shipped > ol.quantity and exists (select from fulfilment_change c where c.fulfilment_order_id = o.id)
  or exists (
    select from fulfilment_report p join sales_order so on so.connection_id = o.channel_id and so.document = o.order_document
    cross join jsonb_array_elements(p.lines) t
    where p.fulfilment_order_id = o.id and t ->> 'line' = ol.line and (t ->> 'itemId')::int = ol.item_id
      and (p.settled_at is null or p.outcome = 'rejected'
        or p.outcome in ('applied', 'already') and p.settled_at >= so.updated_at))))`;

/**
 * The orders `o` that hold the order `which` back, as the end of a `from`. Channels give a line a new id when an order is edited, so
 * that the same goods are wanted once more under another line: asked for again, they might be shipped twice (I8). It ends by
 * the partner's answer, by the channel's news, or by what a person says of `o`.
 */
export const holdersOf = (which: string): string => `fulfilment_order o
  where o.channel_id = ${which}.channel_id and o.order_document = ${which}.order_document
    and o.location_id = ${which}.location_id and o.id <> ${which}.id and o.sent_at is not null and coalesce(o.rest, 'later') = 'later' and exists (
      select from fulfilment_order_line ol join fulfilment_order_line l on l.item_id = ol.item_id
      where ol.fulfilment_order_id = o.id and l.fulfilment_order_id = ${which}.id and (${MAY_STILL_SHIP} or ${HAS_LEFT_UNCOUNTED}))`;

export const IS_HELD_BACK = `exists (select from ${holdersOf('f')})`;
