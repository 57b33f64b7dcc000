-- Why: what an order has committed is a set of rows that its newest known version replaces as a whole, never a counter
-- that events add to and subtract from (I6): duplicates and reordering cannot drift it.

create table sales_order (
  id bigint generated always as identity primary key,
  connection_id smallint not null references connection,
  document text not null,
  -- grows with each change at the source; an older version never replaces a newer one
  version bigint not null,
  inbox_event_id bigint,
  updated_at timestamptz not null default now(),
  unique (connection_id, document)
);

-- `rank` is the order in which reservations were granted: stock covers the lower rank first.
create table reservation (
  order_id bigint not null references sales_order,
  line text not null,
  item_id int not null references item,
  location_id int not null references location,
  quantity numeric not null constraint i6_reservation_is_positive check (quantity > 0),
  reserved_at timestamptz not null,
  rank bigint generated always as identity,
  primary key (order_id, line, item_id, location_id)
);
create index reservation_place on reservation (item_id, location_id);
