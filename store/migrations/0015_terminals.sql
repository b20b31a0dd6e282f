-- Terminals that speak JT/T 808: how far their clocks are from UTC, and those that came without being known.

alter table trackers
    add column utc_offset_min int not null default 480 check (utc_offset_min between -720 and 840);

-- A terminal that presented itself at the gateway and that the centre does not know. One row a terminal.
create table presented_terminals (
    tracker  text primary key,
    maker    text not null default '',
    model    text not null default '',
    device   text not null default '',
    plate    text not null default '',
    address  text not null,
    first_at timestamptz not null default now(),
    last_at  timestamptz not null default now(),
    times    int not null default 1
);

-- What the codes are made with that terminals authenticate with: the same for every gateway of this database.
create table gateway_key (
    only_one boolean primary key default true check (only_one),
    key      bytea not null
);
insert into gateway_key (key)
values (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
