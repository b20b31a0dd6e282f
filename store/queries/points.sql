-- name: add
-- What a case cost a unit, or what is given back.
insert into point_entries (unit_id, year, change, case_id, event, at)
values (%(unit_id)s, %(year)s, %(change)s, %(case_id)s, %(event)s, %(at)s)

-- name: of_case
-- What a case has cost in a year, those that were given back counted.
select year, unit_id, sum(change)::int as change from point_entries where case_id = %(case_id)s group by year, unit_id having sum(change) <> 0

-- name: confirmed_before
-- How many other cases cost a unit points in a year.
select count(*) from (
    select case_id from point_entries
    where unit_id = %(unit_id)s and year = %(year)s and case_id <> %(case_id)s
    group by case_id having sum(change) < 0
) as confirmed

-- name: hold_unit
-- Waits until nobody else writes points of a unit; held until the transaction ends.
select pg_advisory_xact_lock(7204, %(unit_id)s::int)

-- name: standing
-- Units that have vehicles within a scope or had some in a year, with what the year took from them and by how many cases.
select u.id, u.code, u.name, coalesce(p.change, 0)::int as change, coalesce(p.cases, 0)::int as cases
from units u
left join lateral (
    select sum(x.change) as change, count(*) filter (where x.change < 0) as cases
    from (
        select e.case_id, sum(e.change) as change from point_entries e
        join cases k on k.id = e.case_id
        join vehicles c on c.id = k.vehicle_id
        where e.unit_id = u.id and e.year = %(year)s and (%(confidential)s or c.use_class <> 'confidential_mail')
        group by e.case_id
    ) x
) p on true
where exists (
    select from vehicle_units h
    join vehicles c on c.id = h.vehicle_id
    where h.unit_id = u.id
        and (upper_inf(h.during) or upper(h.during) > make_timestamptz(%(year)s::int, 1, 1, 0, 0, 0, 'UTC'))
        and (%(confidential)s or c.use_class <> 'confidential_mail')
) and (%(unit_ids)s::int[] is null or u.id = any(%(unit_ids)s))
order by coalesce(p.change, 0), u.code
