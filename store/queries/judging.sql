-- name: claim
-- Vehicles that wait to be judged since a moment or later, or since before it, longest unjudged first; locked against
-- other judges.
select s.vehicle_id
from judge_states s
join (select vehicle_id, min(since) as since from marks group by vehicle_id) as m using (vehicle_id)
where (m.since >= %(recent)s) = %(live)s
and s.vehicle_id <> all (%(aside)s::int[])
order by s.judged_at nulls first, s.vehicle_id
limit %(limit)s
for update of s skip locked

-- name: marks_of
-- The claimed vehicles, since when something changed; and their marks: exactly these are taken away when they are judged.
with taken as materialized (select id, vehicle_id, since from marks where vehicle_id = any (%(vehicles)s)),
each as (select vehicle_id, min(since) as since from taken group by vehicle_id)
select array_send(array_agg(vehicle_id order by vehicle_id)),
    array_send(array_agg(since order by vehicle_id)), (select array_send(array_agg(id)) from taken)
from each

-- name: units_of
-- The units of the vehicles, each from when on. One row, each column an array in binary.
select array_send(array_agg(vehicle_id)), array_send(array_agg(unit_id)),
    array_send(array_agg(coalesce(lower(during), '-infinity')))
from vehicle_units where vehicle_id = any (%(vehicles)s)

-- name: take_marks
-- Takes away the marks that were judged.
delete from marks where id = any (%(marks)s)

-- name: begin_at
-- For each vehicle the last checkpoint before what changed.
select array_send(array_agg(k.vehicle_id)), array_send(array_agg(c.cut_at)), jsonb_agg(c.open)
from unnest(%(vehicles)s::int[], %(since)s::timestamptz[]) as k (vehicle_id, since)
cross join lateral (
    select cut_at, open from checkpoints c
    where c.vehicle_id = k.vehicle_id and c.cut_at < k.since and c.signature = %(signature)s
    order by cut_at desc limit 1
) as c

-- name: positions_after
-- Positions from each vehicle's cut on, a vehicle in a row, each column an array in binary. Not reported is NaN.
-- The odometer (null where there is none such) is of those without a fix alone: nothing else asks for it.
-- Arrays, as the driver makes an object of every row: this is four times as fast as COPY.
select k.vehicle_id, p.*
from unnest(%(vehicles)s::int[], %(cuts)s::timestamptz[]) as k (vehicle_id, cut_at)
cross join lateral (
    select count(*), array_send(array_agg(p.ts)), array_send(array_agg(p.lon_e7)), array_send(array_agg(p.lat_e7)),
        array_send(array_agg(coalesce(p.speed_kmh, 'NaN'))), array_send(array_agg(p.flags)),
        array_send(array_agg(coalesce(p.odometer_km, 'NaN')) filter (where p.flags & 1 = 1))
    from (
        select * from positions p where p.vehicle_id = k.vehicle_id and p.ts >= k.cut_at
        order by p.ts, p.lon_e7, p.lat_e7
    ) as p
    having count(*) > 0
) as p
order by k.vehicle_id

-- name: earlier_trips
-- Trips that end in or after the horizon and began before the cut. One row, each column an array in binary.
select
    array_send(array_agg(t.vehicle_id)), array_send(array_agg(t.start_at)), array_send(array_agg(t.end_at)),
    array_send(array_agg(t.distance_m)), array_send(array_agg(t.fixes)), array_send(array_agg(t.max_speed_kmh)),
    array_send(array_agg(t.start_lon_e7)), array_send(array_agg(t.start_lat_e7)),
    array_send(array_agg(t.end_lon_e7)), array_send(array_agg(t.end_lat_e7))
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[], %(cuts)s::timestamptz[]) as k (vehicle_id, horizon, cut_at)
join trips t on t.vehicle_id = k.vehicle_id and t.end_at >= k.horizon and t.start_at < k.cut_at

