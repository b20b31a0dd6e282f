-- name: entries
-- The entries of some days, in the order in which they were made.
select id, day, is_off, source, entered_by, festival, checked_by, entered_at, checked_at
from calendar_days where day between %(first)s and %(last)s order by day, id;

-- name: newest
-- The newest entry of each day, checked or not.
select distinct on (day) id, day, is_off, source, entered_by, festival, checked_by, entered_at, checked_at
from calendar_days order by day, id desc;

-- name: lock
-- One saver at a time; readers go on.
lock table calendar_days in share row exclusive mode;

-- name: enter
-- New entries, in one statement: it marks every vehicle once.
insert into calendar_days (day, is_off, festival, source, entered_by, checked_by, checked_at)
select day, is_off, festival, source, entered_by, checked_by, case when checked_by is not null then now() end
from unnest(
    %(day)s::date[], %(is_off)s::boolean[], %(festival)s::text[], %(source)s::text[], %(entered_by)s::text[],
    %(checked_by)s::text[]
) with ordinality as e (day, is_off, festival, source, entered_by, checked_by, number)
order by number;

-- name: check
-- Entries that somebody checks, in one statement: it marks every vehicle once.
update calendar_days d set checked_by = c.checked_by, checked_at = now()
from unnest(%(ids)s::bigint[], %(checked_by)s::text[]) as c (id, checked_by)
where d.id = c.id;

-- name: waiting
-- How many days wait for their second checker, and the first of them.
select count(*), min(day)
from (select distinct on (day) day, checked_by from calendar_days order by day, id desc) as newest
where checked_by is null;
