-- name: from_here
-- Whether a session of this name is open from the machine that asks, besides the one that asks.
select exists (
    select from pg_stat_activity
    where datname = current_database()
        and application_name = %(application)s
        and client_addr is not distinct from inet_client_addr()
        and pid <> pg_backend_pid()
);
