-- name: lock
-- Waits until no other transaction adds to the chain; held until this one ends. The number is the table's own.
select pg_advisory_xact_lock(7203, 1)

-- name: last
-- Number and hash of the last entry.
select number, hash from audit_entries order by number desc limit 1

-- name: add
-- The next entry.
insert into audit_entries (number, at, actor, role, act, subject, details, previous, hash)
values (%(number)s, %(at)s, %(actor)s, %(role)s, %(act)s, %(subject)s, %(details)s, %(previous)s, %(hash)s)

-- name: after
-- Entries after a number, in order, some at a time.
select number, at, actor, role, act, subject, details, previous, hash
from audit_entries where number > %(after)s order by number limit %(limit)s

-- name: about
-- Entries about a subject, newest first.
select number, at, actor, role, act, subject, details, previous, hash
from audit_entries where subject = %(subject)s order by number desc limit %(limit)s

-- name: has_done
-- Whether somebody did something from a moment on.
select exists (select from audit_entries where actor = %(actor)s and act = %(act)s and at >= %(since)s)

-- name: found
-- Entries before a number, newest first: by person, act, what it was about (a car also where it is one of several), time.
select number, at, actor, role, act, subject, details, previous, hash
from audit_entries
where (%(before)s::bigint is null or number < %(before)s)
    and (%(actor)s::text is null or actor = %(actor)s)
    and (%(acts)s::text[] is null or act = any (%(acts)s))
    and (%(subject)s::text is null or subject = %(subject)s or details -> 'plates' ? %(subject)s)
    and (%(since)s::timestamptz is null or at >= %(since)s)
    and (%(until)s::timestamptz is null or at < %(until)s)
order by number desc limit %(limit)s

-- name: actors
-- Everybody of whom there is an entry.
with recursive one as (
    (select actor from audit_entries order by actor limit 1)
    union all
    select (select a.actor from audit_entries a where a.actor > one.actor order by a.actor limit 1)
    from one where one.actor is not null
)
select actor from one where actor is not null order by actor
