-- name: live
-- The newest position of each enrolled vehicle; nulls for one that never reported.
select c.id as vehicle_id, c.plate, u.name as unit, l.ts, l.lon_e7, l.lat_e7, l.speed_kmh, l.heading_deg, l.flags
from vehicles c
join units u on u.id = c.unit_id
left join latest_positions l on l.vehicle_id = c.id
where exists (select from enrolments e where e.vehicle_id = c.id and e.during @> %(now)s::timestamptz)
order by c.id

-- name: moved
-- Newest positions that came in after a moment.
select l.vehicle_id, c.plate, u.name as unit, l.ts, l.lon_e7, l.lat_e7, l.speed_kmh, l.heading_deg, l.flags,
    l.received_at
from latest_positions l
join vehicles c on c.id = l.vehicle_id
join units u on u.id = c.unit_id
where l.received_at > %(since)s
order by l.received_at

-- name: system
-- The state of the system: what waits, what could not be taken in since the start of the day.
select
    (select count(*) from marks) as marks,
    (select count(*) from unreadable_messages where received_at >= %(today)s) as unreadable_today,
    (select count(*) from unassigned_messages where taken_in_at is null and received_at >= %(today)s)
        as unassigned_today,
    (select count(*) from unassigned_messages where taken_in_at is null) as unassigned,
    (select coalesce(sum(count), 0) from ingest_counts where hour >= %(today)s)::bigint as messages_today,
    (select max(received_at) from latest_positions) as newest_received_at,
    (select max(judged_at) from judge_states) as judged_at

-- name: own_days
-- The centre's own days of a year.
select day, is_off, festival from calendar_days
where day >= make_date(%(year)s, 1, 1) and day < make_date(%(year)s + 1, 1, 1)
order by day
