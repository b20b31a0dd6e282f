-- name: calendar_days
-- The centre's own days.
select day, is_off, source, entered_by, festival, checked_by from calendar_days order by day;

-- name: lock
-- One saver at a time; readers go on.
lock table calendar_days in share row exclusive mode;

-- name: save
-- A day by its date. The caller writes only what differs: each write marks all vehicles.
insert into calendar_days (day, is_off, festival, source, entered_by, checked_by)
values (%(day)s, %(is_off)s, %(festival)s, %(source)s, %(entered_by)s, %(checked_by)s)
on conflict (day) do update
set is_off = excluded.is_off, festival = excluded.festival, source = excluded.source,
    entered_by = excluded.entered_by, checked_by = excluded.checked_by;
