-- Why: which documents move stock at a location is asked of every fact, also of one that comes again years later. Judged by
-- today's authority, what a partner shipped would be booked a second time from the shop's word once its warehouse is taken back.
-- So a change keeps what was before it, and until when; a fact from that time is judged by it. The same for a binding.

create table location_authority (
  location_id int not null references location,
  authority_id smallint references connection,
  until timestamptz not null,
  primary key (location_id, until)
);

create table earlier_binding (
  connection_id smallint not null references connection,
  external_id text not null,
  location_id int not null references location,
  until timestamptz not null,
  primary key (connection_id, external_id, until)
);
