-- Why: what an old order or shipment said is booked by the kits, listings, units and barcodes of its day. Told once more after one
-- of them was changed, it would be read with those of today: the same key with other lines, a conflict where nobody said
-- anything new. So a change keeps what was before it, and until when. What was bound is not looked up by an item from here, so each
-- table has its key alone; src/core/catalog/keep-earlier.ts says how many versions stay.

-- Components as `[{"id": 7, "quantity": "2"}]`, by id; null: it was no kit, and moved itself.
create table earlier_kit (
  item_id int not null references item,
  components jsonb,
  until timestamptz not null,
  primary key (item_id, until)
);

create table earlier_listing (
  connection_id smallint not null references connection,
  external_id text not null,
  item_id int not null references item,
  factor numeric not null,
  until timestamptz not null,
  primary key (connection_id, external_id, until)
);

create table earlier_unit (
  item_id int not null references item,
  unit text not null,
  factor numeric not null,
  until timestamptz not null,
  primary key (item_id, unit, until)
);

create table earlier_barcode (
  code text not null,
  item_id int not null references item,
  until timestamptz not null,
  primary key (code, until)
);
