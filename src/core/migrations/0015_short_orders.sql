-- Why: an order of which less has left than was asked needs a person until it is known what becomes of the rest. What a person
-- said of it is kept with the order: it ships later, it was cancelled, or it never comes. Null: nobody said, or more has left,
-- or came back, since.

alter table fulfilment_order
  add column rest text constraint fulfilment_order_rest check (rest in ('later', 'cancelled', 'never')),
  add column rest_note text,
  add column rest_by text,
  add column rest_at timestamptz,
  add constraint fulfilment_order_rest_said check ((rest is null) = (rest_at is null) and (rest is null) = (rest_by is null));
