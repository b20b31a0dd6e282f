-- The whole house, first version. Times are timestamptz (UTC inside), coordinates whole 1e-7 degrees of WGS-84.
-- Histories (fittings, enrolments, zones) exclude overlaps here, in the database, so that no program can make one.

create extension if not exists btree_gist;

-- Who owns what ------------------------------------------------------------------------------------------

create table units (
    id        int generated always as identity primary key,
    code      text not null unique,
    name      text not null,
    parent_id int references units
);

create table vehicles (
    id        int generated always as identity primary key,
    plate     text not null unique,
    unit_id   int not null references units,
    use_class text not null default 'general'
        check (use_class in ('general', 'law_enforcement', 'confidential_mail', 'emergency', 'special')),
    model     text not null default ''
);
create index on vehicles (unit_id);

create table trackers (
    id    int generated always as identity primary key,
    code  text not null unique,
    datum text not null default 'wgs84' check (datum in ('wgs84', 'gcj02', 'bd09'))
);

create table fittings (
    id         int generated always as identity primary key,
    tracker_id int not null references trackers,
    vehicle_id int not null references vehicles,
    during     tstzrange not null check (not isempty(during)),
    exclude using gist (tracker_id with =, during with &&),
    exclude using gist (vehicle_id with =, during with &&)
);

create table enrolments (
    id         int generated always as identity primary key,
    vehicle_id int not null references vehicles,
    during     tstzrange not null check (not isempty(during)),
    exclude using gist (vehicle_id with =, during with &&)
);

-- A zone's row is one version of it: the same name may follow in time, never overlap.
create table zones (
    id           int generated always as identity primary key,
    name         text not null,
    kind         text not null check (kind in ('home', 'jurisdiction', 'sensitive', 'refuel', 'no_go')),
    unit_id      int references units,
    valid        tstzrange not null default tstzrange(null, null) check (not isempty(valid)),
    datum_given  text not null check (datum_given in ('wgs84', 'gcj02', 'bd09', 'cgcs2000')),
    boundary_wkb bytea not null,
    source       text not null default '',
    check (kind <> 'home' or unit_id is not null),
    exclude using gist (name with =, valid with &&)
);

create table orders (
    id                 int generated always as identity primary key,
    number             text not null unique,
    vehicle_id         int not null references vehicles,
    during             tstzrange not null check (not isempty(during)),
    reason             text not null,
    destination        text not null default '',
    destination_zone   text,
    destination_lon_e7 int,
    destination_lat_e7 int,
    out_of_district    boolean not null default false,
    filed_at           timestamptz not null,
    approved_at        timestamptz,
    cancelled_at       timestamptz
);
create index on orders using gist (vehicle_id, during);

create table waivers (
    id         int generated always as identity primary key,
    vehicle_id int not null references vehicles,
    kind       text not null check (kind in ('duty', 'emergency', 'repair', 'other')),
    during     tstzrange not null check (not isempty(during)),
    reason     text not null,
    entered_by text not null default '',
    entered_at timestamptz not null default now()
);
create index on waivers using gist (vehicle_id, during);

create table calendar_days (
    day        date primary key,
    is_off     boolean not null,
    festival   text not null default '',
    source     text not null,
    entered_by text not null,
    checked_by text
);

-- What trackers reported -----------------------------------------------------------------------------------

-- Evidence: rows are inserted, never edited. The key makes a repeat a repeat; two different reports
-- for one instant are both kept, so that the order of arrival decides nothing.
create table positions (
    vehicle_id  int not null,
    ts          timestamptz not null,
    lon_e7      int not null,
    lat_e7      int not null,
    speed_kmh   real,
    heading_deg real,
    altitude_m  real,
    satellites  smallint,
    odometer_km double precision,
    fuel_l      real,
    flags       int not null default 0,
    tracker_id  int not null,
    received_at timestamptz not null default now(),
    primary key (vehicle_id, ts, lon_e7, lat_e7)
);

