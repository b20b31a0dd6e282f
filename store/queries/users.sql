-- name: count_all
-- How many people can sign in.
select count(*) from users

-- name: add
-- A new person; nothing when the name is taken.
insert into users (name, password_hash, role) values (%(name)s, %(password_hash)s, %(role)s)
on conflict (name) do nothing
returning id

-- name: by_name
-- The person that signs in with this name.
select id, name, role, password_hash from users where name = %(name)s

-- name: by_id
-- The person that a session belongs to.
select id, name, role, password_hash from users where id = %(id)s

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
-- After a sign-in: this name's failures; and everybody's that are older than a day.
delete from sign_in_failures where name = %(name)s or last_at < %(now)s - interval '1 day'