-- name: earlier_stops
-- Stops that end in or after the horizon and began before the cut. One row, each column an array in binary.
select
    array_send(array_agg(t.vehicle_id)), array_send(array_agg(t.start_at)), array_send(array_agg(t.end_at)),
    array_send(array_agg(t.lon_e7)), array_send(array_agg(t.lat_e7)), array_send(array_agg(t.fixes)),
    array_send(array_agg(t.inferred_s))
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[], %(cuts)s::timestamptz[]) as k (vehicle_id, horizon, cut_at)
join stops t on t.vehicle_id = k.vehicle_id and t.end_at >= k.horizon and t.start_at < k.cut_at

-- name: earlier_gaps
-- Gaps that end in or after the horizon and began before the cut. One row, each column an array in binary.
select
    array_send(array_agg(t.vehicle_id)), array_send(array_agg(t.start_at)), array_send(array_agg(t.end_at)),
    array_send(array_agg(t.start_lon_e7)), array_send(array_agg(t.start_lat_e7)),
    array_send(array_agg(t.end_lon_e7)), array_send(array_agg(t.end_lat_e7)), array_send(array_agg(t.messages))
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[], %(cuts)s::timestamptz[]) as k (vehicle_id, horizon, cut_at)
join gaps t on t.vehicle_id = k.vehicle_id and t.end_at >= k.horizon and t.start_at < k.cut_at

-- name: earlier_visits
-- Visits that end in or after the horizon and began before the cut, with the number of their place.
-- One row, each column an array in binary.
select
    array_send(array_agg(t.vehicle_id)), array_send(array_agg(t.start_at)), array_send(array_agg(t.end_at)),
    array_send(array_agg((p.number - 1)::int)), array_send(array_agg(t.zone_id)), array_send(array_agg(t.fixes))
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[], %(cuts)s::timestamptz[]) as k (vehicle_id, horizon, cut_at)
join visits t on t.vehicle_id = k.vehicle_id and t.end_at >= k.horizon and t.start_at < k.cut_at
join unnest(%(places)s::text[], %(buffers)s::float8[], %(sides)s::text[]) with ordinality
    as p (place, buffer_m, side, number)
    on p.place = t.place and p.buffer_m = t.buffer_m and p.side = t.side

-- name: earlier_signals
-- Signals that end in or after the horizon and began before the cut, with the number of each.
-- One row, each column an array in binary.
select
    array_send(array_agg(t.vehicle_id)), array_send(array_agg(t.start_at)), array_send(array_agg(t.end_at)),
    array_send(array_agg((s.number - 1)::int)), array_send(array_agg(t.grown_m))
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[], %(cuts)s::timestamptz[]) as k (vehicle_id, horizon, cut_at)
join signals t on t.vehicle_id = k.vehicle_id and t.end_at >= k.horizon and t.start_at < k.cut_at
join unnest(%(signals)s::text[]) with ordinality as s (name, number) on s.name = t.signal

-- name: orders_after
-- Orders that end after the horizon, whatever became of them.
select o.vehicle_id, o.id, o.number, lower(o.during) as start_at, upper(o.during) as end_at, o.destination, o.destination_zone,
    o.destination_lon_e7::float8 / 1e7 as destination_lon, o.destination_lat_e7::float8 / 1e7 as destination_lat,
    o.out_of_district, o.planned_distance_m, o.filed_at, o.approved_at, o.cancelled_at
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[]) as k (vehicle_id, horizon)
join orders o on o.vehicle_id = k.vehicle_id and o.during && tstzrange(k.horizon, null)

-- name: waivers_after
-- Waivers that end after the horizon and stand.
select w.vehicle_id, w.id, w.kind, lower(w.during), upper(w.during), w.reason
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[]) as k (vehicle_id, horizon)
join waivers w on w.vehicle_id = k.vehicle_id and w.during && tstzrange(k.horizon, null) and w.withdrawn_at is null

-- name: fittings_of
-- All fittings of the vehicles: they are few, and what lies between two of them needs both.
select vehicle_id, lower(during), upper(during) from fittings where vehicle_id = any (%(vehicles)s)

