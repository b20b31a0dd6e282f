-- name: page
-- One page of the list in one of four orders, from after the last row of the page before. A violation is of the unit that
-- its car had when it began; who may see it goes by the car's unit of today. So in all below.
select
    v.id, v.vehicle_id, c.plate, u.name as unit, v.rule_id, v.rule_version, v.start_at, v.end_at, v.severity,
    v.provisional, v.insufficient, v.evidence_changed, v.withdrawn_at, v.found_at,
    (select outcome from decisions d where d.id = v.decision_id) as outcome,
    coalesce((v.evidence ->> 'total_s')::float8, extract(epoch from v.end_at - v.start_at)::float8) as total_s
from violations v
join vehicles c on c.id = v.vehicle_id
join vehicle_units h on h.vehicle_id = v.vehicle_id and h.during @> v.start_at
join units u on u.id = h.unit_id
where (case %(state)s
    when 'withdrawn' then v.withdrawn_at is not null
    when 'all' then true
    when 'provisional' then v.withdrawn_at is null and not v.insufficient and v.provisional
    when 'insufficient' then v.withdrawn_at is null and v.insufficient
    when 'changed' then v.withdrawn_at is null and v.evidence_changed
    when 'decided' then v.decision_id is not null
    else v.withdrawn_at is null and not v.insufficient
end)
    and (%(severity)s::text is null or v.severity = %(severity)s)
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
    and (%(unit_id)s::int is null or h.unit_id = %(unit_id)s)
    and (%(vehicle_id)s::int is null or v.vehicle_id = %(vehicle_id)s)
    and (%(plate)s::text is null or strpos(c.plate, %(plate)s) > 0)
    and (%(since)s::timestamptz is null or v.start_at >= %(since)s)
    and (%(until)s::timestamptz is null or v.start_at < %(until)s)
    and (%(rule_id)s::text is null or v.rule_id = %(rule_id)s)
    and (%(last_id)s::bigint is null or case %(sorting)s
        when 'oldest' then (v.start_at, v.id) > (%(last_start)s::timestamptz, %(last_id)s)
        when 'severity' then
            (array_position('{info,medium,high}', v.severity), v.start_at, v.id)
            < (array_position('{info,medium,high}', %(last_severity)s), %(last_start)s, %(last_id)s)
        when 'longest' then
            (v.end_at - v.start_at, v.start_at, v.id)
            < (%(last_end)s::timestamptz - %(last_start)s, %(last_start)s, %(last_id)s)
        else (v.start_at, v.id) < (%(last_start)s, %(last_id)s)
    end)
-- An order that is not asked for is null for every row: the planner drops it and can still follow an index.
order by
    case when %(sorting)s = 'oldest' then v.start_at end,
    case when %(sorting)s = 'oldest' then v.id end,
    case when %(sorting)s = 'severity' then array_position('{info,medium,high}', v.severity) end desc,
    case when %(sorting)s = 'longest' then v.end_at - v.start_at end desc,
    v.start_at desc, v.id desc
limit %(limit)s

-- name: count_by_rule
-- How many the same filter, but for the rule, leaves of each rule; and how many of them are severe.
select v.rule_id, count(*), count(*) filter (where v.severity = 'high') as high
from violations v
join vehicles c on c.id = v.vehicle_id
join vehicle_units h on h.vehicle_id = v.vehicle_id and h.during @> v.start_at
where (case %(state)s
    when 'withdrawn' then v.withdrawn_at is not null
    when 'all' then true
    when 'provisional' then v.withdrawn_at is null and not v.insufficient and v.provisional
    when 'insufficient' then v.withdrawn_at is null and v.insufficient
    when 'changed' then v.withdrawn_at is null and v.evidence_changed
    when 'decided' then v.decision_id is not null
    else v.withdrawn_at is null and not v.insufficient
end)
    and (%(severity)s::text is null or v.severity = %(severity)s)
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
    and (%(unit_id)s::int is null or h.unit_id = %(unit_id)s)
    and (%(vehicle_id)s::int is null or v.vehicle_id = %(vehicle_id)s)
    and (%(plate)s::text is null or strpos(c.plate, %(plate)s) > 0)
    and (%(since)s::timestamptz is null or v.start_at >= %(since)s)
    and (%(until)s::timestamptz is null or v.start_at < %(until)s)
group by v.rule_id
order by v.rule_id

-- name: one
-- One violation with its evidence.
select
    v.id, v.vehicle_id, c.plate, u.name as unit, v.rule_id, v.rule_version, v.start_at, v.end_at, v.severity,
    v.provisional, v.insufficient, v.evidence_changed, v.withdrawn_at, v.found_at,
    (select outcome from decisions d where d.id = v.decision_id) as outcome,
    coalesce((v.evidence ->> 'total_s')::float8, extract(epoch from v.end_at - v.start_at)::float8) as total_s,
    v.evidence, c.use_class, c.model, u.id as unit_id, a.raised_at, v.positions_count, v.positions_sha256,
    v.found_now, v.positions_now_count, v.positions_now_sha256
from violations v
join vehicles c on c.id = v.vehicle_id
join vehicle_units h on h.vehicle_id = v.vehicle_id and h.during @> v.start_at
join units u on u.id = h.unit_id
left join alerts a on a.violation_id = v.id
where v.id = %(id)s and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))

-- name: changes
-- What judging did to a violation, oldest first.
select at, change, start_at, end_at from violation_changes where violation_id = %(id)s order by id

-- name: alerts
-- Alerts raised since a moment, newest first.
select
    v.id, v.vehicle_id, c.plate, u.name as unit, v.rule_id, v.rule_version, v.start_at, v.end_at, v.severity,
    v.provisional, v.insufficient, v.evidence_changed, v.withdrawn_at, v.found_at,
    (select outcome from decisions d where d.id = v.decision_id) as outcome,
    coalesce((v.evidence ->> 'total_s')::float8, extract(epoch from v.end_at - v.start_at)::float8) as total_s,
    a.raised_at, a.id as alert_id
from alerts a
join violations v on v.id = a.violation_id
join vehicles c on c.id = v.vehicle_id
join vehicle_units h on h.vehicle_id = v.vehicle_id and h.during @> v.start_at
join units u on u.id = h.unit_id
where a.raised_at >= %(since)s and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
order by a.raised_at desc, a.id desc
limit %(limit)s

-- name: count_alerts
-- How many alerts were raised since a moment.
select count(*)
from alerts a
join violations v on v.id = a.violation_id
join vehicles c on c.id = v.vehicle_id
where a.raised_at >= %(since)s and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))

-- name: alerted_car
-- The class of use and the unit of the car that an alert is about.
select c.use_class, c.unit_id
from alerts a
join violations v on v.id = a.violation_id
join vehicles c on c.id = v.vehicle_id
where a.id = %(id)s

-- name: decisions
-- What people made of a violation, oldest first; the last one counts.
select id, outcome, reason, decided_by, decided_at, was_found, start_at, end_at
from decisions where violation_id = %(id)s order by id

-- name: digest
-- What the stored positions of a vehicle in a span give now.
select positions_count, positions_sha256 from positions_digest(%(vehicle)s, %(start)s, %(end)s)
