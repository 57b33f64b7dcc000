-- Why: every start of a process once used up a number for each of its connections, and there are no more than 32,767. The count
-- goes on behind the last connection there is.

select setval(pg_get_serial_sequence('connection', 'id'), coalesce(max(id), 1), max(id) is not null) from connection;
