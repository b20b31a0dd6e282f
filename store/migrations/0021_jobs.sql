-- Scheduled jobs (decision 0028). Workers pass them on through procrastinate, whose tables it makes itself; what is due
-- and what is done stands here, so that a job's effect and that it is done are one transaction.

-- Which of procrastinate's own migrations its tables are the outcome of.
create table queue_migrations (
    name       text primary key,
    applied_at timestamptz not null default now()
);

-- Through which moment the occurrences of a job are noted.
create table job_cursors (
    job     text primary key,
    through timestamptz not null
);

-- An occurrence that became due. It happens once in effect: who does it holds the row.
create table job_runs (
    job       text not null,
    key       text not null,
    due_at    timestamptz not null,
    done_at   timestamptz,
    failures  int not null default 0,
    failed_at timestamptz,
    error     text not null default '',
    primary key (job, key)
);
create index on job_runs (due_at) where done_at is null;