-- The newest position of each vehicle, for the live map. Derived; may be rebuilt from positions.
create table latest_positions (
    vehicle_id  int primary key,
    ts          timestamptz not null,
    lon_e7      int not null,
    lat_e7      int not null,
    speed_kmh   real,
    heading_deg real,
    flags       int not null,
    received_at timestamptz not null
);

-- A payload (or one element of an array in it) that could not be read. Redelivery repeats nothing.
create table unreadable_messages (
    id             bigint generated always as identity primary key,
    topic          text not null,
    payload        bytea not null,
    payload_sha256 bytea not null,
    element        int not null default -1,
    payload_bytes  int not null,
    reason         text not null,
    detail         text not null default '',
    received_at    timestamptz not null default now(),
    unique (topic, payload_sha256, element)
);
create index on unreadable_messages (received_at);

-- Readable, but of a tracker that is unknown or was fitted to no vehicle at that time.
-- Taken in once the tracker gets fitted.
create table unassigned_messages (
    id             bigint generated always as identity primary key,
    tracker        text not null,
    ts             timestamptz not null,
    topic          text not null,
    payload        bytea not null,
    payload_sha256 bytea not null,
    element        int not null default -1,
    reason         text not null check (reason in ('unknown_tracker', 'not_fitted')),
    received_at    timestamptz not null default now(),
    taken_in_at    timestamptz,
    unique (topic, payload_sha256, element)
);
create index on unassigned_messages (tracker) where taken_in_at is null;

create table ingest_counts (
    hour    timestamptz not null,
    outcome text not null,
    count   bigint not null,
    primary key (hour, outcome)
);

-- To be judged -----------------------------------------------------------------------------------------------

-- Whatever can change a judgement inserts (vehicle, since) here. Inserting never waits for a judge.
create table marks (
    id         bigint generated always as identity primary key,
    vehicle_id int not null,
    since      timestamptz not null
);
create index on marks (vehicle_id);

create function notify_marks() returns trigger language plpgsql as $$
begin
    perform pg_notify('marks', '');
    return null;
end $$;
create trigger marks_notify after insert on marks for each statement execute function notify_marks();

-- One row a vehicle; a judge holds its lock while judging that vehicle, so that no two judge the same one.
create table judge_states (
    vehicle_id int primary key references vehicles,
    judged_at  timestamptz
);

-- Where judging may go on instead of beginning again: a cut and the spans open at it (rules.checkpoint).
-- `signature` says for which limits and places; under another one the row is worthless.
create table checkpoints (
    vehicle_id int not null,
    cut_at     timestamptz not null,
    signature  text not null,
    open       jsonb not null,
    primary key (vehicle_id, cut_at)
);

-- What the stored judgements were made with (limits, places, rules): one row. When it changes, all are made anew.
create table judged_with (
    only_one  boolean primary key default true check (only_one),
    signature text not null,
    since     timestamptz not null default now()
);

create function add_judge_state() returns trigger language plpgsql as $$
begin
    insert into judge_states (vehicle_id) values (new.id);
    return null;
end $$;
create trigger vehicles_judge_state after insert on vehicles for each row execute function add_judge_state();

create function mark_vehicle_span() returns trigger language plpgsql as $$
begin
    if tg_op in ('UPDATE', 'DELETE') then
        insert into marks (vehicle_id, since) values (old.vehicle_id, coalesce(lower(old.during), '-infinity'));
    end if;
    if tg_op in ('INSERT', 'UPDATE') then
        insert into marks (vehicle_id, since) values (new.vehicle_id, coalesce(lower(new.during), '-infinity'));
    end if;
    return null;
end $$;
create trigger orders_mark after insert or update or delete on orders for each row execute function mark_vehicle_span();
create trigger waivers_mark after insert or update or delete on waivers for each row execute function mark_vehicle_span();

create function mark_zone() returns trigger language plpgsql as $$
declare
    changed zones;
