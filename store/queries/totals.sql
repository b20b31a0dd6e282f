-- name: totals
-- How many positions, and trips that begin, in a span
select
    (select count(*) from positions where ts >= lower(%(span)s) and ts < upper(%(span)s)) as positions,
    (select count(*) from trips where start_at >= lower(%(span)s) and start_at < upper(%(span)s)) as trips
