-- Repeated failures to sign in, by the name that was tried, known or not: a lock must not tell which names exist.
create table sign_in_failures (
    name         text primary key,
    failures     int not null,
    last_at      timestamptz not null,
    locked_until timestamptz
);
create index on sign_in_failures (last_at);

-- The list of violations is read in these orders, a page at a time.
create index on violations (rule_id, start_at) where withdrawn_at is null;
create index on violations (vehicle_id, start_at);
create index on violations (found_at) where withdrawn_at is null;

-- A vehicle's timeline asks what touches a span: its latest start before the span is found from here.
create index on trips (vehicle_id, end_at);
create index on stops (vehicle_id, end_at);
create index on gaps (vehicle_id, end_at);
