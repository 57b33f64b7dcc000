-- Why: an item's cost group decides the accounts of its entries, as the block `books` does. A draft that was made before an item
-- was given another group names accounts that are no longer meant, and what is approved cannot be changed: so drafts carry how
-- often groups had changed when they were made. One row, so that two imports count one after the other.

create table cost_group_change (
  is_only boolean primary key default true check (is_only),
  changes bigint not null default 0
);
insert into cost_group_change default values;
