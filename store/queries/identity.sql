-- name: fittings_of
-- The trackers of a list of codes and their fittings: place in the list, id, datum, minutes from UTC, factor of
-- speeds, vehicle, and the span in microseconds since 1970 (null for an open end, and for a tracker that was never fitted).
select asked.place - 1, t.id, t.datum, t.utc_offset_min, t.speed_factor, f.vehicle_id,
    (extract(epoch from nullif(lower(f.during), '-infinity')) * 1000000)::bigint,
    (extract(epoch from nullif(upper(f.during), 'infinity')) * 1000000)::bigint
from unnest(%(codes)s::text[]) with ordinality as asked (code, place)
join tracker_profiles t on t.code = asked.code
left join fittings f on f.tracker_id = t.id
order by asked.place, lower(f.during) nulls first;
