-- name: lock
-- One check at a time, until the transaction ends: what it calls new must be so when it is saved. The number is ours.
select pg_advisory_xact_lock(7203, 22)

-- name: cars
-- The cars of some plates, with their tanks and when each was first heard.
select v.id, v.plate, v.use_class, v.fuel_kind, v.tank_l, v.second_tank_l, v.norm_l_per_100km,
    (select min(p.ts) from positions p where p.vehicle_id = v.id and v.use_class <> 'confidential_mail') as first_heard
from vehicles v where v.plate = any (%(plates)s)

-- name: histories
-- Enrolments, fittings, units and states of cars.
select vehicle_id, 'enrolment' as kind, 0 as id, lower(during) as start_at, upper(during) as end_at, '' as document
from enrolments where vehicle_id = any (%(vehicles)s)
union all
select vehicle_id, 'fitting', 0, lower(during), upper(during), ''
from fittings where vehicle_id = any (%(vehicles)s)
union all
select vehicle_id, 'unit', unit_id, lower(during), upper(during), ''
from vehicle_units where vehicle_id = any (%(vehicles)s)
union all
select vehicle_id, state, id, lower(during), upper(during), document
from vehicle_states where vehicle_id = any (%(vehicles)s)

-- name: heard
-- Of spans of vehicles, those in which a position came; by their number.
select k.number
from unnest(%(vehicles)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[]) with ordinality
    as k (vehicle_id, since, until, number)
where exists (select from positions p where p.vehicle_id = k.vehicle_id and p.ts >= k.since and p.ts < k.until)

-- name: driving
-- Of spans of vehicles, those that a trip touches; by their number.
select k.number
from unnest(%(vehicles)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[]) with ordinality
    as k (vehicle_id, since, until, number)
where exists (
    select from trips t where t.vehicle_id = k.vehicle_id and t.start_at < k.until and t.end_at > k.since
)

-- name: bindings
-- Which plate each card is bound to, from when on.
select card, plate, since from card_bindings where card = any (%(cards)s) order by card, since desc, id desc

-- name: bind
-- A card's new binding; the same again is none.
insert into card_bindings (card, plate, since, document, entered_by)
values (%(card)s, %(plate)s, %(since)s, %(document)s, %(entered_by)s)
on conflict (card, since, plate) do nothing
returning id

-- name: earlier
-- Rows of the checks that count, of other sheets, that name one of the invoices or cars.
select r.id, r.check_id, s.name, r.line, coalesce(a.verdict, r.verdict), r.plate, r.at, r.at_precision, r.type, r.amount,
    r.litres, r.fuel_kind, r.place, r.card, r.invoice
from counting_checks c
join claims_sheets s on s.id = c.sheet_id
join finance_rows r on r.check_id = c.id
left join lateral (
    select a.verdict from finance_appeals p join finance_answers a on a.appeal_id = p.id
    where p.row_id = r.id order by a.id desc limit 1
) as a on true
where c.sheet_id is distinct from %(sheet)s
and c.sheet_id is distinct from (select sheet_id from finance_checks where id = %(replaces)s)
and (r.invoice = any (%(invoices)s) or (r.plate = any (%(plates)s) and r.at >= %(since)s))
order by r.id

-- name: sheet
-- A sheet by its content.
select id from claims_sheets where sha256 = %(sha256)s and worksheet = %(worksheet)s

-- name: add_sheet
-- A sheet as it came.
insert into claims_sheets (sha256, worksheet, name, content, heading_line, received_at)
values (%(sha256)s, %(worksheet)s, %(name)s, %(content)s, %(heading_line)s, %(at)s)
returning id

-- name: last_check
-- The last check of a sheet.
select id, version from finance_checks where sheet_id = %(sheet)s order by version desc limit 1

-- name: exists
-- Whether there is such a check.
select from finance_checks where id = %(id)s

-- name: add_check
-- A check.
insert into finance_checks (sheet_id, version, replaces, checked_at, checked_by, totals, digest)
values (%(sheet)s, %(version)s, %(replaces)s, %(at)s, %(by)s, %(totals)s, %(digest)s)
returning id

-- name: add_rows
-- The rows of a check.
copy finance_rows (check_id, line, plate_given, plate, at, at_precision, type, amount, litres, fuel_kind, place, card,
    invoice, verdict, reasons, frozen) from stdin

-- name: checks
-- Checks, newest first.
select c.id, s.name, c.version, c.replaces, c.checked_at, c.checked_by, c.totals, encode(c.digest, 'hex') as digest,
    c.id in (select id from counting_checks) as counts
from finance_checks c join claims_sheets s on s.id = c.sheet_id
order by c.id desc limit %(limit)s

