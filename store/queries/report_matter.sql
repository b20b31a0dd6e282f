-- name: violations
-- Violations of a scope that stand and began in a span, by start, with the unit that the car then had; of some vehicles
-- where they are told.
select v.id, v.vehicle_id, c.plate, u.id as unit_id, u.name as unit, v.rule_id, v.start_at, v.end_at, v.severity,
    v.provisional, v.insufficient, v.evidence_changed,
    coalesce((v.evidence ->> 'total_s')::float8, extract(epoch from v.end_at - v.start_at)::float8) as total_s,
    (select d.outcome from decisions d where d.id = v.decision_id) as outcome,
    (select cv.case_id from case_violations cv where cv.violation_id = v.id and cv.left_out is null) as case_id
from violations v
join vehicles c on c.id = v.vehicle_id
join vehicle_units h on h.vehicle_id = v.vehicle_id and h.during @> v.start_at
join units u on u.id = h.unit_id
where v.withdrawn_at is null and v.start_at >= %(since)s and v.start_at < %(until)s
    and (%(vehicles)s::int[] is null or v.vehicle_id = any (%(vehicles)s))
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
order by v.start_at, v.id

-- name: units
-- By unit the cars of a scope that were enrolled at some time of a span: those that drove, those of which nothing came.
-- A car counts once, with the unit that it had at the end; the unit that it came from in the span is there as well.
select u.id as unit_id, u.name as unit, count(*) filter (where l.is_last)::int as cars,
    count(*) filter (where l.is_last and exists (
        select from trips t where t.vehicle_id = c.id and t.start_at < %(until)s and t.end_at > %(since)s
    ))::int as driven,
    count(*) filter (where l.is_last and not exists (
        select from positions p where p.vehicle_id = c.id and p.ts >= %(since)s and p.ts < %(until)s
    ))::int as unheard
from vehicles c
join vehicle_units h on h.vehicle_id = c.id and h.during && tstzrange(%(since)s, %(until)s)
cross join lateral (select h.during @> (%(until)s::timestamptz - interval '1 microsecond') as is_last) l
join units u on u.id = h.unit_id
where exists (
        select from enrolments e where e.vehicle_id = c.id and e.during && tstzrange(%(since)s, %(until)s)
    )
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
group by u.id
order by u.code

-- name: waiting
-- How many cars of a scope have something that waits to be judged.
select count(distinct m.vehicle_id)
from marks m
join vehicles c on c.id = m.vehicle_id
where (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))

-- name: decided
-- Cases of a scope that were decided in a span, with what they are about and what they cost their unit.
select k.id, k.unit_id, u.name as unit, c.plate,
    array(
        select distinct v.rule_id from case_violations cv join violations v on v.id = cv.violation_id
        where cv.case_id = k.id and cv.left_out is null order by v.rule_id
    ) as rule_ids,
    coalesce(
        (select min(v.start_at) from case_violations cv join violations v on v.id = cv.violation_id
            where cv.case_id = k.id and cv.left_out is null),
        (select min(t.at) from tip_answers a join tips t on t.id = a.tip_id where a.case_id = k.id),
        k.opened_at
    ) as first_at,
    coalesce((select -sum(p.change) from point_entries p where p.case_id = k.id), 0)::int as points
from cases k
join vehicles c on c.id = k.vehicle_id
join units u on u.id = k.unit_id
where exists (
        select from case_events e
        where e.case_id = k.id and e.act = 'decide' and e.at >= %(since)s and e.at < %(until)s
    )
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or k.unit_id = any (%(unit_ids)s))
order by k.id

-- name: points_of_case
-- What a case costs its unit now.
select coalesce(-sum(change), 0)::int from point_entries where case_id = %(case_id)s