-- name: enrolments_after
-- Enrolments that end after the horizon.
select e.vehicle_id, lower(e.during), upper(e.during)
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[]) as k (vehicle_id, horizon)
join enrolments e on e.vehicle_id = k.vehicle_id and e.during && tstzrange(k.horizon, null)

-- name: states_after
-- Spans of being laid up or scrapped that end after the horizon.
select s.vehicle_id, s.id, s.state, lower(s.during), upper(s.during), s.document
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[]) as k (vehicle_id, horizon)
join vehicle_states s on s.vehicle_id = k.vehicle_id and s.during && tstzrange(k.horizon, null)

-- name: use_classes_of
-- The classes of use of vehicles that are not of the general one.
select id, use_class from vehicles where id = any (%(vehicles)s) and use_class <> 'general'

-- name: violations_after
-- Violations that stand and end in or after the horizon, as they stand or as they are found now.
select v.id, v.vehicle_id, v.rule_id, v.rule_version, v.start_at, v.end_at, v.severity, v.provisional, v.evidence,
    v.insufficient, d.was_found, v.found_now
from unnest(%(vehicles)s::int[], %(horizons)s::timestamptz[]) as k (vehicle_id, horizon)
join violations v on v.vehicle_id = k.vehicle_id and v.withdrawn_at is null
    and (v.end_at >= k.horizon or upper(v.found_during) >= k.horizon)
left join decisions d on d.id = v.decision_id

-- name: staging
-- Tables of this session that what was judged is copied into; emptied by each commit.
create temp table if not exists judged_cuts (vehicle_id int, cut_at timestamptz) on commit delete rows;
create temp table if not exists judged_trips (like trips) on commit delete rows;
create temp table if not exists judged_stops (like stops) on commit delete rows;
create temp table if not exists judged_gaps (like gaps) on commit delete rows;
create temp table if not exists judged_visits
    (vehicle_id int, start_at timestamptz, end_at timestamptz, place int, zone_id int, fixes int) on commit delete rows;
create temp table if not exists judged_signals
    (vehicle_id int, start_at timestamptz, end_at timestamptz, signal int, grown_m int) on commit delete rows

-- name: copy_cuts
-- Where each judged vehicle began.
copy judged_cuts (vehicle_id, cut_at) from stdin (format binary)

-- name: copy_trips
-- Trips as judged.
copy judged_trips (vehicle_id, start_at, end_at, distance_m, fixes, max_speed_kmh,
    start_lon_e7, start_lat_e7, end_lon_e7, end_lat_e7) from stdin (format binary)

-- name: copy_stops
-- Stops as judged.
copy judged_stops (vehicle_id, start_at, end_at, lon_e7, lat_e7, fixes, inferred_s) from stdin (format binary)

-- name: copy_gaps
-- Gaps as judged.
copy judged_gaps (vehicle_id, start_at, end_at, start_lon_e7, start_lat_e7, end_lon_e7, end_lat_e7, messages) from stdin (format binary)

-- name: copy_visits
-- Visits as judged.
copy judged_visits (vehicle_id, start_at, end_at, place, zone_id, fixes) from stdin (format binary)

-- name: copy_signals
-- Signals as judged.
copy judged_signals (vehicle_id, start_at, end_at, signal, grown_m) from stdin (format binary)

-- name: drop_trips
-- Trips from the cut on that are no more.
delete from trips t using judged_cuts k
where t.vehicle_id = k.vehicle_id and t.start_at >= k.cut_at
and not exists (select from judged_trips j where j.vehicle_id = t.vehicle_id and j.start_at = t.start_at)

-- name: keep_trips
-- Trips as judged, written where they differ.
insert into trips select * from judged_trips
on conflict (vehicle_id, start_at) do update set
    end_at = excluded.end_at, distance_m = excluded.distance_m, fixes = excluded.fixes,
    max_speed_kmh = excluded.max_speed_kmh, start_lon_e7 = excluded.start_lon_e7,
    start_lat_e7 = excluded.start_lat_e7, end_lon_e7 = excluded.end_lon_e7, end_lat_e7 = excluded.end_lat_e7
where (trips.*) is distinct from (excluded.*)

