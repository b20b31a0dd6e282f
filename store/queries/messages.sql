-- name: add_unreadable
-- Keeps what could not be read; the same message again (a redelivery) adds nothing.
insert into unreadable_messages
    (topic, payload, payload_sha256, element, payload_bytes, reason, detail, received_at)
values (%(topic)s, %(payload)s, %(payload_sha256)s, %(element)s, %(payload_bytes)s, %(reason)s, %(detail)s,
    %(received_at)s)
on conflict do nothing;

-- name: add_unassigned
-- Keeps a message of a tracker that is on no vehicle. Told again after a part of it was taken in, it stands for the rest.
insert into unassigned_messages as kept
    (tracker, ts, waiting, topic, payload, payload_sha256, element, reason, received_at)
values (%(tracker)s, %(ts)s, %(waiting)s, %(topic)s, %(payload)s, %(payload_sha256)s, -1, %(reason)s, %(received_at)s)
on conflict (topic, payload_sha256, element) do update
set ts = excluded.ts, waiting = excluded.waiting, reason = excluded.reason, taken_in_at = null
where kept.waiting <> excluded.waiting or kept.reason <> excluded.reason;

-- name: count_outcomes
-- Adds to this hour's counts, in one order so that two writers do not wait for each other in a ring.
insert into ingest_counts as known (hour, outcome, count)
select date_trunc('hour', now()), outcome, count
from unnest(%(outcomes)s::text[], %(counts)s::bigint[]) as t (outcome, count)
order by outcome
on conflict (hour, outcome) do update set count = known.count + excluded.count;

-- name: assignable
-- Unassigned messages whose tracker was, it turns out, on a vehicle at the time of one of the positions that wait;
-- locked, oldest first.
select m.id, m.topic, m.payload, m.received_at
from unassigned_messages m
join trackers t on t.code = m.tracker
where m.taken_in_at is null
    and exists (
        select from fittings f
        where f.tracker_id = t.id
            and f.during && tstzrange(m.waiting[1], m.waiting[cardinality(m.waiting)], '[]')
            and exists (select from unnest(m.waiting) as ts where f.during @> ts)
    )
order by m.id
limit %(limit)s
for update of m skip locked;

-- name: take_in
-- These messages are positions of vehicles now.
update unassigned_messages set taken_in_at = now() where id = any(%(ids)s);

-- name: unreadable_by_reason
-- What waits unread, by reason; of how many everything is kept that came, so that they can be read again.
select reason, count(*) as messages,
    count(*) filter (where element = -1 and octet_length(payload) = payload_bytes) as whole,
    min(received_at) as first_at, max(received_at) as last_at
from unreadable_messages
where reread_at is null
group by reason
order by messages desc, reason;

-- name: rereadable
-- Unread messages that are kept whole, after an id, in its order; locked.
select id, topic, payload, received_at, reason
from unreadable_messages
where reread_at is null and element = -1 and octet_length(payload) = payload_bytes and id > %(after)s
    and (%(reason)s::text is null or reason = %(reason)s)
    and (%(since)s::timestamptz is null or received_at >= %(since)s)
    and (%(until)s::timestamptz is null or received_at < %(until)s)
order by id
limit %(limit)s
for update skip locked;

-- name: latest_rereadable
-- When the last of the chosen ones came, as our clock told it then.
select max(received_at)
from unreadable_messages
where reread_at is null and element = -1 and octet_length(payload) = payload_bytes
    and (%(reason)s::text is null or reason = %(reason)s)
    and (%(since)s::timestamptz is null or received_at >= %(since)s)
    and (%(until)s::timestamptz is null or received_at < %(until)s);

-- name: still_unread
-- Why these cannot be read now.
update unreadable_messages m set reason = told.reason, detail = told.detail
from unnest(%(ids)s::bigint[], %(reasons)s::text[], %(details)s::text[]) as told (id, reason, detail)
where m.id = told.id;

-- name: reread
-- These messages were read after all.
update unreadable_messages set reread_at = now() where id = any(%(ids)s)
