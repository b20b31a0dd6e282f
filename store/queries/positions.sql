-- name: make_staging
-- A table of this connection alone; no null columns, so that rows have one width (NaN and -1 stand for null).
create temp table if not exists staged_positions (
    vehicle_id  int not null,
    ts          timestamptz not null,
    lon_e7      int not null,
    lat_e7      int not null,
    speed_kmh   real not null,
    heading_deg real not null,
    altitude_m  real not null,
    satellites  smallint not null,
    odometer_km double precision not null,
    fuel_l      real not null,
    flags       int not null,
    tracker_id  int not null,
    received_at timestamptz not null
) on commit delete rows;

-- name: has_staging
-- Whether this connection has made its staging table.
select to_regclass('pg_temp.staged_positions') is not null;

-- name: empty_staging
-- Nothing of an earlier call in the same transaction may be stored twice.
truncate pg_temp.staged_positions;

-- name: copy_to_staging
-- Binary rows in the order of the table's columns.
copy pg_temp.staged_positions from stdin (format binary);

-- name: store_staged
-- Stores what is new, in key order (so that two writers meet in one order), marks its vehicles to be judged, moves
-- the latest positions on; how many rows were new. A position without a fix is no place to show a car at.
-- With a day, all that came on it is counted to its trackers: what was stored before as repeats, and as nothing else.
with stored as (
    insert into positions (
        vehicle_id, ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m, satellites,
        odometer_km, fuel_l, flags, tracker_id, received_at
    )
    select vehicle_id, ts, lon_e7, lat_e7, nullif(speed_kmh, 'NaN'), nullif(heading_deg, 'NaN'),
        nullif(altitude_m, 'NaN'), nullif(satellites, -1), nullif(odometer_km, 'NaN'), nullif(fuel_l, 'NaN'),
        flags, tracker_id, received_at
    from pg_temp.staged_positions
    order by vehicle_id, ts, lon_e7, lat_e7, received_at
    on conflict do nothing
    returning vehicle_id, ts, flags, tracker_id, received_at
), marked as (
    insert into marks (vehicle_id, since)
    select vehicle_id, min(ts) from stored group by vehicle_id
), moved as (
    insert into latest_positions as latest (
        vehicle_id, ts, lon_e7, lat_e7, speed_kmh, heading_deg, flags, received_at
    )
    select distinct on (vehicle_id) vehicle_id, ts, lon_e7, lat_e7, nullif(speed_kmh, 'NaN'),
        nullif(heading_deg, 'NaN'), flags, received_at
    from pg_temp.staged_positions
    where flags & 1 = 0
    order by vehicle_id, ts desc, lon_e7, lat_e7
    on conflict (vehicle_id) do update
    set ts = excluded.ts, lon_e7 = excluded.lon_e7, lat_e7 = excluded.lat_e7, speed_kmh = excluded.speed_kmh,
        heading_deg = excluded.heading_deg, flags = excluded.flags, received_at = excluded.received_at
    where excluded.ts > latest.ts
        or (excluded.ts = latest.ts and (excluded.lon_e7, excluded.lat_e7) < (latest.lon_e7, latest.lat_e7))
), came as (
    select tracker_id, count(*) as positions, max(received_at) as last_received_at
    from pg_temp.staged_positions
    where %(day)s::date is not null
    group by tracker_id
), fresh as (
    select tracker_id, count(*) as positions, count(*) filter (where flags & 1 = 0) as fixes,
        count(*) filter (where flags & 5 = 5) as parked,
        count(*) filter (where received_at - ts >= %(late)s::interval) as late,
        round(extract(epoch from min(received_at - ts)))::int as offset_s
    from stored
    where %(day)s::date is not null
    group by tracker_id
), counted as (
    insert into tracker_days as known (
        tracker_id, day, positions, fixes, parked, repeats, late, offsets_s, last_received_at
    )
    select tracker_id, %(day)s::date, coalesce(fresh.positions, 0), coalesce(fresh.fixes, 0),
        coalesce(fresh.parked, 0), came.positions - coalesce(fresh.positions, 0), coalesce(fresh.late, 0),
        array_remove(array[fresh.offset_s], null), came.last_received_at
    from came left join fresh using (tracker_id)
    order by tracker_id
    on conflict (tracker_id, day) do update
    set positions = known.positions + excluded.positions, fixes = known.fixes + excluded.fixes,
        parked = known.parked + excluded.parked, repeats = known.repeats + excluded.repeats, late = known.late + excluded.late,
        offsets_s = (excluded.offsets_s || known.offsets_s)[1:31],
        last_received_at = greatest(known.last_received_at, excluded.last_received_at)
)
select count(*) from stored;
