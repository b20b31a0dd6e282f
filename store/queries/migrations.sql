-- name: lock
-- Waits for another migrating process; the number is arbitrary, and the same in every version of the program.
select pg_advisory_lock(7106108240815);

-- name: make_table
-- Remembers what was applied.
create table if not exists schema_migrations (
    name       text primary key,
    sha256     text not null,
    applied_at timestamptz not null default now()
);

-- name: applied
-- Migrations that the database has, with the fingerprints of their files.
select name, sha256 from schema_migrations order by name;

-- name: record
-- Remembers a migration, in the transaction that applies it.
insert into schema_migrations (name, sha256) values (%(name)s, %(sha256)s);
