-- name: lock
-- Nobody else opens, turns or writes papers of campaigns until the transaction ends.
select pg_advisory_xact_lock(7203, 24)

-- name: campaigns
-- Campaigns as they were entered last, of some days or of a key, the newest holiday first; when they were opened, and
-- when their summary was written.
select c.key, c.turn, c.first, c.last, c.festivals, c.opens, c.closes, c.provisional, c.turned_at, o.opened_at,
    s.written_at as closed_at
from campaigns c
join (select key, min(at) as opened_at from campaign_entries group by key) o using (key)
left join campaign_papers s on s.key = c.key and s.kind = 'summary'
where (%(key)s::text is null or c.key = %(key)s)
    and (%(since)s::date is null or c.last >= %(since)s) and (%(until)s::date is null or c.last <= %(until)s)
order by c.first desc, c.key

-- name: entries
-- What became of a campaign, in order.
select key, turn, first, last, festivals, opens, closes, provisional, at
from campaign_entries where key = %(key)s order by id

-- name: enter
-- What becomes of a campaign.
insert into campaign_entries (key, turn, first, last, festivals, opens, closes, provisional, at)
values (%(key)s, %(turn)s, %(first)s, %(last)s, %(festivals)s, %(opens)s, %(closes)s, %(provisional)s, %(at)s)

-- name: write
-- A paper; nothing where it was written before.
insert into campaign_papers (key, kind, day, content, sha256, written_at)
values (%(key)s, %(kind)s, %(day)s, %(content)s, sha256(convert_to(%(content)s, 'UTF8')), %(at)s)
on conflict do nothing
returning id

-- name: papers
-- The papers of a campaign, in the order in which they were written.
select id, key, kind, day, content, sha256, written_at
from campaign_papers where key = %(key)s and (%(kind)s::text is null or kind = %(kind)s)
order by written_at, id

-- name: cars
-- The cars enrolled at some time of a span that somebody may see, by unit and plate, and whether the unit has
-- confirmed that they are sealed.
select c.id as vehicle_id, c.plate, c.use_class, c.unit_id, u.code as unit_code, u.name as unit,
    s.confirmed_by, s.confirmed_at
from vehicles c
join units u on u.id = c.unit_id
left join campaign_seals s on s.key = %(key)s and s.vehicle_id = c.id
where exists (
        select from enrolments e
        where e.vehicle_id = c.id and e.during && tstzrange(%(begin)s::timestamptz, %(end)s::timestamptz)
    )
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
order by u.code, c.plate

-- name: orders
-- The orders of some vehicles that touch a span, with what rules ask of them.
select id, number, vehicle_id, lower(during) as start_at, upper(during) as end_at, filed_at, approved_at, cancelled_at
from orders
where vehicle_id = any (%(vehicles)s) and during && tstzrange(%(begin)s::timestamptz, %(end)s::timestamptz)
order by vehicle_id, lower(during), id

-- name: waivers
-- The waivers of some vehicles that touch a span and stand.
select id, vehicle_id, kind, lower(during) as start_at, upper(during) as end_at
from waivers
where vehicle_id = any (%(vehicles)s) and withdrawn_at is null
    and during && tstzrange(%(begin)s::timestamptz, %(end)s::timestamptz)
order by vehicle_id, lower(during), id

