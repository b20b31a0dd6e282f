-- Positions follow their tracker when a fitting is entered late or corrected (decision 38).

-- Positions of times at which their tracker, as it turned out, was on no vehicle: whole, as they were stored.
create table unassigned_positions (
    tracker_id  int not null references trackers,
    ts          timestamptz not null,
    lon_e7      int not null,
    lat_e7      int not null,
    speed_kmh   real,
    heading_deg real,
    altitude_m  real,
    satellites  smallint,
    odometer_km double precision,
    fuel_l      real,
    flags       int not null,
    received_at timestamptz not null,
    primary key (tracker_id, ts, lon_e7, lat_e7)
);

-- Fittings that were wrong, as they stood. They count no more; what is right stands in their place.
create table superseded_fittings (
    id                 int primary key,
    tracker_id         int not null references trackers,
    vehicle_id         int not null references vehicles,
    during             tstzrange not null,
    superseded_at      timestamptz not null default now(),
    superseded_because text not null check (btrim(superseded_because) <> '')
);

create function keep_superseded_fitting() returns trigger language plpgsql as $$
begin
    raise restrict_violation using
        message = '被更正的装拆记录只增不改 / superseded fittings are never rewritten';
end $$;
create trigger superseded_fittings_keep before update or delete on superseded_fittings
    for each row execute function keep_superseded_fitting();

-- The times of all positions in a message that belong to no vehicle, ascending: a message of several is read again
-- as soon as a fitting covers any of them. Of messages kept before, the time of the first one alone is known.
alter table unassigned_messages add column waiting timestamptz[];
update unassigned_messages set waiting = array[ts];
alter table unassigned_messages alter column waiting set not null, add check (cardinality(waiting) > 0);

alter table trackers
    add column model text not null default '',
    add column maker text not null default '',
    add column note text not null default '';
