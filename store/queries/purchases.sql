-- name: add
-- A request of a unit.
insert into purchases (unit_id, use_class, body, model, energy, displacement_l, price_yuan, replaces, reason,
    requested_at, requested_by)
values (%(unit_id)s, %(use_class)s, %(body)s, %(model)s, %(energy)s, %(displacement_l)s, %(price_yuan)s, %(replaces)s,
    %(reason)s, %(at)s, %(by)s)
returning id

-- name: hold
-- A request to which nobody else does anything until the transaction ends.
select id from purchases where id = %(id)s for update

-- name: listed
-- Requests of the units of a scope, newest first. The car that is to be replaced is named to those who may see it.
select p.id, p.unit_id, u.name as unit, p.use_class, p.body, p.model, p.energy, p.displacement_l, p.price_yuan,
    p.replaces is not null as is_replacement, c.id as replaces_id, c.plate as replaces, p.reason, p.requested_at,
    p.requested_by, coalesce(m.number, 0) as meetings, e.outcome, e.meeting, coalesce(e.approved_yuan, 0) as approved_yuan,
    e.reason as end_reason, e.at as ended_at, e.actor as ended_by
from purchases p
join units u on u.id = p.unit_id
left join vehicles c on c.id = p.replaces and (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
left join lateral (
    select max(x.number) as number from purchase_meetings x where x.purchase_id = p.id
) m on true
left join purchase_ends e on e.purchase_id = p.id
where (%(id)s::bigint is null or p.id = %(id)s)
    and (%(unit_ids)s::int[] is null or p.unit_id = any (%(unit_ids)s))
    and (%(since)s::timestamptz is null or p.requested_at >= %(since)s)
    and (%(until)s::timestamptz is null or p.requested_at < %(until)s)
order by p.requested_at desc, p.id desc

-- name: years
-- The local years in which units of a scope asked for cars, newest first.
select distinct extract(year from p.requested_at at time zone %(zone)s)::int as year
from purchases p
where %(unit_ids)s::int[] is null or p.unit_id = any (%(unit_ids)s)
order by year desc

-- name: add_meeting
-- The next joint meeting about a request.
insert into purchase_meetings (purchase_id, number, held_on, called_at, called_by)
select %(id)s, coalesce(max(number), 0) + 1, %(held_on)s, %(at)s, %(by)s
from purchase_meetings where purchase_id = %(id)s
returning number

-- name: add_members
-- Who sits in a meeting, in the order told.
insert into purchase_members (purchase_id, meeting, name, place)
select %(id)s, %(meeting)s, m.name, m.place
from unnest(%(names)s::text[]) with ordinality as m (name, place)

-- name: meetings
-- The joint meetings about some requests, by number, with their members in order and each member's last vote.
select m.purchase_id, m.number, m.held_on, m.called_at, m.called_by, b.name as member, v.vote, v.reason, v.at, v.actor
from purchase_meetings m
join purchase_members b on b.purchase_id = m.purchase_id and b.meeting = m.number
left join lateral (
    select x.vote, x.reason, x.at, x.actor
    from purchase_votes x
    where x.purchase_id = b.purchase_id and x.meeting = b.meeting and x.member = b.name
    order by x.id desc limit 1
) v on true
where m.purchase_id = any (%(ids)s::bigint[])
order by m.purchase_id, m.number, b.place

-- name: add_vote
-- A member's vote; the last one counts.
insert into purchase_votes (purchase_id, meeting, member, vote, reason, at, actor)
values (%(id)s, %(meeting)s, %(member)s, %(vote)s, %(reason)s, %(at)s, %(by)s)

-- name: votes
-- All votes about a request as they were entered, those that were changed later too.
select meeting, member, vote, reason, at, actor
from purchase_votes where purchase_id = %(id)s order by id

-- name: add_end
-- How a request ended.
insert into purchase_ends (purchase_id, outcome, meeting, approved_yuan, reason, at, actor)
values (%(id)s, %(outcome)s, %(meeting)s, %(approved_yuan)s, %(reason)s, %(at)s, %(by)s)

-- name: replaceable
-- The cars of a scope, by plate: any of them can be the one that is to be replaced.
select c.id, c.plate, c.unit_id
from vehicles c
where (%(confidential)s or c.use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or c.unit_id = any (%(unit_ids)s))
order by c.plate