-- name: seen
-- How some vehicles were seen in a span: how long they drove since a moment of it, when they stood at home last, when
-- they were out of it last, when they were heard of last. Home is as the rule has it: grown by some metres.
select v.id as vehicle_id,
    coalesce((
        select sum(extract(epoch from least(t.end_at, %(until)s) - greatest(t.start_at, %(driving_since)s)))
        from trips t
        where t.vehicle_id = v.id and t.start_at < %(until)s and t.end_at > %(driving_since)s
    ), 0)::float8 as driving_s,
    (
        select max(least(s.end_at, p.end_at, %(until)s))
        from stops s
        join visits p on p.vehicle_id = s.vehicle_id and p.place = 'home' and p.side = 'inside'
            and p.buffer_m = %(buffer_m)s and p.start_at < s.end_at and p.end_at > s.start_at
        where s.vehicle_id = v.id and s.start_at < %(until)s and s.end_at > %(since)s
            and p.start_at < %(until)s and p.end_at > %(since)s
    ) as home_at,
    (
        select max(least(p.end_at, %(until)s))
        from visits p
        where p.vehicle_id = v.id and p.place = 'home' and p.side = 'outside' and p.buffer_m = %(buffer_m)s
            and p.start_at < %(until)s and p.end_at > %(since)s
    ) as away_at,
    (
        select max(ts) from positions m where m.vehicle_id = v.id and m.ts >= %(since)s and m.ts < %(until)s
    ) as heard_at
from unnest(%(vehicles)s::int[]) as v (id)
order by v.id

-- name: violations
-- By vehicle and rule the violations that begin in a span, stand, rest on enough and were not decided to be none, and
-- how many of them raised an alert. What is only for information is left out.
select v.vehicle_id, v.rule_id, count(*)::int as count, count(a.id)::int as alerts
from violations v
left join alerts a on a.violation_id = v.id
left join decisions d on d.id = v.decision_id
where v.vehicle_id = any (%(vehicles)s) and v.start_at >= %(since)s and v.start_at < %(until)s
    and v.withdrawn_at is null and not v.insufficient and v.severity <> 'info'
    and (d.outcome is null or d.outcome in ('violation', 'procedural'))
group by v.vehicle_id, v.rule_id
order by v.vehicle_id, v.rule_id

-- name: ask
-- A request not to seal a car.
insert into campaign_exemptions (key, vehicle_id, kind, first, last, reason, requested_by, requested_at)
values (%(key)s, %(vehicle)s, %(kind)s, %(first)s, %(last)s, %(reason)s, %(by)s, %(at)s)
returning id

-- name: hold_exemption
-- A request, held until the transaction ends: it is answered once.
select id from campaign_exemptions where id = %(id)s for update

-- name: exemptions
-- Requests that somebody may see, with their answers: those of a campaign, or one; open ones first.
select e.id, e.key, e.vehicle_id, c.plate, c.use_class, c.unit_id, u.name as unit, e.kind, e.first, e.last, e.reason,
    e.requested_by, e.requested_at, a.granted, a.reason as answer, a.answered_by, a.answered_at
from campaign_exemptions e
join vehicles c on c.id = e.vehicle_id
join units u on u.id = c.unit_id
left join campaign_answers a on a.exemption_id = e.id
where (%(key)s::text is null or e.key = %(key)s) and (%(id)s::int is null or e.id = %(id)s)
    and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
order by a.answered_at is not null, u.code, c.plate, e.id

-- name: waive
-- The waiver that a granted request becomes; it marks the vehicle.
insert into waivers (vehicle_id, kind, during, reason, entered_by)
values (%(vehicle)s, %(kind)s, tstzrange(%(begin)s::timestamptz, %(end)s::timestamptz), %(reason)s, %(by)s)
returning id

-- name: answer
-- The answer to a request.
insert into campaign_answers (exemption_id, granted, reason, answered_by, answered_at, waiver_id)
values (%(id)s, %(granted)s, %(reason)s, %(by)s, %(at)s, %(waiver)s)

-- name: seal
-- The unit's word that cars are sealed; those of which it was given before are left.
insert into campaign_seals (key, vehicle_id, confirmed_by, confirmed_at)
select %(key)s, unnest(%(vehicles)s::int[]), %(by)s, %(at)s
on conflict do nothing
returning vehicle_id

-- name: unjudged
-- Of how many vehicles something from before a moment waits to be judged, and how many vehicles there are.
select (select count(distinct vehicle_id) from marks where since < %(until)s), (select count(*) from vehicles)