-- name: drop_stops
-- Stops from the cut on that are no more.
delete from stops t using judged_cuts k
where t.vehicle_id = k.vehicle_id and t.start_at >= k.cut_at
and not exists (select from judged_stops j where j.vehicle_id = t.vehicle_id and j.start_at = t.start_at)

-- name: keep_stops
-- Stops as judged, written where they differ.
insert into stops select * from judged_stops
on conflict (vehicle_id, start_at) do update set
    end_at = excluded.end_at, lon_e7 = excluded.lon_e7, lat_e7 = excluded.lat_e7,
    fixes = excluded.fixes, inferred_s = excluded.inferred_s
where (stops.*) is distinct from (excluded.*)

-- name: drop_gaps
-- Gaps from the cut on that are no more.
delete from gaps t using judged_cuts k
where t.vehicle_id = k.vehicle_id and t.start_at >= k.cut_at
and not exists (select from judged_gaps j where j.vehicle_id = t.vehicle_id and j.start_at = t.start_at)

-- name: keep_gaps
-- Gaps as judged, written where they differ.
insert into gaps select * from judged_gaps
on conflict (vehicle_id, start_at) do update set
    end_at = excluded.end_at, start_lon_e7 = excluded.start_lon_e7, start_lat_e7 = excluded.start_lat_e7,
    end_lon_e7 = excluded.end_lon_e7, end_lat_e7 = excluded.end_lat_e7, messages = excluded.messages
where (gaps.*) is distinct from (excluded.*)

-- name: drop_visits
-- Visits from the cut on that are no more, and those of vehicles judged from the beginning.
delete from visits t using judged_cuts k
where t.vehicle_id = k.vehicle_id and t.start_at >= k.cut_at
and not exists (
    select from judged_visits j
    join unnest(%(places)s::text[], %(buffers)s::float8[], %(sides)s::text[]) with ordinality
        as p (place, buffer_m, side, number) on p.number = j.place + 1
    where j.vehicle_id = t.vehicle_id and j.start_at = t.start_at and j.zone_id = t.zone_id
    and p.place = t.place and p.buffer_m = t.buffer_m and p.side = t.side
)

-- name: keep_visits
-- Visits as judged, written where they differ.
insert into visits (vehicle_id, place, buffer_m, side, zone_id, start_at, end_at, fixes)
select j.vehicle_id, p.place, p.buffer_m, p.side, j.zone_id, j.start_at, j.end_at, j.fixes
from judged_visits j
join unnest(%(places)s::text[], %(buffers)s::float8[], %(sides)s::text[]) with ordinality
    as p (place, buffer_m, side, number) on p.number = j.place + 1
on conflict (vehicle_id, place, buffer_m, side, zone_id, start_at) do update set
    end_at = excluded.end_at, fixes = excluded.fixes
where (visits.end_at, visits.fixes) is distinct from (excluded.end_at, excluded.fixes)

-- name: drop_signals
-- Signals from the cut on that are no more, and those of vehicles judged from the beginning.
delete from signals t using judged_cuts k
where t.vehicle_id = k.vehicle_id and t.start_at >= k.cut_at
and not exists (
    select from judged_signals j
    join unnest(%(signals)s::text[]) with ordinality as s (name, number) on s.number = j.signal + 1
    where j.vehicle_id = t.vehicle_id and j.start_at = t.start_at and s.name = t.signal
)

-- name: keep_signals
-- Signals as judged, written where they differ.
insert into signals (vehicle_id, signal, start_at, end_at, grown_m)
select j.vehicle_id, s.name, j.start_at, j.end_at, j.grown_m
from judged_signals j
join unnest(%(signals)s::text[]) with ordinality as s (name, number) on s.number = j.signal + 1
on conflict (vehicle_id, signal, start_at) do update set end_at = excluded.end_at, grown_m = excluded.grown_m
where (signals.end_at, signals.grown_m) is distinct from (excluded.end_at, excluded.grown_m)

-- name: drop_checkpoints
-- Checkpoints that what changed made worthless.
delete from checkpoints c
using unnest(%(vehicles)s::int[], %(cuts)s::timestamptz[]) as k (vehicle_id, cut_at)
where c.vehicle_id = k.vehicle_id and c.cut_at > k.cut_at

