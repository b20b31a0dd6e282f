-- name: entries
-- The entries of a year, in the order in which they were made.
select id, year, is_complete, source, entered_by, checked_by, entered_at, checked_at
from calendar_years where year = %(year)s order by id;

-- name: lock
-- One saver at a time; readers go on.
lock table calendar_years in share row exclusive mode;

-- name: enter
-- Somebody says that a year's schedule is entered whole, or that it is not.
insert into calendar_years (year, is_complete, source, entered_by)
values (%(year)s, %(is_complete)s, %(source)s, %(entered_by)s);

-- name: check
-- An entry that somebody checks.
update calendar_years set checked_by = %(checked_by)s, checked_at = now() where id = %(id)s;

-- name: counted
-- What counts of the centre's own calendar, read at once: all rows hold the years; without days there is one row.
select (select coalesce(array_agg(year order by year), '{}') from counted_years) as years, d.day, d.is_off, d.festival, d.source
from (select) as one left join counted_days d on true
order by d.day;
