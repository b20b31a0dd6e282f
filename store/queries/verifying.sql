-- name: vehicles
-- Every vehicle of the plates asked for (null: all).
select id, plate from vehicles where %(plates)s::text[] is null or plate = any (%(plates)s) order by id

-- name: waiting
-- Which of the vehicles wait to be judged.
select distinct vehicle_id from marks where vehicle_id = any (%(vehicles)s)

-- name: trips
-- All stored trips of the vehicles.
select vehicle_id, start_at, end_at, distance_m, fixes, max_speed_kmh,
    start_lon_e7, start_lat_e7, end_lon_e7, end_lat_e7
from trips where vehicle_id = any (%(vehicles)s)

-- name: stops
-- All stored stops of the vehicles.
select vehicle_id, start_at, end_at, lon_e7, lat_e7, fixes, inferred_s from stops where vehicle_id = any (%(vehicles)s)

-- name: gaps
-- All stored gaps of the vehicles.
select vehicle_id, start_at, end_at, start_lon_e7, start_lat_e7, end_lon_e7, end_lat_e7, messages
from gaps where vehicle_id = any (%(vehicles)s)

-- name: signals
-- All stored signals of the vehicles.
select vehicle_id, start_at, end_at, signal, grown_m from signals where vehicle_id = any (%(vehicles)s)

-- name: visits
-- All stored visits of the vehicles, to whatever place.
select vehicle_id, start_at, end_at, place, buffer_m, side, zone_id, fixes from visits where vehicle_id = any (%(vehicles)s)

-- name: digests
-- Violations that stand whose stored positions no longer give the digest that was kept.
-- Of a decided one that judging found changed, the digest that it found.
select v.id, k.positions_count, k.positions_sha256, d.positions_count, d.positions_sha256
from violations v
cross join lateral positions_digest(v.vehicle_id, v.start_at, v.end_at) as d
cross join lateral (
    select coalesce(v.positions_now_count, v.positions_count) as positions_count,
        coalesce(v.positions_now_sha256, v.positions_sha256) as positions_sha256
) as k
where v.vehicle_id = any (%(vehicles)s) and v.withdrawn_at is null
and (k.positions_count, k.positions_sha256) is distinct from (d.positions_count, d.positions_sha256)
