-- name: search
-- Vehicles whose plate or unit contains a text, with when they last reported and what stands against them.
select
    c.id, c.plate, c.use_class, c.model, u.id as unit_id, u.name as unit,
    l.ts as seen_at, l.speed_kmh, l.flags,
    (select count(*) from violations v
     where v.vehicle_id = c.id and v.withdrawn_at is null and not v.insufficient and v.start_at >= %(since)s) as violations,
    exists (select from enrolments e where e.vehicle_id = c.id and e.during @> %(now)s::timestamptz) as enrolled
from vehicles c
join units u on u.id = c.unit_id
left join latest_positions l on l.vehicle_id = c.id
where (%(text)s = '' or strpos(c.plate, upper(%(text)s)) > 0 or strpos(u.name, %(text)s) > 0)
    and (%(unit_id)s::int is null or u.id = %(unit_id)s)
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
    and c.plate > %(after)s
order by c.plate
limit %(limit)s

-- name: count
-- How many vehicles a search finds in all.
select count(*)
from vehicles c
join units u on u.id = c.unit_id
where (%(text)s = '' or strpos(c.plate, upper(%(text)s)) > 0 or strpos(u.name, %(text)s) > 0)
    and (%(unit_id)s::int is null or u.id = %(unit_id)s)
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))

-- name: one
-- One vehicle, as the search shows it.
select
    c.id, c.plate, c.use_class, c.model, u.id as unit_id, u.name as unit,
    l.ts as seen_at, l.speed_kmh, l.flags,
    (select count(*) from violations v
     where v.vehicle_id = c.id and v.withdrawn_at is null and not v.insufficient and v.start_at >= %(since)s) as violations,
    exists (select from enrolments e where e.vehicle_id = c.id and e.during @> %(now)s::timestamptz) as enrolled
from vehicles c
join units u on u.id = c.unit_id
left join latest_positions l on l.vehicle_id = c.id
where c.id = %(id)s and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))

-- name: units
-- Units that have vehicles, by code.
select u.id, u.code, u.name, count(c.id) as vehicles
from units u
join vehicles c on c.unit_id = u.id
where (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
group by u.id
order by u.code
