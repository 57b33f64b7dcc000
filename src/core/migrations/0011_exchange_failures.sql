-- Why: one document of a partner that cannot be counted must not hold up those after it. It keeps its reason, is shown, and is
-- tried again after a pause. And a number of ours that is announced again can only be told from a conflict (I4) when what was
-- announced first is known; of shipments from before this migration it is not.

alter table partner_document
  add column progress_attempts int not null default 0,
  -- null: at once
  add column progress_retry_at timestamptz,
  add column progress_failure text;

-- warehouse, supplier and lines as they were given, in an order of their own
alter table inbound_shipment add column content jsonb;
