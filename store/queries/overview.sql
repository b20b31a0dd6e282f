-- name: live
-- The newest position of each enrolled vehicle; nulls for one that never reported.
select c.id as vehicle_id, c.plate, c.use_class, c.unit_id, u.name as unit, l.ts, l.lon_e7, l.lat_e7, l.speed_kmh, l.heading_deg, l.flags
from vehicles c
join units u on u.id = c.unit_id
left join latest_positions l on l.vehicle_id = c.id
where exists (select from enrolments e where e.vehicle_id = c.id and e.during @> %(now)s::timestamptz)
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
order by c.id

-- name: system
-- The state of the system: what waits, what could not be taken in since the start of the day.
select
    (select count(*) from marks) as marks,
    (select count(*) from unreadable_messages where received_at >= %(today)s and reread_at is null) as unreadable_today,
    (select count(*) from unassigned_messages where taken_in_at is null and received_at >= %(today)s)
        as unassigned_today,
    (select count(*) from unassigned_messages where taken_in_at is null) as unassigned,
    (select count(*) from unassigned_positions) as unassigned_positions,
    (select coalesce(sum(count), 0) from ingest_counts where hour >= %(today)s)::bigint as messages_today,
    (select max(received_at) from latest_positions) as newest_received_at,
    (select max(judged_at) from judge_states) as judged_at,
    silent.start_at as silent_from, silent.end_at as silent_until,
    coalesce(silent.end_at >= (select heard_until from fleet_time), false) as silent_now
from (values (0)) as always
left join (select start_at, end_at from fleet_silences order by start_at desc limit 1) as silent on true
