-- name: lock
-- One saver at a time; readers go on.
lock table expenses in share row exclusive mode;

-- name: stored
-- The last version of each claim of some keys.
select distinct on (key) key, version, plate, plate_given, at, at_precision, type, amount, litres, fuel_kind,
    place, card, invoice, void
from expenses where key = any (%(keys)s)
order by key, version desc;

-- name: add
-- A new entry: a claim, or another version of one.
insert into expenses (
    key, version, plate, plate_given, at, at_precision, type, amount, litres, fuel_kind, place, card, invoice, void,
    source, source_row
)
values (
    %(key)s, %(version)s, %(plate)s, %(plate_given)s, %(at)s, %(at_precision)s, %(type)s, %(amount)s, %(litres)s,
    %(fuel_kind)s, %(place)s, %(card)s, %(invoice)s, %(void)s, %(source)s, %(source_row)s
);

-- name: known_plates
-- Which of some plates the register knows.
select plate from vehicles where plate = any (%(plates)s);

-- name: claimed_for
-- Which vehicles have a claim, in whatever version, from a moment on.
select k.vehicle_id
from unnest(%(vehicles)s::int[], %(since)s::timestamptz[]) as k (vehicle_id, since)
join vehicles v on v.id = k.vehicle_id
where exists (select from expenses e where e.plate = v.plate and e.at >= k.since)
order by k.vehicle_id

-- name: counting
-- The claims that count of some vehicles, each from a moment on.
select k.vehicle_id, e.id, e.plate, e.at, e.at_precision, e.type, e.amount, e.litres, e.fuel_kind, e.place, e.card, e.invoice
from unnest(%(vehicles)s::int[], %(since)s::timestamptz[]) as k (vehicle_id, since)
join vehicles v on v.id = k.vehicle_id
join counting_expenses e on e.plate = v.plate and e.at >= k.since
order by k.vehicle_id, e.at, e.id

-- name: tanks
-- What the register says of the fuel of some vehicles.
select id, fuel_kind, tank_l, second_tank_l, norm_l_per_100km from vehicles where id = any (%(vehicles)s)

-- name: positions_around
-- Positions around some moments of vehicles, each in a row, its columns arrays in binary.
select k.vehicle_id, p.*
from unnest(%(vehicles)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[]) as k (vehicle_id, since, until)
cross join lateral (
    select array_send(array_agg(p.ts)), array_send(array_agg(p.lon_e7)), array_send(array_agg(p.lat_e7)),
        array_send(array_agg(p.flags))
    from positions p where p.vehicle_id = k.vehicle_id and p.ts between k.since and k.until
    having count(*) > 0
) as p
