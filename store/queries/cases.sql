-- name: open
-- A case of a vehicle; its unit is the vehicle's when the violation began that it is opened with, else at the time
-- that it is about.
insert into cases (vehicle_id, unit_id, opened_at, state, step, since)
select h.vehicle_id, h.unit_id, %(at)s, 'detected', 'take', %(at)s
from vehicle_units h
where h.vehicle_id = %(vehicle_id)s
    and h.during @> coalesce((select v.start_at from violations v where v.id = %(violation_id)s), %(about)s::timestamptz)
returning id

-- name: hold
-- A case that nobody else changes until the transaction ends.
select k.id from cases k where k.id = %(id)s for update

-- name: add_event
-- What somebody does to a case.
insert into case_events (case_id, number, act, at, actor, role, text, outcome, violation_id, person, deadline, sanction)
values (%(case_id)s, %(number)s, %(act)s, %(at)s, %(by)s, %(role)s, %(text)s, %(outcome)s, %(violation_id)s,
    %(person)s, %(deadline)s, %(sanction)s)

-- name: settle
-- The row of a case as its events make it.
update cases set state = %(state)s, step = %(step)s, since = %(since)s, deadline = %(deadline)s, round = %(round)s,
    outcome = %(outcome)s, events = %(events)s
where id = %(id)s

-- name: events
-- What was done to a case, in order.
select number, act, at, actor, role, text, outcome, violation_id, person, deadline, sanction
from case_events where case_id = %(id)s order by number

-- name: join
-- A violation of the same vehicle that stands comes into a case; none where it does not.
insert into case_violations (case_id, violation_id, joined)
select k.id, v.id, %(event)s
from cases k
join violations v on v.vehicle_id = k.vehicle_id
where k.id = %(case_id)s and v.id = %(violation_id)s and v.withdrawn_at is null
returning violation_id

-- name: leave_out
-- A violation leaves a case.
update case_violations set left_out = %(event)s
where case_id = %(case_id)s and violation_id = %(violation_id)s and left_out is null
returning violation_id

-- name: listed
-- Cases within a scope, the open ones first, newest first.
select k.id, k.vehicle_id, c.plate, c.use_class, k.unit_id, u.name as unit, k.opened_at, k.state, k.step, k.since,
    k.deadline, k.round, k.outcome, k.events, coalesce(l.rule_ids, '{}') as rule_ids,
    coalesce(l.violations, 0) as violations, coalesce(l.changed, false) as evidence_changed,
    array(select distinct e.actor from case_events e where e.case_id = k.id and e.act in ('take', 'ask', 'spare')) as verifiers
from cases k
join vehicles c on c.id = k.vehicle_id
join units u on u.id = k.unit_id
left join lateral (
    select array_agg(distinct v.rule_id order by v.rule_id) as rule_ids, count(*) as violations,
        bool_or(v.evidence_changed) as changed
    from case_violations cv
    join violations v on v.id = cv.violation_id
    where cv.case_id = k.id and cv.left_out is null
) l on true
where (%(id)s::bigint is null or k.id = %(id)s)
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or k.unit_id = any(%(unit_ids)s))
    and (%(unit_id)s::int is null or k.unit_id = %(unit_id)s)
    and (case %(state)s when 'all' then true when 'open' then k.state <> 'closed' else k.state = %(state)s end)
    and (%(plate)s::text is null or strpos(c.plate, %(plate)s) > 0)
order by k.state = 'closed', k.opened_at desc, k.id desc
limit %(limit)s

-- name: count_by_state
-- How many cases within a scope are in each state.
select k.state, count(*)
from cases k
join vehicles c on c.id = k.vehicle_id
where (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or k.unit_id = any(%(unit_ids)s))
group by k.state

-- name: violations
-- The violations of a case, by start; those left out last.
select v.id, v.rule_id, v.start_at, v.end_at, v.severity, v.provisional, v.insufficient, v.evidence_changed,
    v.withdrawn_at, cv.left_out is not null as left_out,
    (select d.outcome from decisions d where d.id = v.decision_id) as outcome
from case_violations cv
join violations v on v.id = cv.violation_id
where cv.case_id = %(id)s
order by cv.left_out is not null, v.start_at, v.id

-- name: cases_of
-- Those of some violations that stand, with the case that each is in, if one; by start.
select v.id, cv.case_id
from violations v
join vehicles c on c.id = v.vehicle_id
left join case_violations cv on cv.violation_id = v.id and cv.left_out is null
where v.id = any (%(ids)s::bigint[]) and v.withdrawn_at is null
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
order by v.start_at, v.id

