-- Why: a document that names a day and no time counts from an instant that its words alone do not tell. When it comes again, in
-- another file and at another time, it must count from the same one, so the first is looked for by its number. Longer numbers
-- are refused now; those that were taken before must not keep the index from being made.

create index partner_document_number on partner_document (connection_id, number) where not is_outbound and length(number) <= 200;
