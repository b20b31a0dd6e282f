-- name: add
-- What somebody told.
insert into tips (plate, at, place, lon_e7, lat_e7, what, tipster, received_at, entered_by)
values (%(plate)s, %(at)s, %(place)s, %(lon_e7)s, %(lat_e7)s, %(what)s, %(tipster)s, %(received_at)s, %(entered_by)s)
returning id

-- name: hold
-- A tip that nobody else answers until the transaction ends.
select id from tips where id = %(id)s for update

-- name: listed
-- Tips, those without an answer first. What the track said is told within the scope of the car only.
select t.id, t.plate, t.at, t.place, t.lon_e7, t.lat_e7, t.what, t.tipster, t.received_at, t.entered_by,
    c.id as vehicle_id, u.name as unit, k.verdict, k.fixes, k.nearest_m, k.nearest_at, k.at as checked_at,
    a.tip_id is not null as answered, case when c.id is not null or a.case_id is null then a.text end as answer,
    case when c.id is not null then a.case_id end as case_id, a.at as answered_at, a.actor as answered_by
from tips t
left join vehicles c on c.plate = t.plate
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any(%(unit_ids)s))
left join vehicle_units h on h.vehicle_id = c.id and h.during @> t.at
left join units u on u.id = h.unit_id
left join lateral (
    select x.verdict, x.fixes, x.nearest_m, x.nearest_at, x.at
    from tip_checks x
    where x.tip_id = t.id and x.vehicle_id is not distinct from c.id
    order by x.id desc limit 1
) k on true
left join tip_answers a on a.tip_id = t.id
where (%(id)s::bigint is null or t.id = %(id)s)
    and (%(unit_ids)s::int[] is null or c.id is not null)
    and (%(case_id)s::bigint is null or a.case_id = %(case_id)s)
order by a.tip_id is not null, t.received_at desc, t.id desc
limit %(limit)s

-- name: check
-- What the track said.
insert into tip_checks (tip_id, vehicle_id, verdict, fixes, nearest_m, nearest_at, at, actor)
values (%(tip_id)s, %(vehicle_id)s, %(verdict)s, %(fixes)s, %(nearest_m)s, %(nearest_at)s, %(at)s, %(by)s)

-- name: answer
-- What became of a tip.
insert into tip_answers (tip_id, case_id, text, at, actor) values (%(tip_id)s, %(case_id)s, %(text)s, %(at)s, %(by)s)

-- name: around
-- The positions of a vehicle in a span, and the last fix before and the first after it.
(select ts, lon_e7, lat_e7, flags from positions
 where vehicle_id = %(vehicle_id)s and ts < %(since)s::timestamptz and ts >= %(since)s::timestamptz - interval '7 days' and flags & 1 = 0
 order by ts desc limit 1)
union all
(select ts, lon_e7, lat_e7, flags from positions
 where vehicle_id = %(vehicle_id)s and ts >= %(since)s and ts <= %(until)s::timestamptz)
union all
(select ts, lon_e7, lat_e7, flags from positions
 where vehicle_id = %(vehicle_id)s and ts > %(until)s::timestamptz and ts <= %(until)s::timestamptz + interval '7 days' and flags & 1 = 0
 order by ts limit 1)
order by ts, lon_e7, lat_e7
