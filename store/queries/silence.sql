-- name: judge_apart
-- A judging goes beside others, never beside a look at the whole fleet: what is looked at does not move meanwhile.
select pg_advisory_xact_lock_shared(7040014)

-- name: look_alone
-- A look at the whole fleet waits for the judgings under way, and those that follow wait for it.
select pg_advisory_xact_lock(7040014)

-- name: fleet
-- The fleet's time and its silences.
select (select heard_until from fleet_time),
    coalesce(array_agg(start_at order by start_at), '{}'), coalesce(array_agg(end_at order by start_at), '{}')
from fleet_silences

-- name: heard
-- Notes when vehicles were first and last heard of, and since when the fleet is another one for it.
-- One that goes on from a checkpoint was first heard of when it was.
with told as (
    select k.vehicle_id, s.heard_from as old_from, s.heard_until as old_until,
        nullif(k.heard_until, '-infinity') as heard_until,
        case when k.goes_on = 1 then s.heard_from else nullif(k.heard_from, '-infinity') end as heard_from
    from unnest(%(vehicles)s::int[], %(from)s::timestamptz[], %(until)s::timestamptz[], %(goes_on)s::int[])
        as k (vehicle_id, heard_from, heard_until, goes_on)
    join judge_states s on s.vehicle_id = k.vehicle_id
), noted as (
    update judge_states s set judged_at = now(), heard_from = told.heard_from, heard_until = told.heard_until
    from told where told.vehicle_id = s.vehicle_id
), since as (
    select min(least(
        case when old_from is distinct from heard_from then least(old_from, heard_from) end,
        case when old_until is distinct from heard_until and least(old_until, heard_until)
            < (select heard_until from fleet_time) - %(offline)s::interval then least(old_until, heard_until) end
    )) as since
    from told
)
insert into fleet_marks (since) select since from since where since is not null

-- name: waits
-- Whether some vehicle waits to be judged, besides those put aside.
select exists (select from marks where vehicle_id <> all (%(aside)s::int[]))

-- name: heard_until
-- When each vehicle that was ever heard of was last heard of.
select array_send(array_agg(heard_until)) from judge_states where heard_until is not null

-- name: fleet_time
-- The fleet's time as stored, what its silences were found with, and whether something marked them.
select heard_until, most_percent, exists (select from fleet_marks) from fleet_time

-- name: fleet_marks
-- The marks of the fleet; exactly these are taken away when it was looked at.
select nullif(min(since), '-infinity'), array_agg(id), count(*) from fleet_marks

-- name: take_fleet_marks
-- Takes away the marks that were looked at.
delete from fleet_marks where id = any (%(marks)s)

-- name: present
-- From when on each vehicle counts: since it was heard of, while it has a tracker (where it ever had one).
select array_send(array_agg(s.vehicle_id)), array_send(array_agg(greatest(lower(f.during), s.heard_from))),
    array_send(array_agg(coalesce(upper(f.during), '2200-01-01 00:00Z')))
from judge_states s left join fittings f on f.vehicle_id = s.vehicle_id
where s.heard_from is not null and (f.id is null or upper_inf(f.during) or upper(f.during) > s.heard_from)

-- name: silent
-- The silences of vehicles that count and end after a moment: gaps, offline, and still offline at the fleet's time.
select array_send(array_agg(vehicle_id)), array_send(array_agg(start_at)), array_send(array_agg(end_at))
from (
    select vehicle_id, start_at, end_at from gaps
    where messages = 0 and end_at > %(since)s and end_at - start_at >= %(gap)s::interval
    union all
    select vehicle_id, start_at, end_at from signals where signal = 'offline' and end_at > %(since)s
    union all
    select vehicle_id, heard_until + interval '1 us', %(heard_until)s::timestamptz from judge_states
    where heard_until + interval '1 us' <= %(heard_until)s::timestamptz - %(offline)s::interval
) as silences

-- name: silences_after
-- The fleet's silences that end at a moment or after it.
select start_at, end_at from fleet_silences where end_at >= %(since)s order by start_at

-- name: drop_silences
-- The fleet's silences from a moment on, to be written anew.
delete from fleet_silences where start_at >= %(since)s

-- name: add_silences
-- The fleet's silences as found.
insert into fleet_silences (start_at, end_at) select * from unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[])

-- name: mark_silent
-- Vehicles with a silence that meets a time at which the fleet's silence changed.
with changed as (select * from unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) as c (start_at, end_at)),
touched as (
    select g.vehicle_id, g.start_at from changed c
    join gaps g on g.messages = 0 and g.end_at >= c.start_at and g.start_at <= c.end_at
    union all
    select g.vehicle_id, g.start_at from changed c
    join signals g on g.signal = 'offline' and g.end_at >= c.start_at and g.start_at <= c.end_at
    union all
    select s.vehicle_id, s.heard_until + interval '1 us' from changed c
    join judge_states s on s.heard_until < c.end_at
        and s.heard_until < %(heard_until)s::timestamptz - %(offline)s::interval
)
insert into marks (vehicle_id, since) select vehicle_id, min(start_at) from touched group by vehicle_id

-- name: mark_offline
-- Vehicles whose silence lasts, or lasted, up to the fleet's time, which is another one now.
insert into marks (vehicle_id, since)
select vehicle_id, heard_until + interval '1 us' from judge_states
where heard_until < %(latest)s::timestamptz - %(offline)s::interval

-- name: tell_time
-- The fleet's time from now on, and what its silences are found with.
update fleet_time set heard_until = %(heard_until)s, most_percent = %(percent)s

-- name: silences_between
-- The fleet's silences that meet a span.
select start_at, end_at from fleet_silences where start_at <= %(until)s and end_at >= %(since)s order by start_at

-- name: lasting
-- The fleet's silence that lasts to its time.
select start_at, end_at from fleet_silences where end_at >= (select heard_until from fleet_time)