-- name: of_violation
-- The case that a violation is in.
select k.id, k.state
from case_violations cv
join cases k on k.id = cv.case_id
join vehicles c on c.id = k.vehicle_id
where cv.violation_id = %(violation_id)s and cv.left_out is null
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or k.unit_id = any(%(unit_ids)s))

-- name: open_of_vehicle
-- Cases of a violation's vehicle that it could still come into.
select k.id, k.opened_at
from cases k
join violations v on v.vehicle_id = k.vehicle_id
where v.id = %(violation_id)s and k.state in ('detected', 'verifying')
order by k.id

-- name: joinable
-- Violations of a case's vehicle that stand, are decided by nobody and are in no case, newest first.
select v.id, v.rule_id, v.start_at, v.end_at, v.severity, v.provisional, v.insufficient, v.evidence_changed,
    v.withdrawn_at, false as left_out, null as outcome
from cases k
join violations v on v.vehicle_id = k.vehicle_id
where k.id = %(id)s and v.withdrawn_at is null and v.decision_id is null
    and not exists (select from case_violations cv where cv.violation_id = v.id and cv.left_out is null)
order by v.start_at desc
limit 20

-- name: without_case
-- How many severe violations stand that nobody has decided and no case holds.
select count(*)
from violations v
join vehicles c on c.id = v.vehicle_id
where v.withdrawn_at is null and not v.insufficient and v.severity = 'high' and v.decision_id is null
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any(%(unit_ids)s))
    and not exists (select from case_violations cv where cv.violation_id = v.id and cv.left_out is null)

-- name: vehicle_of_violation
-- The vehicle of a violation that stands, within a scope.
select v.vehicle_id
from violations v
join vehicles c on c.id = v.vehicle_id
where v.id = %(violation_id)s and v.withdrawn_at is null
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any(%(unit_ids)s))

-- name: rectifications
-- The ledger 台账: what was ordered to be put right within a scope, the latest order of each round.
select k.id as case_id, c.plate, u.name as unit, e.number, e.at as ordered_at, e.text as task, e.person,
    coalesce(later.deadline, e.deadline) as deadline, r.at as reported_at, d.at as done_at
from case_events e
join cases k on k.id = e.case_id
join vehicles c on c.id = k.vehicle_id
join units u on u.id = k.unit_id
left join lateral (
    select min(x.number) as number from case_events x
    where x.case_id = e.case_id and x.number > e.number and x.act in ('close', 'reopen')
) ends on true
left join lateral (
    select x.deadline from case_events x
    where x.case_id = e.case_id and x.number > e.number and x.act in ('extend', 'send_back') and x.deadline is not null
        and x.number < coalesce(ends.number, x.number + 1)
    order by x.number desc limit 1
) later on true
left join lateral (
    select case when x.act = 'report' then x.at end as at from case_events x
    where x.case_id = e.case_id and x.number > e.number and x.act in ('report', 'send_back')
        and x.number < coalesce(ends.number, x.number + 1)
    order by x.number desc limit 1
) r on true
left join case_events d on d.case_id = e.case_id and d.number = ends.number and d.act = 'close'
where e.act = 'rectify'
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or k.unit_id = any(%(unit_ids)s))
order by d.at is not null, coalesce(later.deadline, e.deadline), e.at
limit %(limit)s

-- name: add_file
-- A paper that came with an event.
insert into case_files (case_id, event, name, media_type, content, sha256)
values (%(case_id)s, %(event)s, %(name)s, %(media_type)s, %(content)s, %(sha256)s)

-- name: files
-- The papers of a case, without their content.
select id, event, name, media_type, length(content) as size_bytes, sha256 from case_files where case_id = %(id)s order by id

-- name: file
-- One paper of a case.
select name, media_type, content from case_files where case_id = %(case_id)s and id = %(id)s

-- name: add_notice
-- What is due to be sent; none where it was written before.
insert into office_notices (key, case_id, unit_id, kind, step, duty, due, provisional, points, at)
values (%(key)s, %(case_id)s, %(unit_id)s, %(kind)s, %(step)s, %(duty)s, %(due)s, %(provisional)s, %(points)s, %(at)s)
on conflict (key) do nothing
returning id

-- name: notices
-- What was due to be sent about a case.
select kind, step, duty, due, provisional, at from office_notices where case_id = %(id)s order by id
