-- name: count_rejections
-- Adds to what was put aside of trackers on a day; given in one order, so that two writers meet in one order.
insert into tracker_rejections as known (tracker, day, reason, count, last_at)
select * from unnest(
    %(trackers)s::text[], %(days)s::date[], %(reasons)s::text[], %(counts)s::bigint[], %(last_at)s::timestamptz[]
)
on conflict (tracker, day, reason) do update
set count = known.count + excluded.count, last_at = greatest(known.last_at, excluded.last_at)

-- name: take_back_rejections
-- What was put aside of trackers on a day, and was read after all, counts no more. Locked in the order in which it is
-- counted, so that two writers do not wait for each other in a ring.
with held as (
    select known.tracker, known.day, known.reason, told.count
    from tracker_rejections known
    join unnest(%(trackers)s::text[], %(days)s::date[], %(reasons)s::text[], %(counts)s::bigint[])
        as told (tracker, day, reason, count) using (tracker, day, reason)
    order by known.tracker, known.day, known.reason
    for update of known
)
update tracker_rejections known set count = greatest(known.count - held.count, 0)
from held
where (known.tracker, known.day, known.reason) = (held.tracker, held.day, held.reason)

-- name: registered
-- The registered trackers, or one of them, with what came of each since a day, and the car that it is on.
-- Of one that ever was on a car of confidential mail nothing is told to those who may not see such cars.
-- Before its first day is counted, the newest position of its car tells when it was last heard.
select
    t.code as tracker, t.id, c.id as vehicle_id, c.plate, u.name as unit, lower(f.during) as fitted_from,
    greatest(
        last.last_received_at, refused.last_at,
        case when last.day is null and (lower_inf(f.during) or newest.received_at >= lower(f.during))
            then newest.received_at end
    ) as heard_at,
    coalesce(came.positions, 0)::bigint as positions, coalesce(came.fixes, 0)::bigint as fixes,
    coalesce(came.parked, 0)::bigint as parked, coalesce(came.repeats, 0)::bigint as repeats, coalesce(came.late, 0)::bigint as late,
    (coalesce(last.offsets_s, '{}') || coalesce(before.offsets_s, '{}'))[1:31] as offsets_s,
    coalesce(put_aside.rejected, '{}') as rejected
from trackers t
left join fittings f on f.tracker_id = t.id and f.during @> %(now)s::timestamptz
left join vehicles c on c.id = f.vehicle_id
left join units u on u.id = c.unit_id
left join latest_positions newest on newest.vehicle_id = c.id
left join lateral (
    select d.day, d.offsets_s, d.last_received_at from tracker_days d
    where d.tracker_id = t.id order by d.day desc limit 1
) as last on true
left join lateral (
    select d.offsets_s from tracker_days d where d.tracker_id = t.id and d.day < last.day order by d.day desc limit 1
) as before on true
left join lateral (
    select sum(d.positions) as positions, sum(d.fixes) as fixes, sum(d.parked) as parked,
        sum(d.repeats) as repeats, sum(d.late) as late
    from tracker_days d where d.tracker_id = t.id and d.day >= %(since)s
) as came on true
left join lateral (
    select r.last_at from tracker_rejections r where r.tracker = t.code order by r.day desc, r.last_at desc limit 1
) as refused on true
left join lateral (
    select jsonb_object_agg(r.reason, r.count) as rejected
    from (
        select reason, sum(count) as count from tracker_rejections
        where tracker = t.code and day >= %(since)s and count > 0 group by reason
    ) as r
) as put_aside on true
where (%(tracker)s::text is null or t.code = %(tracker)s)
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
    and (%(confidential)s or not exists (
        select from fittings g join vehicles w on w.id = g.vehicle_id
        where g.tracker_id = t.id and w.use_class = 'confidential_mail'
    ))
order by t.code

-- name: unregistered
-- Trackers that nobody registered, or one of them, and that came since a day: their messages are kept, or the gateway
-- turned them away.
select known.tracker, max(known.last_at) as heard_at,
    coalesce(jsonb_object_agg(known.reason, known.count) filter (where known.reason is not null), '{}') as rejected
from (
    select tracker, reason, sum(count) as count, max(last_at) as last_at
    from tracker_rejections where day >= %(since)s and count > 0 and (%(tracker)s::text is null or tracker = %(tracker)s)
    group by tracker, reason
    union all
    select tracker, null, null, last_at
    from presented_terminals
    where last_at >= %(since)s::date and (%(tracker)s::text is null or tracker = %(tracker)s)
) as known
where not exists (select from trackers t where t.code = known.tracker)
group by known.tracker
order by heard_at desc, known.tracker
limit %(limit)s

-- name: days
-- What came of a registered tracker, a row a day, the last one first.
select day, positions, fixes, parked, repeats, late, offsets_s, last_received_at as heard_at
from tracker_days where tracker_id = %(id)s and day >= %(since)s
order by day desc

-- name: rejected_days
-- What was put aside of a tracker, a row a day, the last one first.
select day, jsonb_object_agg(reason, count) as rejected, max(last_at) as heard_at
from tracker_rejections where tracker = %(tracker)s and day >= %(since)s and count > 0
group by day order by day desc

-- name: ingest
-- What ingest counts: each thing that became of a position or message, since the first day.
select outcome, sum(count)::bigint as count from ingest_counts group by outcome order by outcome

-- name: waiting
-- What waits: vehicles for the judge, messages for a fitting, letters by state; and when the last position came.
select
    (select count(distinct vehicle_id) from marks) as vehicles,
    (select count(*) from unassigned_messages where taken_in_at is null) as messages,
    (select count(*) from deliveries where state in ('waiting', 'sending'))
        + (select count(*) from letters where addressed_at is null and withdrawn_at is null) as letters,
    (select count(*) from deliveries where state in ('failed', 'unsure')) as letters_in_trouble,
    (select max(received_at) from latest_positions) as newest_received_at,
    exists (select from fleet_silences where end_at >= (select heard_until from fleet_time)) as fleet_silent