-- name: insert_checkpoints
-- New checkpoints; the spans open at them as one array in their order.
insert into checkpoints (vehicle_id, cut_at, signature, open)
select k.vehicle_id, k.cut_at, %(signature)s, o.open
from unnest(%(vehicles)s::int[], %(cuts)s::timestamptz[]) with ordinality as k (vehicle_id, cut_at, number)
join jsonb_array_elements(%(open)s::jsonb) with ordinality as o (open, number) using (number)
on conflict (vehicle_id, cut_at) do update set signature = excluded.signature, open = excluded.open

-- name: thin_checkpoints
-- Of each UTC day's checkpoints only the last stays, and none older than 60 days but the newest.
delete from checkpoints c
using unnest(%(vehicles)s::int[]) as k (vehicle_id)
where c.vehicle_id = k.vehicle_id
and exists (
    select from checkpoints later
    where later.vehicle_id = c.vehicle_id and later.cut_at > c.cut_at
    and (date_trunc('day', later.cut_at, 'UTC') = date_trunc('day', c.cut_at, 'UTC')
        or later.cut_at > c.cut_at + interval '60 days')
)

-- name: find_violation
-- A violation newly found.
insert into violations
    (vehicle_id, rule_id, rule_version, start_at, end_at, severity, provisional, insufficient, evidence)
values (%(vehicle_id)s, %(rule_id)s, %(rule_version)s, %(start)s, %(end)s, %(severity)s, %(provisional)s,
    %(insufficient)s, %(evidence)s)
returning id

-- name: change_violation
-- A violation that judging again sees otherwise.
update violations set rule_version = %(rule_version)s, start_at = %(start)s, end_at = %(end)s,
    severity = %(severity)s, provisional = %(provisional)s, insufficient = %(insufficient)s, evidence = %(evidence)s,
    positions_until = case when start_at = %(start)s then positions_until end
where id = %(id)s

-- name: save_digests
-- The digest of the positions of each violation that what changed can have touched, written where it differs.
-- It goes on from the one that is kept, where that ends before what changed.
update violations v set positions_count = d.positions_count, positions_sha256 = d.positions_sha256,
    positions_until = d.end_at
from (
    select v.id, v.end_at, d.positions_count, d.positions_sha256
    from unnest(%(vehicles)s::int[], %(since)s::timestamptz[]) as k (vehicle_id, since)
    join violations v on v.vehicle_id = k.vehicle_id and v.withdrawn_at is null and v.decision_id is null
        and (v.end_at >= k.since or v.positions_until is null or v.positions_until <> v.end_at)
    cross join lateral (
        select coalesce(v.positions_until < k.since and v.positions_until <= v.end_at, false) as goes_on
    ) as g
    cross join lateral positions_digest(
        v.vehicle_id, v.start_at, v.end_at,
        case when g.goes_on then v.positions_until else '-infinity' end,
        case when g.goes_on then v.positions_count else 0 end,
        case when g.goes_on then v.positions_sha256 else sha256('') end
    ) as d
) as d
where v.id = d.id
and (v.positions_count, v.positions_sha256, v.positions_until)
    is distinct from (d.positions_count, d.positions_sha256, d.end_at)

-- name: review
-- What is found now at the time of a decided violation.
update violations set found_now = %(found_now)s, found_during = tstzrange(%(since)s, %(until)s),
    found_otherwise = %(otherwise)s
where id = %(id)s

-- name: review_nothing
-- Nothing is found any more at the time of a decided violation (found_now: []), or the very same again (null).
update violations set found_now = %(found_now)s, found_during = null, found_otherwise = %(otherwise)s where id = %(id)s

-- name: review_digests
-- The digest that a decided violation's positions give now, where what changed can have touched it: null where it is
-- the one that it was decided on.
update violations v set
    positions_now_count = case when d.changed then d.positions_count end,
    positions_now_sha256 = case when d.changed then d.positions_sha256 end