-- name: month
-- Units of a scope with cars enrolled at a month's end, and those that such a car left in it: points of the year until then and in the month, cases decided in
-- it that are still decided so, violations that began in it and that nobody has decided, sheets of its draws.
with decided as (
    select k.unit_id, e.outcome, count(*) as n
    from cases k
    join vehicles c on c.id = k.vehicle_id
    join lateral (
        select x.act, x.at, x.outcome from case_events x
        where x.case_id = k.id and x.act in ('decide', 'reopen') and x.at < %(until)s order by x.number desc limit 1
    ) e on e.act = 'decide' and e.at >= %(since)s
    where %(confidential)s or c.use_class <> 'confidential_mail'
    group by k.unit_id, e.outcome
), taken as (
    select p.unit_id, sum(p.change) as year, coalesce(sum(p.change) filter (where p.at >= %(since)s), 0) as month
    from point_entries p
    join cases k on k.id = p.case_id
    join vehicles c on c.id = k.vehicle_id
    where p.year = %(year)s and p.at < %(until)s and (%(confidential)s or c.use_class <> 'confidential_mail')
    group by p.unit_id
), suspected as (
    select h.unit_id, count(*) as n
    from violations v
    join vehicles c on c.id = v.vehicle_id
    join vehicle_units h on h.vehicle_id = v.vehicle_id and h.during @> v.start_at
    where v.withdrawn_at is null and not v.insufficient and v.decision_id is null
        and v.start_at >= %(since)s and v.start_at < %(until)s
        and (%(confidential)s or c.use_class <> 'confidential_mail')
    group by h.unit_id
), sheets as (
    select h.unit_id, count(*) as n, count(f.signed_at) as signed
    from standing_draws d
    join draw_sheets s on s.draw_id = d.id
    join vehicles c on c.id = s.vehicle_id
    join vehicle_units h on h.vehicle_id = s.vehicle_id and h.during @> d.frozen_at
    left join sheet_findings f on f.draw_id = s.draw_id and f.vehicle_id = s.vehicle_id
    where d.frozen_at >= %(since)s and d.frozen_at < %(until)s
        and (%(confidential)s or c.use_class <> 'confidential_mail')
    group by h.unit_id
)
select u.id as unit_id, u.name as unit,
    count(*) filter (where h.during @> (%(until)s::timestamptz - interval '1 microsecond'))::int as cars,
    coalesce((select t.year from taken t where t.unit_id = u.id), 0)::int as year_change,
    coalesce((select t.month from taken t where t.unit_id = u.id), 0)::int as taken,
    coalesce((select d.n from decided d where d.unit_id = u.id and d.outcome = 'violation'), 0)::int as confirmed,
    coalesce((select d.n from decided d where d.unit_id = u.id and d.outcome = 'procedural'), 0)::int as procedural,
    coalesce((select s.n from suspected s where s.unit_id = u.id), 0)::int as suspected,
    coalesce((select s.n from sheets s where s.unit_id = u.id), 0)::int as sheets,
    coalesce((select s.signed from sheets s where s.unit_id = u.id), 0)::int as signed
from vehicles c
join vehicle_units h on h.vehicle_id = c.id and h.during && tstzrange(%(since)s, %(until)s)
join units u on u.id = h.unit_id
where exists (
        select from enrolments e
        where e.vehicle_id = c.id and e.during @> (least(%(until)s, %(now)s) - interval '1 microsecond')
    )
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
group by u.id
order by u.code

-- name: orders
-- By unit of a scope, that which the car had when it began, how many orders were approved, not cancelled, and for a time
-- in a span.
select h.unit_id, count(*)::int
from orders o
join vehicles c on c.id = o.vehicle_id
join vehicle_units h on h.vehicle_id = o.vehicle_id and h.during @> coalesce(lower(o.during), '-infinity')
where o.during && tstzrange(%(since)s, %(until)s) and o.approved_at is not null and o.cancelled_at is null
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
group by h.unit_id

-- name: cases
-- By unit of a scope how many cases hold a violation of some rules that began in a span.
select k.unit_id, count(distinct k.id)::int
from cases k
join vehicles c on c.id = k.vehicle_id
join case_violations cv on cv.case_id = k.id and cv.left_out is null
join violations v on v.id = cv.violation_id
where v.start_at >= %(since)s and v.start_at < %(until)s and v.rule_id = any (%(rules)s::text[])
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or k.unit_id = any (%(unit_ids)s))
group by k.unit_id