begin
    foreach changed in array case tg_op when 'INSERT' then array[new] when 'DELETE' then array[old] else array[old, new] end loop
        insert into marks (vehicle_id, since)
        select id, coalesce(lower(changed.valid), '-infinity') from vehicles
        where changed.unit_id is null or unit_id = changed.unit_id;
    end loop;
    return null;
end $$;
create trigger zones_mark after insert or update or delete on zones for each row execute function mark_zone();

create function mark_day() returns trigger language plpgsql as $$
declare
    changed date := least(old.day, new.day); -- of a day that moved, the earlier; null is passed over
begin
    -- Ten days earlier: a day can turn two holiday spans into one.
    insert into marks (vehicle_id, since) select id, (changed - 10)::timestamptz from vehicles;
    return null;
end $$;
create trigger calendar_days_mark after insert or update or delete on calendar_days for each row execute function mark_day();

-- Facts: derived from positions, exact, rebuilt by judging --------------------------------------------------

create table trips (
    vehicle_id    int not null,
    start_at      timestamptz not null,
    end_at        timestamptz not null,
    distance_m    double precision not null,
    fixes         int not null,
    max_speed_kmh real not null,
    start_lon_e7  int not null,
    start_lat_e7  int not null,
    end_lon_e7    int not null,
    end_lat_e7    int not null,
    primary key (vehicle_id, start_at)
);
create index on trips (start_at);

create table stops (
    vehicle_id int not null,
    start_at   timestamptz not null,
    end_at     timestamptz not null,
    lon_e7     int not null,
    lat_e7     int not null,
    fixes      int not null,
    inferred_s double precision not null,
    primary key (vehicle_id, start_at)
);

create table gaps (
    vehicle_id int not null,
    start_at   timestamptz not null,
    end_at     timestamptz not null,
    primary key (vehicle_id, start_at)
);

-- side: inside, or outside, of what `place` names (a kind or a zone's name), grown by buffer_m.
create table visits (
    vehicle_id int not null,
    place      text not null,
    buffer_m   double precision not null,
    side       text not null check (side in ('inside', 'outside')),
    zone_id    int not null,
    start_at   timestamptz not null,
    end_at     timestamptz not null,
    fixes      int not null,
    primary key (vehicle_id, place, buffer_m, side, zone_id, start_at)
);

-- Judgements ------------------------------------------------------------------------------------------------------

create table violations (
    id               bigint generated always as identity primary key,
    vehicle_id       int not null references vehicles,
    rule_id          text not null,
    rule_version     int not null,
    start_at         timestamptz not null,
    end_at           timestamptz not null,
    severity         text not null check (severity in ('info', 'medium', 'high')),
    provisional      boolean not null default false,
    evidence         jsonb not null default '{}',
    found_at         timestamptz not null default now(),
    withdrawn_at     timestamptz,
    evidence_changed boolean not null default false,
    check (end_at > start_at)
);
create unique index violations_key on violations (vehicle_id, rule_id, start_at) where withdrawn_at is null;
create index on violations (start_at) where withdrawn_at is null;

-- What judging did to a violation, one row a change; append-only.
create table violation_changes (
    id           bigint generated always as identity primary key,
    violation_id bigint not null references violations,
    at           timestamptz not null default now(),
    change       text not null check (change in ('found', 'extended', 'shrunk', 'moved', 'withdrawn')),
    start_at     timestamptz not null,
    end_at       timestamptz not null
);
create index on violation_changes (violation_id);

create table alerts (
    id           bigint generated always as identity primary key,
    violation_id bigint not null unique references violations,
    raised_at    timestamptz not null default now()
);
create index on alerts (raised_at);

create function notify_alert() returns trigger language plpgsql as $$
begin
    perform pg_notify('alerts', new.id::text);
    return null;
end $$;
create trigger alerts_notify after insert on alerts for each row execute function notify_alert();

-- People ----------------------------------------------------------------------------------------------------------

create table users (
    id            int generated always as identity primary key,
    name          text not null unique,
    password_hash text not null,
    role          text not null,
    created_at    timestamptz not null default now()
);
