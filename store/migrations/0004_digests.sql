-- The positions that a violation rests on, in one number that anyone can recompute: docs/evidence.md.
-- Each position's 46 bytes are hashed with the hash before it, so that what goes on being extended goes on from there.
create function digest_step(so_far bytea, begun_with bytea, one bytea) returns bytea language sql immutable parallel safe as $$
    select sha256(coalesce(so_far, begun_with) || one)
$$;
create aggregate digest_chain(bytea, bytea) (sfunc = digest_step, stype = bytea);

-- Of a vehicle's positions from first_at to last_at; after a digest of those up to `until` where one is given.
create function positions_digest(
    of_vehicle int, first_at timestamptz, last_at timestamptz,
    until timestamptz default '-infinity', count_until bigint default 0, sha256_until bytea default sha256(''),
    out positions_count bigint, out positions_sha256 bytea
) language sql stable parallel safe as $$
    select count_until + count(*), coalesce(digest_chain(
        sha256_until,
        timestamptz_send(ts) || int4send(lon_e7) || int4send(lat_e7)
        || float4send(coalesce(speed_kmh, 'NaN')) || float4send(coalesce(heading_deg, 'NaN'))
        || float4send(coalesce(altitude_m, 'NaN')) || int2send(coalesce(satellites, -1::smallint))
        || float8send(coalesce(odometer_km, 'NaN')) || float4send(coalesce(fuel_l, 'NaN')) || int4send(flags)
        order by ts, lon_e7, lat_e7
    ), sha256_until)
    from positions where vehicle_id = of_vehicle and ts between first_at and last_at and ts > until
$$;

-- positions_until: up to when the digest holds the positions; null when it is to be made anew.
alter table violations
    add column positions_count bigint, add column positions_sha256 bytea, add column positions_until timestamptz;

update violations v set (positions_count, positions_sha256, positions_until) = (
    select d.positions_count, d.positions_sha256, v.end_at
    from positions_digest(v.vehicle_id, v.start_at, v.end_at) as d
)
where v.withdrawn_at is null;
