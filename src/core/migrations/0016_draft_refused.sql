-- Why: a draft that the hub may not approve by itself, because the books lack an account of it, stays a draft; the reason is kept
-- with it so that people see it. Null: nothing is wrong, or it was drafted anew since.

alter table journal add column refused text;
