-- The audit chain: each entry holds the hash of the one before (fleet/audit.py says of what). Entries stand for ever.

create table audit_entries (
    number   bigint primary key check (number > 0),
    at       timestamptz not null,
    actor    text not null check (actor <> ''),
    role     text not null,
    act      text not null check (act ~ '^[a-z][a-z_]*$'),
    subject  text not null,
    details  jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
    previous bytea not null check (length(previous) = 32),
    hash     bytea not null unique check (length(hash) = 32)
);
create index on audit_entries (subject, number);
create index on audit_entries (actor, number);

create function keep_audit() returns trigger language plpgsql as $$
begin
    raise restrict_violation using message = 'entries of the audit chain are neither changed nor removed';
end $$;
create trigger audit_entries_keep before update or delete on audit_entries
    for each row execute function keep_audit();
create trigger audit_entries_keep_all before truncate on audit_entries
    for each statement execute function keep_audit();
