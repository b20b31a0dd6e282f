-- name: hold_cursor
-- Through which moment a job is noted, held until the transaction ends; it begins at a moment where it was never looked at.
insert into job_cursors (job, through) values (%(job)s, %(begin)s)
on conflict (job) do update set through = job_cursors.through
returning through

-- name: move_cursor
-- The occurrences up to a moment are noted.
update job_cursors set through = greatest(through, %(through)s) where job = %(job)s

-- name: note
-- An occurrence that is due.
insert into job_runs (job, key, due_at) values (%(job)s, %(key)s, %(at)s) on conflict do nothing

-- name: waiting
-- Occurrences that are due and not done, the oldest first.
select job, key, due_at, done_at, failures, failed_at, error
from job_runs where done_at is null order by due_at, job, key

-- name: hold
-- An occurrence that is not done, held until the transaction ends: who comes second finds it done.
select key from job_runs where job = %(job)s and key = %(key)s and done_at is null for update

-- name: done
-- It is done, with what the transaction did.
update job_runs set done_at = %(at)s where job = %(job)s and key = %(key)s

-- name: failed
-- It failed once more; how often it has.
update job_runs set failures = failures + 1, failed_at = %(at)s, error = %(error)s
where job = %(job)s and key = %(key)s and done_at is null
returning failures

-- name: runs
-- Occurrences: those that are not done, then the newest.
select job, key, due_at, done_at, failures, failed_at, error
from job_runs order by done_at is not null, due_at desc, job, key limit %(limit)s

-- name: queue_applied
-- Procrastinate's migrations that its tables are the outcome of.
select name from queue_migrations

-- name: queue_record
-- One more of them.
insert into queue_migrations (name) values (%(name)s)
