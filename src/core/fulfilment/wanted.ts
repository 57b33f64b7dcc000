// What a channel wants now of an order that was sent, against what the partner was asked for, as conditions on a
// fulfilment_order `f`. Pure text: it runs nothing.

/** The reservation `r` of the line `l`, as the end of a `from`. */
export const LINE_RESERVED = `sales_order so join reservation r on r.order_id = so.id
  where so.connection_id = f.channel_id and so.document = f.order_document and r.location_id = f.location_id
    and r.line = l.line and r.item_id = l.item_id`;

/** Quantity of the line `l` that is reserved now. */
export const WANTED_OF_LINE = `coalesce((select r.quantity from ${LINE_RESERVED}), 0)`;

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

/** A shipment that is being booked has released its reservations, and is no change of the order. */
export const IS_BEING_BOOKED = `exists (
  select from partner_document d where d.connection_id = f.connection_id and d.chain = f.number and d.progress is not null
    and d.progressed_at is null)`;

/** Nothing has left. What began to leave has released its reservations itself, also when it was taken back since. */
export const NOT_BEGUN = `f.shipped_at is null and not ${IS_BEING_BOOKED}`;

/** The partner has not said what becomes of a change. */
export const IS_UNANSWERED = `exists (
  select from fulfilment_change c join partner_document d on d.file_id = c.partner_file_id
  where c.fulfilment_order_id = f.id and d.acknowledgement = 'awaited')`;

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
