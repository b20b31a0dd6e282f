-- name: assign_apart
-- What comes in is given to vehicles beside others that come in, never beside a change of fittings: whoever reads
-- fittings and stores by them has stored before they change.
select pg_advisory_xact_lock_shared(7040038)

-- name: refit_alone
-- A change of fittings waits for what is being stored by them, and what follows waits for it.
select pg_advisory_xact_lock(7040038)

-- name: trackers_concerned
-- Trackers by their codes, and those that are or were on vehicles of some plates.
select id from trackers where code = any(%(codes)s)
union
select fitting.tracker_id from fittings fitting join vehicles vehicle on vehicle.id = fitting.vehicle_id
where vehicle.plate = any(%(plates)s)

-- name: fitted
-- The fittings of trackers.
select tracker_id, vehicle_id, during from fittings where tracker_id = any(%(trackers)s)

-- name: make_moving
-- Positions on their way from one vehicle to another; null stands for none. A table of this connection alone.
create temp table if not exists moving_positions on commit delete rows as
select vehicle_id as from_vehicle, vehicle_id as to_vehicle, ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m,
    satellites, odometer_km, fuel_l, flags, tracker_id, received_at
from positions with no data

-- name: decompress_what_it_takes
-- On a TimescaleDB, where a transaction may else change no more than so many compressed rows; nothing elsewhere.
select set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true)

-- name: take_from_vehicle
-- A tracker's positions leave a vehicle. One span a statement, its bounds constants: only what they hold is looked at
-- (and decompressed) then.
with taken as (
    delete from positions
    where vehicle_id = %(from_vehicle)s and tracker_id = %(tracker)s and ts >= %(since)s and ts < %(until)s
    returning *
)
insert into pg_temp.moving_positions
select vehicle_id, %(to_vehicle)s::int, ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m,
    satellites, odometer_km, fuel_l, flags, tracker_id, received_at
from taken

-- name: take_unassigned
-- Positions that belonged to no vehicle and now do.
with taken as (
    delete from unassigned_positions p
    using unnest(%(trackers)s::int[], %(to_vehicles)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        as k (tracker_id, to_vehicle, since, until)
    where p.tracker_id = k.tracker_id and p.ts >= k.since and p.ts < k.until
    returning k.to_vehicle, p.*
)
insert into pg_temp.moving_positions
select null, to_vehicle, ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m,
    satellites, odometer_km, fuel_l, flags, tracker_id, received_at
from taken

-- name: put_to_vehicles
-- They are their vehicles' now, as they were stored; how many: what its vehicle has already is a repeat.
with put as (
    insert into positions (
        vehicle_id, ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m, satellites,
        odometer_km, fuel_l, flags, tracker_id, received_at
    )
    select to_vehicle, ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m, satellites,
        odometer_km, fuel_l, flags, tracker_id, received_at
    from pg_temp.moving_positions where to_vehicle is not null
    order by to_vehicle, ts, lon_e7, lat_e7, received_at
    on conflict do nothing
    returning 1
)
select count(*) from put

-- name: put_aside
-- They belong to no vehicle; how many.
with put as (
    insert into unassigned_positions (
        tracker_id, ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m, satellites,
        odometer_km, fuel_l, flags, received_at
    )
    select tracker_id, ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m, satellites,
        odometer_km, fuel_l, flags, received_at
    from pg_temp.moving_positions where to_vehicle is null
    order by tracker_id, ts, lon_e7, lat_e7, received_at
    on conflict do nothing
    returning 1
)
select count(*) from put

-- name: moving
-- How many positions are on their way, and how many of them to no vehicle.
select count(*), count(*) filter (where to_vehicle is null) from pg_temp.moving_positions

-- name: mark_moved
-- Both vehicles are to be judged from the first position that moved.
insert into marks (vehicle_id, since)
select vehicle_id, min(ts) from (
    select from_vehicle as vehicle_id, ts from pg_temp.moving_positions where from_vehicle is not null
    union all
    select to_vehicle, ts from pg_temp.moving_positions where to_vehicle is not null
) as touched
group by vehicle_id

-- name: forget_latest
-- The newest positions of the vehicles concerned are found anew.
delete from latest_positions where vehicle_id in (
    select from_vehicle from pg_temp.moving_positions union select to_vehicle from pg_temp.moving_positions
)

-- name: find_latest
-- The newest position with a fix of each of these vehicles.
insert into latest_positions (vehicle_id, ts, lon_e7, lat_e7, speed_kmh, heading_deg, flags, received_at)
select newest.vehicle_id, ts, lon_e7, lat_e7, speed_kmh, heading_deg, flags, received_at
from (select from_vehicle from pg_temp.moving_positions union select to_vehicle from pg_temp.moving_positions) as touched (vehicle_id)
cross join lateral (
    select p.* from positions p
    where p.vehicle_id = touched.vehicle_id and p.flags & 1 = 0
    order by p.ts desc, p.lon_e7, p.lat_e7
    limit 1
) as newest

-- name: empty_moving
-- All have arrived: none may move twice where fittings change again in the same transaction.
truncate pg_temp.moving_positions

-- name: supersede
-- Fittings that were wrong leave the history and stay readable.
with wrong as (delete from fittings where id = any(%(ids)s) returning id, tracker_id, vehicle_id, during)
insert into superseded_fittings (id, tracker_id, vehicle_id, during, superseded_because)
select id, tracker_id, vehicle_id, during, %(because)s::text from wrong
