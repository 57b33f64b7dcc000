-- Why: a partner's files may repeat where an order goes, so their contents are erased after a while. What proves that a file
-- came, and that it is not taken twice, stays for ever: its name, size and hash, its control numbers, and its documents, which
-- the inbox keeps readable by themselves.

create index partner_file_kept on partner_file (connection_id, created_at) where not is_outbound and body is not null;
