-- Why: an event that no worker has begun has not been tried, however often relay has handed it over: a worker that was down for
-- a quarter of an hour must not send healthy events to quarantine. "begun": work on it has begun since it was last handed over.
-- "generation" counts the hand-overs of which that was true and nothing came; so an event that ends every process that
-- touches it is still found out.

alter table inbox_event add column begun boolean not null default false;
