-- name: lock_tracker
-- A tracker of the centre, kept from others who would enter something about it meanwhile.
select id from trackers where code = %(tracker)s for update;

-- name: held
-- Whether a tracker has a password now.
select bcrypt is not null from tracker_credentials where tracker_id = %(tracker_id)s order by id desc limit 1;

-- name: enter
-- A tracker's new password as hashes, or that it has none any more.
insert into tracker_credentials (tracker_id, bcrypt, pbkdf2_sha512, at, actor)
values (%(tracker_id)s, %(bcrypt)s, %(pbkdf2_sha512)s, %(at)s, %(actor)s);

-- name: lock_trackers
-- Trackers, all or those asked for, kept from others who would enter something about them meanwhile.
select id from trackers where %(asked)s::text[] is null or code = any (%(asked)s) order by id for update;

-- name: without
-- Trackers that have no password now, all or those asked for, with the car that they are on, and whether they had one.
-- Asked for once they are locked: a lock does not look again at what was entered before it was had.
select t.code, v.plate, u.name as unit,
    exists (select from tracker_credentials c where c.tracker_id = t.id) as is_revoked
from trackers t
left join fittings f on f.tracker_id = t.id and f.during @> %(now)s::timestamptz
left join vehicles v on v.id = f.vehicle_id
left join units u on u.id = v.unit_id
where (%(asked)s::text[] is null or t.code = any (%(asked)s))
    and (select c.bcrypt from tracker_credentials c where c.tracker_id = t.id order by c.id desc limit 1) is null
order by t.code collate "C";

-- name: enter_all
-- New passwords of trackers, as hashes.
insert into tracker_credentials (tracker_id, bcrypt, pbkdf2_sha512, at, actor)
select t.id, told.bcrypt, told.pbkdf2_sha512, %(at)s, %(actor)s
from unnest(%(trackers)s::text[], %(bcrypts)s::text[], %(pbkdf2s)s::text[]) as told (tracker, bcrypt, pbkdf2_sha512)
join trackers t on t.code = told.tracker
order by told.tracker collate "C";

-- name: in_force
-- Who may sign in to the broker, by tracker.
select t.code, c.bcrypt, c.pbkdf2_sha512
from (
    select distinct on (tracker_id) tracker_id, bcrypt, pbkdf2_sha512
    from tracker_credentials
    order by tracker_id, id desc
) c
join trackers t on t.id = c.tracker_id
where c.bcrypt is not null
order by t.code collate "C";

-- name: entries
-- How many entries there are: another number, another list.
select count(*) from tracker_credentials;

-- name: listed
-- All trackers with their last credential, and the sign-ins that the broker refused in their name.
select t.code, c.at, c.actor, c.bcrypt is not null, coalesce(r.times, 0), r.last_at
from trackers t
left join lateral (
    select at, actor, bcrypt from tracker_credentials where tracker_id = t.id order by id desc limit 1
) c on true
left join broker_refusals r on r.kind = 'sign_in' and r.name = t.code
order by t.code collate "C";

-- name: count_refusals
-- The broker refused somebody so many times more; beyond a thousand names further ones are counted together.
insert into broker_refusals (kind, name, times, first_at, last_at, topic, address)
select %(kind)s::text,
    case
        when exists (select from broker_refusals where kind = %(kind)s and name = %(name)s)
            or (select count(*) from broker_refusals) < 1000
            then %(name)s::text
        else '*'
    end,
    %(times)s::bigint, %(at)s::timestamptz, %(at)s::timestamptz, %(topic)s::text, %(address)s::text
on conflict (kind, name) do update set times = broker_refusals.times + excluded.times,
    last_at = greatest(broker_refusals.last_at, excluded.last_at), topic = excluded.topic, address = excluded.address;

-- name: refusals
-- What the broker refused, the latest first.
select kind, name, times, first_at, last_at, topic, address
from broker_refusals
order by last_at desc, kind, name;

-- name: seen_refusals
-- What the broker refused since a moment, the latest first, for those who see all units, and whether it was in a tracker's name.
-- What names a tracker that ever was on a car of confidential mail, as part of a name or a topic too, is told to those
-- only who may see such cars; without `./~`, which brokers and formats write differently in topics.
with hidden as materialized (
    select translate(t.code, './~', '') as code
    from trackers t
    where not %(confidential)s and exists (
        select from fittings g join vehicles w on w.id = g.vehicle_id
        where g.tracker_id = t.id and w.use_class = 'confidential_mail'
    )
)
select r.kind, r.name, r.times, r.first_at, r.last_at, r.topic, r.address,
    exists (select from trackers t where t.code = r.name) as is_tracker
from broker_refusals r
where r.last_at >= %(since)s and %(unit_ids)s::int[] is null
    and not exists (
        select from hidden h where position(h.code in translate(r.name || ' ' || r.topic, './~', '')) > 0
    )
order by r.last_at desc, r.kind, r.name
limit %(limit)s;

-- name: refused_sign_ins
-- How often the broker refused a sign-in in this name, first, last and from where.
select kind, name, times, first_at, last_at, topic, address
from broker_refusals where kind = 'sign_in' and name = %(name)s;

-- name: refusals_by_kind
-- How often the broker refused somebody so far, by kind.
select kind, sum(times)::bigint from broker_refusals group by kind;
