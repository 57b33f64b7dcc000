-- Why: an order that cannot be sent keeps its reason, since when, and whose it is, so that a person is shown it, and its pauses
-- grow, so that many of them take no newer order's turn. And what went wrong with a partner's server is kept with the
-- connection until a visit finds it mended: a partner that nobody reaches looks like one that has nothing to say.

alter table fulfilment_order
  add column attempts int not null default 0,
  -- the last time that it could not be sent; news of the channel's order after it ends the pause
  add column postponed_at timestamptz,
  -- null: the last attempt went well, or there was none
  add column stuck_since timestamptz,
  -- 'hub': it cannot be made here; 'channel': the channel does not let it leave
  add column stuck_by text constraint fulfilment_order_stuck_by check (stuck_by in ('hub', 'channel')),
  add constraint fulfilment_order_stuck check ((stuck_since is null) = (stuck_by is null));

-- Kinds: 'visit' the whole visit failed; 'taken' a file or folder cannot be taken; 'tidied' a file was taken and cannot be moved
-- away.
create table visit_trouble (
  connection_id smallint not null references connection,
  kind text not null constraint visit_trouble_kind check (kind in ('visit', 'taken', 'tidied')),
  -- the file or folder on the partner's server; '' for the whole visit
  name text not null,
  reason text not null,
  since timestamptz not null default clock_timestamp(),
  -- the last visit that found it: of a partner that is visited no more nobody needs to know
  seen_at timestamptz not null default clock_timestamp(),
  primary key (connection_id, kind, name)
);
