-- name: lock
-- Nobody else issues a report until the transaction ends.
select pg_advisory_xact_lock(7203, 23)

-- name: next_number
-- The number that the next report of a year has. Lock before.
select coalesce(max(number), 0) + 1 from reports where year = %(year)s

-- name: last
-- Id and version of the newest version of a report.
select id, version from reports where kind = %(kind)s and period = %(period)s order by version desc limit 1

-- name: add
-- A report.
insert into reports (kind, period, version, replaces, prefix, year, number, issued_at, issued_by, role, made_by, case_id,
    plates)
values (%(kind)s, %(period)s, %(version)s, %(replaces)s, %(prefix)s, %(year)s, %(number)s, %(issued_at)s, %(issued_by)s,
    %(role)s, %(made_by)s, %(case_id)s, %(plates)s)
returning id

-- name: add_text
-- What it says in one language.
insert into report_texts (report_id, language, content, digest)
values (%(report_id)s, %(language)s, %(content)s, %(digest)s)

-- name: add_units
-- The units that it names.
insert into report_units (report_id, unit_id) select %(report_id)s, * from unnest(%(named)s::int[])

-- name: listed
-- Reports within a scope, newest first: all of who sees all units; of who sees some, the bulletins that name one of them.
-- A case file is seen where the case is.
select r.id, r.kind, r.period, r.version, r.replaces, r.prefix, r.year, r.number, r.issued_at, r.issued_by, r.role,
    r.made_by, r.case_id, r.plates, later.id as replaced_by,
    array(select t.language from report_texts t where t.report_id = r.id order by t.language = 'en') as languages,
    array(select encode(t.digest, 'hex') from report_texts t where t.report_id = r.id order by t.language = 'en') as digests
from reports r
left join reports later on later.replaces = r.id
left join cases k on k.id = r.case_id
left join vehicles c on c.id = k.vehicle_id
where (%(id)s::bigint is null or r.id = %(id)s)
    and (%(kind)s::text is null or r.kind = %(kind)s)
    and (%(period)s::text is null or r.period = %(period)s)
    and (not %(standing)s or later.id is null)
    and (c.id is null or %(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or (r.kind = 'bulletin' and exists (
        select from report_units u where u.report_id = r.id and u.unit_id = any (%(unit_ids)s))))
order by r.year desc, r.number desc
limit %(limit)s

-- name: text
-- What a report says in a language, with its digest.
select content, digest from report_texts where report_id = %(id)s and language = %(language)s

-- name: all_texts
-- Every text of every report with what the audit chain is to hold of it, in the order of the numbers.
select r.id as report_id, r.year, r.number, r.kind, r.period, r.version, t.language, t.content, t.digest
from reports r
left join report_texts t on t.report_id = r.id
order by r.year, r.number, t.language
