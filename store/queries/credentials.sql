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