from (
    select v.id, d.*, (d.positions_count, d.positions_sha256)
        is distinct from (v.positions_count, v.positions_sha256) as changed
    from unnest(%(vehicles)s::int[], %(since)s::timestamptz[]) as k (vehicle_id, since)
    join violations v on v.vehicle_id = k.vehicle_id and v.decision_id is not null and v.end_at >= k.since
    cross join lateral positions_digest(v.vehicle_id, v.start_at, v.end_at) as d
) as d
where v.id = d.id and (v.positions_now_count, v.positions_now_sha256) is distinct from
    (case when d.changed then d.positions_count end, case when d.changed then d.positions_sha256 end)

-- name: mark_evidence
-- Decided violations whose evidence is now another than they were decided on, or is the same again; and the note of it.
with turned as (
    update violations set evidence_changed = not evidence_changed
    where vehicle_id = any (%(vehicles)s) and decision_id is not null
    and evidence_changed <> (found_otherwise or positions_now_count is not null)
    returning id, evidence_changed, start_at, end_at, found_during
)
insert into violation_changes (violation_id, change, start_at, end_at)
select id, case when evidence_changed then 'evidence_changed' else 'as_decided' end,
    coalesce(lower(found_during), start_at), coalesce(upper(found_during), end_at)
from turned

-- name: withdraw_violation
-- A violation that judging again finds no more.
update violations set withdrawn_at = now() where id = %(id)s

-- name: note_change
-- What judging did to a violation. One that goes on being extended is one entry.
insert into violation_changes (violation_id, change, start_at, end_at)
values (%(id)s, %(change)s, %(start)s, %(end)s)

-- name: note_extension
-- Goes on the last entry when that was an extension too.
update violation_changes set end_at = %(end)s, at = now()
where id = (select max(id) from violation_changes where violation_id = %(id)s) and change = 'extended'

-- name: raise_alert
-- An alert for a violation; one at most.
insert into alerts (violation_id) values (%(id)s) on conflict do nothing

-- name: alerted_cars
-- The cars of violations with the units that they had when these began, for the letters about their alerts.
select v.id, c.plate, h.unit_id, u.name, c.use_class
from violations v
join vehicles c on c.id = v.vehicle_id
join vehicle_units h on h.vehicle_id = v.vehicle_id and h.during @> v.start_at
join units u on u.id = h.unit_id
where v.id = any (%(violations)s::bigint[])

-- name: mark_all
-- All vehicles are to be judged from their first position on.
insert into marks (vehicle_id, since) select id, '-infinity' from vehicles

-- name: mark_some
-- The given vehicles are to be judged anew from a moment on.
insert into marks (vehicle_id, since) select unnest(%(vehicles)s::int[]), %(since)s::timestamptz

-- name: judged_with
-- What the stored judgements were made with.
select signature from judged_with

-- name: lock_judged_with
-- One judge at a time looks whether all is to be judged anew.
lock table judged_with in share row exclusive mode

-- name: book_stamp
-- What zones there are, and what counts of the centre's own calendar, in one value.
select md5(
    coalesce((select string_agg(concat_ws(':', id, name, kind, unit_id, valid, md5(boundary_wkb)), ',' order by id)
        from zones where superseded_at is null), '')
    || coalesce((select string_agg(concat_ws(':', day, is_off, festival), ',' order by day) from counted_days), '')
    || coalesce((select string_agg(year::text, ',' order by year) from counted_years), '')
)

-- name: judge_with
-- Notes what judgements are made with from now on.
insert into judged_with (signature) values (%(signature)s)
on conflict (only_one) do update set signature = excluded.signature, since = now()

-- name: waiting
-- How many vehicles wait to be judged, of the marks up to one (null: all).
select count(distinct vehicle_id) from marks where %(last)s::bigint is null or id <= %(last)s

-- name: last_mark
-- The newest mark that waits; 0 when none does.
select coalesce(max(id), 0) from marks

-- name: all_vehicles
-- Every vehicle.
select id from vehicles order by id

-- name: plates
-- Every vehicle's plate and id.
select plate, id from vehicles
