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
