-- name: trips
-- Trips of a vehicle that touch a span.
select start_at, end_at, distance_m, fixes, max_speed_kmh, start_lon_e7, start_lat_e7, end_lon_e7, end_lat_e7
from trips
where vehicle_id = %(vehicle_id)s and end_at > %(since)s and start_at < %(until)s
order by start_at

-- name: stops
-- Stops of a vehicle that touch a span.
select start_at, end_at, lon_e7, lat_e7, fixes, inferred_s
from stops
where vehicle_id = %(vehicle_id)s and end_at > %(since)s and start_at < %(until)s
order by start_at

-- name: gaps
-- Gaps of a vehicle that touch a span.
select start_at, end_at
from gaps
where vehicle_id = %(vehicle_id)s and end_at > %(since)s and start_at < %(until)s
order by start_at

-- name: visits
-- Visits of a vehicle to zones (as they stand, no buffer) that touch a span.
select distinct on (s.start_at, z.name) z.name, z.kind, s.start_at, s.end_at
from visits s
join zones z on z.id = s.zone_id
where s.vehicle_id = %(vehicle_id)s and s.side = 'inside' and s.end_at > %(since)s and s.start_at < %(until)s
order by s.start_at, z.name, s.end_at desc

-- name: quality
-- What a span's data are worth: fixes, reports without a fix, late ones (received over 10 min after).
select
    count(*) filter (where flags & 1 = 0) as fixes,
    count(*) filter (where flags & 1 = 1) as without_fix,
    count(*) filter (where received_at > ts + interval '10 minutes') as late,
    max(extract(epoch from received_at - ts))::float8 as longest_delay_s,
    min(extract(epoch from received_at - ts))::float8 as shortest_delay_s,
    coalesce(extract(epoch from max(ts) - min(ts)), 0)::float8 as over_s
from positions
where vehicle_id = %(vehicle_id)s and ts >= %(since)s and ts < %(until)s

-- name: track
-- The positions of a vehicle in a span, in the order in which they are judged.
select
    ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m, satellites, odometer_km, fuel_l, flags, tracker_id,
    received_at
from positions
where vehicle_id = %(vehicle_id)s and ts >= %(since)s and ts < %(until)s
order by ts, lon_e7, lat_e7

-- name: zone_names
-- What the zones with these ids are called, and their kinds.
select name, kind from zones where id = any(%(ids)s) order by kind, name
