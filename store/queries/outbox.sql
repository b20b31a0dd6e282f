-- name: put
-- A letter into the outbox, unless one with its key was put before.
insert into letters (key, kind, severity, subject_zh, subject_en, body_zh, body_en, roles, unit_id, is_confidential, path,
    put_at, takes_back)
values (%(key)s, %(kind)s, %(severity)s, %(subject_zh)s, %(subject_en)s, %(body_zh)s, %(body_en)s, %(roles)s::text[],
    %(unit_id)s, %(is_confidential)s, %(path)s, %(at)s, %(takes_back)s)
on conflict (key) do nothing
returning id

-- name: take_back
-- Letters that are not to be sent any more.
update letters set withdrawn_at = %(at)s
where key = any (%(keys)s::text[]) and withdrawn_at is null
returning id, key, kind, severity, subject_zh, subject_en, body_zh, body_en, roles, unit_id, is_confidential, path, put_at,
    takes_back

-- name: unaddressed
-- Letters that nobody has looked yet which targets they go to. One that takes another back waits until that one stands
-- still.
select l.id, l.key, l.kind, l.severity, l.subject_zh, l.subject_en, l.body_zh, l.body_en, l.roles, l.unit_id,
    l.is_confidential, l.path, l.put_at, l.takes_back, l.withdrawn_at
from letters l
where l.addressed_at is null
    and not exists (
        select from letters o where o.key = l.takes_back and (
            o.addressed_at is null and o.withdrawn_at is null
            or exists (select from deliveries d where d.letter_id = o.id and d.state = 'sending')
        )
    )
order by l.id limit %(limit)s
for update of l skip locked

-- name: reached_by
-- Targets that a letter may have arrived at.
select d.target_id from deliveries d join letters l on l.id = d.letter_id
where l.key = %(key)s and (d.state in ('sent', 'unsure') or d.again)

-- name: deliver
-- A letter is to go to a target.
insert into deliveries (letter_id, target_id, state, next_at) values (%(letter_id)s, %(target_id)s, 'waiting', %(at)s)
on conflict do nothing

-- name: addressed
-- It is known which targets a letter goes to.
update letters set addressed_at = %(at)s where id = %(id)s

-- name: drop_taken_back
-- What waits of letters that were taken back is not sent.
update deliveries d set state = 'withdrawn', settled_at = %(at)s, waits_for = ''
from letters l where l.id = d.letter_id and l.withdrawn_at is not null and d.state = 'waiting'

-- name: due_target
-- A target that something is to go to now, held; of those that nobody sends to just now the longest waiting.
select t.id from targets t
where t.enabled and t.id <> all (%(but)s::int[])
    and exists (
        select from deliveries d where d.target_id = t.id and d.state = 'waiting' and d.next_at <= %(now)s
    )
    and not exists (select from deliveries d where d.target_id = t.id and d.state = 'sending')
order by (select min(d.next_at) from deliveries d where d.target_id = t.id and d.state = 'waiting'), t.id
limit 1
for update of t skip locked

-- name: is_sent_to
-- Whether somebody sends to a held target: asked anew, as its last holder may have begun since it was looked for.
select exists (select from deliveries where target_id = %(target_id)s and state = 'sending')

-- name: due
-- What is to go to a held target now, in order.
select d.id as delivery_id, d.attempts, d.again, l.id, l.key, l.kind, l.severity, l.subject_zh, l.subject_en, l.body_zh,
    l.body_en, l.roles, l.unit_id, l.is_confidential, l.path, l.put_at, l.takes_back
from deliveries d join letters l on l.id = d.letter_id
where d.target_id = %(target_id)s and d.state = 'waiting' and d.next_at <= %(now)s and l.withdrawn_at is null
order by l.id limit %(limit)s
for update of d skip locked

-- name: hold_until
-- It is quiet there.
update deliveries set next_at = %(until)s, waits_for = 'quiet' where id = %(id)s

-- name: begin
-- An attempt begins: noted before anything is sent.
update deliveries set state = 'sending', attempts = attempts + 1, begun_at = %(at)s, waits_for = '', settled_at = null
where id = any (%(ids)s::bigint[])

-- name: settle
-- How an attempt ended, unless somebody took it for dead meanwhile.
update deliveries set state = %(state)s, again = %(again)s, next_at = coalesce(%(next_at)s, next_at),
    waits_for = case when %(state)s = 'waiting' then 'retry' else '' end, error = %(error)s,
    settled_at = case when %(state)s = 'waiting' then null else %(at)s::timestamptz end
where id = %(id)s and state = 'sending' and begun_at = %(begun_at)s
returning id

-- name: arrived_after_all
-- An attempt that was taken for dead has arrived, and no other began since.
update deliveries set state = 'sent', settled_at = %(at)s, error = '', waits_for = ''
where id = %(id)s and begun_at = %(begun_at)s and state in ('waiting', 'unsure')

-- name: broken_off
-- Attempts whose sender is not heard of any more.
select d.id, d.target_id, d.attempts, d.again, d.begun_at
from deliveries d where d.state = 'sending' and d.begun_at < %(before)s
order by d.id for update of d skip locked

-- name: listed
-- Deliveries as people see them, what failed and what waits first, then the newest; of an empty list of targets the
-- letters that no target is for.
select l.id as letter_id, l.key, l.kind, l.severity, l.subject_zh, l.subject_en, l.path, l.put_at, l.addressed_at,
    l.withdrawn_at, l.is_confidential, l.unit_id, u.name as unit, d.id, t.name as target, d.state, d.attempts, d.again, d.next_at,
    d.waits_for, d.begun_at, d.settled_at, d.error
from letters l
left join deliveries d on d.letter_id = l.id
left join targets t on t.id = d.target_id
left join units u on u.id = l.unit_id
where (%(confidential)s or not l.is_confidential)
    and (%(unit_ids)s::int[] is null or l.unit_id = any (%(unit_ids)s))
    and (%(key)s::text is null or l.key = %(key)s or l.takes_back = %(key)s)
    and (%(state)s::text is null
        or %(state)s = 'open' and (d.state in ('failed', 'unsure', 'waiting', 'sending') or l.addressed_at is null)
        or %(state)s = 'trouble' and d.state in ('failed', 'unsure')
        or d.state = %(state)s)
order by d.state in ('failed', 'unsure') desc nulls last, d.state in ('waiting', 'sending') desc nulls last, l.id desc, t.name
limit %(limit)s

-- name: count_by_state
-- How many deliveries are in each state, of letters that the scope shows.
select d.state, count(*) from deliveries d join letters l on l.id = d.letter_id
where (%(confidential)s or not l.is_confidential)
    and (%(unit_ids)s::int[] is null or l.unit_id = any (%(unit_ids)s))
group by d.state

-- name: retry
-- What failed is tried anew; what may have arrived is marked so.
update deliveries d set state = 'waiting', again = d.again or d.state = 'unsure', attempts = 0, next_at = %(at)s,
    waits_for = '', settled_at = null
from letters l, targets t
where l.id = d.letter_id and t.id = d.target_id and d.id = %(id)s and d.state in ('failed', 'unsure')
    and t.enabled and l.withdrawn_at is null and (%(confidential)s or not l.is_confidential)
    and (%(unit_ids)s::int[] is null or l.unit_id = any (%(unit_ids)s))
returning l.key, t.name, d.again
