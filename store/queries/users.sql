-- name: count_all
-- How many people can sign in.
select count(*) from users

-- name: add
-- A new person; nothing when the name is taken.
insert into users (name, password_hash, roles, unit_id) values (%(name)s, %(password_hash)s, %(roles)s, %(unit_id)s)
on conflict (name) do nothing
returning id

-- name: by_name
-- The person that signs in with this name, with the units below the own one.
select u.id, u.name, u.roles, u.password_hash, u.unit_id, u.disabled_at,
    case when u.unit_id is not null then array(
        with recursive below as (
            select u.unit_id as id union select n.id from units n join below on n.parent_id = below.id
        ) select id from below
    ) end as unit_ids
from users u where u.name = %(name)s

-- name: by_id
-- The person that a session belongs to, with the units below the own one.
select u.id, u.name, u.roles, u.password_hash, u.unit_id, u.disabled_at,
    case when u.unit_id is not null then array(
        with recursive below as (
            select u.unit_id as id union select n.id from units n join below on n.parent_id = below.id
        ) select id from below
    ) end as unit_ids
from users u where u.id = %(id)s

-- name: people
-- Everybody, by name; those who may sign in no more last.
select u.id, u.name, u.roles, n.name as unit, n.code as unit_code, u.unit_id, u.created_at, u.disabled_at,
    (select f.locked_until from sign_in_failures f where f.name = u.name) as locked_until
from users u left join units n on n.id = u.unit_id
order by u.disabled_at is not null, u.name

-- name: lock_people
-- One change of people at a time; readers and whoever signs in go on.
lock table users in share row exclusive mode

-- name: hold
-- A person who is about to be changed, held until the transaction ends.
select id, name, roles, unit_id, disabled_at from users where id = %(id)s for update

-- name: id_of
-- Who has this name.
select id from users where name = %(name)s

-- name: set_password
-- Another password.
update users set password_hash = %(password_hash)s where id = %(id)s

-- name: set_roles
-- Other roles.
update users set roles = %(roles)s, unit_id = %(unit_id)s where id = %(id)s

-- name: disable
-- From now on this person may not sign in; the name stays.
update users set disabled_at = %(now)s where id = %(id)s

-- name: enable
-- This person may sign in again.
update users set disabled_at = null where id = %(id)s

-- name: unlock
-- Failures of a name are forgotten, as its password was set anew.
delete from sign_in_failures where name = %(name)s

-- name: first_unit
-- A unit with cars: the first by its code.
select id from units n where exists (select from vehicles c where c.unit_id = n.id) order by code limit 1

-- name: unit_by_code
-- The unit of a code.
select id from units where code = %(code)s

-- name: locked_until
-- Until when this name may not sign in; no row when it may.
select locked_until from sign_in_failures where name = %(name)s and locked_until > %(now)s

-- name: record_failure
-- One more failure for this name; the fifth within a day locks it for a quarter of an hour.
insert into sign_in_failures as f (name, failures, last_at) values (%(name)s, 1, %(now)s)
on conflict (name) do update set
    failures = case when f.failures >= 5 then 1 else f.failures + 1 end,
    last_at = excluded.last_at,
    locked_until = case when f.failures = 4 then excluded.last_at + interval '15 minutes' end
returning locked_until

-- name: forget_failures
-- After a sign-in: this name's failures, and how many there were; and everybody's that are older than a day.
with gone as (
    delete from sign_in_failures where name = %(name)s or last_at < %(now)s - interval '1 day' returning name, failures
)
select coalesce((select failures from gone where name = %(name)s), 0)
