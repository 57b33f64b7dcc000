-- Why: a vendor's limit holds for the account, not for one of our processes, so all of them draw from one bucket here.
-- Unlogged: a pace is not worth a flush to disk, and a bucket lost in a crash is merely full again.
create unlogged table rate_limit (
  key text primary key,
  available double precision not null,
  as_of_ms double precision not null,
  maximum double precision not null check (maximum > 0),
  restore_per_second double precision not null check (restore_per_second > 0),
  paused_until_ms double precision not null default 0
);
