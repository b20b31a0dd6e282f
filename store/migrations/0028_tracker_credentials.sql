-- Trackers' own users at the broker (decision 0036), and what the embedded broker refused.

-- Entries: of a tracker's the last one counts. Hashes as brokers want them, never a password; none: revoked.
create table tracker_credentials (
    id            bigint generated always as identity primary key,
    tracker_id    int not null references trackers,
    bcrypt        text check (bcrypt like '$2a$%'),
    pbkdf2_sha512 text check (pbkdf2_sha512 like '$7$%'),
    at            timestamptz not null,
    actor         text not null check (btrim(actor) <> ''),
    check ((bcrypt is null) = (pbkdf2_sha512 is null))
);
create index on tracker_credentials (tracker_id, id);
create trigger tracker_credentials_append_only before update or delete on tracker_credentials
    for each row execute function refuse_rewriting();

-- Counts, one row a kind and name: the user of a sign-in, the client id of a publish. Names are what strangers give.
create table broker_refusals (
    kind     text not null check (kind in ('sign_in', 'publish')),
    name     text not null,
    times    bigint not null check (times > 0),
    first_at timestamptz not null,
    last_at  timestamptz not null,
    topic    text not null, -- of the last one; empty for sign-ins
    address  text not null, -- that the last one came from
    primary key (kind, name)
);
