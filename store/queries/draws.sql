-- name: lock
-- Waits until nobody else commits or draws; held until the transaction ends.
select pg_advisory_xact_lock(7203, 2)

-- name: commitments
-- Commitments of a week, by attempt.
select week, attempt, seed, key, committed_at, committed_by, reason
from draw_commitments where week = %(week)s order by attempt

-- name: commit
-- A commitment.
insert into draw_commitments (week, attempt, seed, key, committed_at, committed_by, reason)
values (%(week)s, %(attempt)s, %(seed)s, %(key)s, %(at)s, %(by)s, %(reason)s)

-- name: enrolled
-- The cars that are enrolled at a moment, with the week in which each was drawn last before a week, and that since which
-- it waits: one that was never drawn since its enrolment, but not since before the first draw.
with earlier as (
    select s.vehicle_id, max(d.week) as week
    from standing_draws d
    join draw_sheets s on s.draw_id = d.id
    where d.week < %(week)s::date
    group by s.vehicle_id
)
select c.id as vehicle_id, c.plate, c.use_class, u.code as unit_code, u.name as unit_name, r.week as last_drawn,
    coalesce(r.week, least(%(week)s::date, greatest(
        date_trunc('week', lower(e.during) at time zone %(zone)s)::date,
        (select min(week) from draws where week < %(week)s::date),
        case when not exists (select from draws where week < %(week)s::date) then %(week)s::date end
    ))) as waits_since
from enrolments e
join vehicles c on c.id = e.vehicle_id
join units u on u.id = c.unit_id
left join earlier r on r.vehicle_id = c.id
where e.during @> %(at)s::timestamptz
order by c.id

-- name: save
-- A draw.
insert into draws (week, attempt, frozen_at, drawn_by, digest, published)
values (%(week)s, %(attempt)s, %(at)s, %(by)s, %(digest)s, %(published)s)
returning id

-- name: save_cars
-- The frame of a draw: which car stands behind each name.
insert into draw_cars (draw_id, vehicle_id, name)
select %(draw)s, * from unnest(%(vehicles)s::int[], %(names)s::text[])

-- name: save_sheets
-- A sheet for each chosen car, found by its name.
insert into draw_sheets (draw_id, vehicle_id, why)
select c.draw_id, c.vehicle_id, s.why
from unnest(%(names)s::text[], %(whys)s::text[]) as s (name, why)
join draw_cars c on c.draw_id = %(draw)s and c.name = s.name

-- name: draws
-- Draws of a week by attempt, or of all weeks.
select d.id, d.week, d.attempt, d.frozen_at, d.drawn_by, d.digest, d.published, m.committed_at, m.committed_by, m.reason
from draws d
join draw_commitments m using (week, attempt)
where %(week)s::date is null or d.week = %(week)s
order by d.week, d.attempt

-- name: names
-- Which car stands behind each name of a draw's frame.
select c.name, v.plate, v.use_class, s.why
from draw_cars c
join vehicles v on v.id = c.vehicle_id
left join draw_sheets s on s.draw_id = c.draw_id and s.vehicle_id = c.vehicle_id
where c.draw_id = %(draw)s
order by c.name

-- name: weeks
-- The newest weeks that have a draw.
select week from standing_draws order by week desc limit %(limit)s

-- name: sheets
-- The sheets of a draw that somebody may see, by unit (of when it was drawn) and plate, with what was found; of one vehicle
-- where one is told.
select s.vehicle_id, c.plate, c.use_class, u.id as unit_id, u.name as unit, s.why, f.finding, f.note, f.facts, f.signed_by,
    f.signed_at, k.case_id
from draw_sheets s
join draws d on d.id = s.draw_id
join vehicles c on c.id = s.vehicle_id
join vehicle_units h on h.vehicle_id = s.vehicle_id and h.during @> d.frozen_at
join units u on u.id = h.unit_id
left join sheet_findings f on f.draw_id = s.draw_id and f.vehicle_id = s.vehicle_id
left join sheet_cases k on k.draw_id = s.draw_id and k.vehicle_id = s.vehicle_id
where s.draw_id = %(draw)s
    and (%(vehicle)s::int is null or s.vehicle_id = %(vehicle)s)
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
order by u.code, c.plate

-- name: sign
-- A finding, signed. A sheet is signed once.
insert into sheet_findings (draw_id, vehicle_id, finding, note, facts, signed_by, signed_at)
values (%(draw)s, %(vehicle)s, %(finding)s, %(note)s, %(facts)s, %(by)s, %(at)s)
on conflict do nothing
returning vehicle_id

-- name: add_case
-- The case that a sheet led to. There is one.
insert into sheet_cases (draw_id, vehicle_id, case_id, at, actor)
values (%(draw)s, %(vehicle)s, %(case)s, %(at)s, %(by)s)
on conflict do nothing
returning case_id

-- name: sheet_of_case
-- The sheets that led to a case, newest first.
select d.week, k.vehicle_id
from sheet_cases k join draws d on d.id = k.draw_id
where k.case_id = %(case)s
order by d.week desc, d.attempt desc

-- name: has_enrolled
-- Some car that is enrolled at a moment.
select vehicle_id from enrolments where during @> %(at)s::timestamptz limit 1

-- name: coverage
-- By unit: the cars enrolled at a moment, those of them that were in a draw of some weeks, sheets and signed ones.
with sheets as (
    select s.vehicle_id, count(*) as sheets, count(f.signed_at) as signed
    from standing_draws d
    join draw_sheets s on s.draw_id = d.id
    left join sheet_findings f on f.draw_id = s.draw_id and f.vehicle_id = s.vehicle_id
    where d.week >= %(since)s::date and d.week < %(until)s::date
    group by s.vehicle_id
)
select u.id, u.name as unit, count(*) as cars, count(r.vehicle_id) as drawn,
    coalesce(sum(r.sheets), 0)::int as sheets, coalesce(sum(r.signed), 0)::int as signed
from enrolments e
join vehicles c on c.id = e.vehicle_id
join vehicle_units h on h.vehicle_id = c.id and h.during @> %(at)s::timestamptz
join units u on u.id = h.unit_id
left join sheets r on r.vehicle_id = c.id
where e.during @> %(at)s::timestamptz and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
group by u.id
order by u.code

-- name: never_drawn
-- Cars enrolled at a moment that were in no draw of some weeks, by unit and plate.
select c.id, c.plate, u.name as unit
from enrolments e
join vehicles c on c.id = e.vehicle_id
join vehicle_units h on h.vehicle_id = c.id and h.during @> %(at)s::timestamptz
join units u on u.id = h.unit_id
where e.during @> %(at)s::timestamptz and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
    and not exists (
        select from standing_draws d
        join draw_sheets s on s.draw_id = d.id
        where s.vehicle_id = c.id and d.week >= %(since)s::date and d.week < %(until)s::date
    )
order by u.code, c.plate