-- name: check
-- One check.
select c.id, s.name, c.version, c.replaces, c.checked_at, c.checked_by, c.totals, encode(c.digest, 'hex') as digest,
    c.id in (select id from counting_checks) as counts
from finance_checks c join claims_sheets s on s.id = c.sheet_id
where c.id = %(id)s

-- name: sheet_of
-- The sheet of a check, as it came.
select s.name, s.worksheet, s.content, s.heading_line
from finance_checks c join claims_sheets s on s.id = c.sheet_id where c.id = %(id)s

-- name: rows
-- A check's rows, refused ones first, then by line; with the verdict that an appeal gave, if any.
select r.id, r.line, r.plate_given, r.plate, r.at, r.at_precision, r.type, r.amount, r.place, r.card, r.invoice,
    r.verdict, r.reasons, a.verdict as answered, p.id as appeal_id
from finance_rows r
left join lateral (select id from finance_appeals where row_id = r.id order by id desc limit 1) as p on true
left join lateral (
    select a.verdict from finance_appeals p join finance_answers a on a.appeal_id = p.id
    where p.row_id = r.id order by a.id desc limit 1
) as a on true
where r.check_id = %(check)s
and (%(verdict)s::text is null or r.verdict = %(verdict)s)
and (%(reason)s::text is null or r.reasons @> jsonb_build_array(jsonb_build_object('code', %(reason)s::text)))
and (%(plate)s::text is null or r.plate like '%%' || %(plate)s || '%%')
order by case r.verdict when 'refuse' then 0 when 'verify' then 1 else 2 end, r.line
limit %(limit)s offset %(offset)s

-- name: verdicts
-- A check's verdicts by line, as frozen.
select line, verdict, reasons from finance_rows where check_id = %(check)s order by line

-- name: reason_counts
-- How many rows of a check have each reason.
select e ->> 'code', count(*) from finance_rows r, jsonb_array_elements(r.reasons) as e
where r.check_id = %(check)s group by 1 order by 2 desc, 1

-- name: digest_rows
-- What the digest of a check is made of.
select line, plate, verdict, reasons, frozen from finance_rows where check_id = %(check)s order by line

-- name: digested
-- All checks with their digests and their sheets as they came.
select c.id, c.totals, c.digest, s.sha256 as sheet_sha256, s.content
from finance_checks c join claims_sheets s on s.id = c.sheet_id
order by c.id

-- name: sums
-- By verdict a check's rows and their money.
select verdict, count(*), sum(amount) from finance_rows where check_id = %(check)s group by verdict

-- name: row
-- One row of a check.
select r.id, r.check_id, s.name as sheet, r.line, r.plate_given, r.plate, r.at, r.at_precision, r.type, r.amount, r.litres,
    r.place, r.card, r.invoice, r.verdict, r.reasons, r.frozen
from finance_rows r
join finance_checks c on c.id = r.check_id
join claims_sheets s on s.id = c.sheet_id
where r.id = %(id)s

-- name: appeals
-- The appeals of a row with their answers, oldest first.
select p.id, p.row_id, p.statement, p.note, p.appealed_by, p.appealed_at, a.verdict, a.reason, a.answered_by, a.answered_at
from finance_appeals p left join finance_answers a on a.appeal_id = p.id
where p.row_id = %(row)s order by p.id

-- name: open_appeals
-- Appeals that nobody has answered, oldest first.
select p.id, p.row_id, r.check_id, s.name as sheet, r.line, r.plate_given, r.amount, p.statement, p.appealed_by, p.appealed_at
from finance_appeals p
join finance_rows r on r.id = p.row_id
join finance_checks c on c.id = r.check_id
join claims_sheets s on s.id = c.sheet_id
where not exists (select from finance_answers a where a.appeal_id = p.id)
order by p.id limit 100

-- name: hold_row
-- A row, held until the transaction ends: one appeal of it at a time.
select verdict from finance_rows where id = %(id)s for update

-- name: appeal
-- One appeal.
select p.id, p.row_id, p.appealed_by, a.id is not null as is_answered
from finance_appeals p left join finance_answers a on a.appeal_id = p.id where p.id = %(id)s

-- name: add_appeal
-- An appeal.
insert into finance_appeals (row_id, statement, note, appealed_by, appealed_at)
values (%(row)s, %(statement)s, %(note)s, %(by)s, %(at)s) returning id

-- name: add_answer
-- The answer to an appeal.
insert into finance_answers (appeal_id, verdict, reason, answered_by, answered_at)
values (%(appeal)s, %(verdict)s, %(reason)s, %(by)s, %(at)s) returning id
