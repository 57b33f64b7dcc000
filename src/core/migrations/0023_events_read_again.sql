-- Why: an event that took stock the ledger does not have holds increases back until it is posted, also while it is tried again or
-- waits for a parked connection. A replay makes it pending, so the few events asked for with every increase are of both kinds.

drop index inbox_event_waits;
create index inbox_event_waits on inbox_event (id) where status in ('pending', 'quarantined') and waits_for is not null;

-- Why: an event that was read before an import, and refused after it, would miss the import's replay and wait for ever for a name
-- that is bound. So every import raises this, and what was read with an older catalogue is read again.
create table catalogue_version (
  version bigint not null,
  is_only boolean primary key default true constraint one_catalogue check (is_only)
);
insert into catalogue_version (version) values (1);
