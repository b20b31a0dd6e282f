-- The positions that a violation rests on, in one number that anyone can recompute: docs/evidence.md.
-- Per position 46 bytes, big-endian, in key order; what the tracker did not report is NaN, or -1 satellites.
create function positions_digest(
    of_vehicle int, first_at timestamptz, last_at timestamptz, out positions_count bigint, out positions_sha256 bytea
) language sql stable parallel safe as $$
    select count(*), sha256(coalesce(string_agg(
        timestamptz_send(ts) || int4send(lon_e7) || int4send(lat_e7)
        || float4send(coalesce(speed_kmh, 'NaN')) || float4send(coalesce(heading_deg, 'NaN'))
        || float4send(coalesce(altitude_m, 'NaN')) || int2send(coalesce(satellites, -1::smallint))
        || float8send(coalesce(odometer_km, 'NaN')) || float4send(coalesce(fuel_l, 'NaN')) || int4send(flags),
        ''::bytea order by ts, lon_e7, lat_e7
    ), ''))
    from positions where vehicle_id = of_vehicle and ts between first_at and last_at
$$;

alter table violations add column positions_count bigint, add column positions_sha256 bytea;

update violations v set (positions_count, positions_sha256) = (
    select d.positions_count, d.positions_sha256 from positions_digest(v.vehicle_id, v.start_at, v.end_at) as d
)
where v.withdrawn_at is null;
