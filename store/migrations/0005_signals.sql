-- Where the two ends of a gap lie, and how many messages without a fix came meanwhile. Gaps stored before know none
-- of it until they are judged again, which the new signature of the facts has every vehicle be.
alter table gaps
    add column start_lon_e7 int not null default 0,
    add column start_lat_e7 int not null default 0,
    add column end_lon_e7 int not null default 0,
    add column end_lat_e7 int not null default 0,
    add column messages int not null default 0;

-- What trackers say besides where they are (rules.signals): `signal` is faster_than(120.0), alarm(power_cut), no_fix.
-- grown_m: what the odometer grew meanwhile; told of no_fix only.
create table signals (
    vehicle_id int not null,
    signal     text not null,
    start_at   timestamptz not null,
    end_at     timestamptz not null,
    grown_m    int not null,
    primary key (vehicle_id, signal, start_at)
);
