-- name: orders
-- The orders of a vehicle that touch a span.
select id, number, vehicle_id, during, reason, destination, filed_at, approved_at, cancelled_at,
    destination_zone, destination_lon_e7, destination_lat_e7, out_of_district, planned_distance_m
from orders
where vehicle_id = %(vehicle_id)s and during && %(span)s
order by lower(during), number;

-- name: waivers
-- The waivers of a vehicle that touch a span and stand.
select id, kind, during, reason
from waivers
where vehicle_id = %(vehicle_id)s and during && %(span)s and withdrawn_at is null
order by lower(during), id;

-- name: known_plates
-- Which plates there are.
select plate from vehicles where plate = any(%(plates)s);

-- name: lock_orders
-- One saver at a time; readers go on.
lock table orders in share row exclusive mode;

-- name: lock_waivers
-- One saver at a time; readers go on.
lock table waivers in share row exclusive mode;

-- name: stored_orders
-- The orders of some numbers.
select number, plate, during, reason, filed_at, destination, approved_at, cancelled_at,
    destination_zone, destination_lon_e7, destination_lat_e7, out_of_district, planned_distance_m
from orders join vehicles on vehicles.id = orders.vehicle_id
where number = any(%(numbers)s);

-- name: numbers_of
-- The numbers of a car's orders that touch a span.
select number from orders join vehicles on vehicles.id = orders.vehicle_id
where plate = %(plate)s and during && %(span)s
order by lower(during), number
limit %(limit)s;

-- name: waivers_of
-- A car's waivers that touch a span and stand.
select kind, during, reason, entered_by from waivers join vehicles on vehicles.id = waivers.vehicle_id
where plate = %(plate)s and during && %(span)s and withdrawn_at is null
order by lower(during), waivers.id
limit %(limit)s;

-- name: save_order
-- An order by its number. The caller writes only what differs: each write marks the vehicle.
insert into orders (
    number, vehicle_id, during, reason, destination, destination_zone, destination_lon_e7, destination_lat_e7,
    out_of_district, planned_distance_m, filed_at, approved_at, cancelled_at
)
values (
    %(number)s, (select id from vehicles where plate = %(plate)s), %(during)s, %(reason)s, %(destination)s,
    %(destination_zone)s, %(destination_lon_e7)s, %(destination_lat_e7)s, %(out_of_district)s,
    %(planned_distance_m)s, %(filed_at)s, %(approved_at)s, %(cancelled_at)s
)
on conflict (number) do update
set vehicle_id = excluded.vehicle_id, during = excluded.during, reason = excluded.reason,
    destination = excluded.destination, destination_zone = excluded.destination_zone,
    destination_lon_e7 = excluded.destination_lon_e7, destination_lat_e7 = excluded.destination_lat_e7,
    out_of_district = excluded.out_of_district, planned_distance_m = excluded.planned_distance_m,
    filed_at = excluded.filed_at,
    approved_at = excluded.approved_at, cancelled_at = excluded.cancelled_at;

-- name: stored_waivers
-- The waivers of some vehicles that stand; a roster's are its own.
select plate, kind, during, reason, entered_by
from waivers join vehicles on vehicles.id = waivers.vehicle_id
where plate = any(%(plates)s) and roster_id is null and withdrawn_at is null;

-- name: add_waiver
-- A waiver.
insert into waivers (vehicle_id, kind, during, reason, entered_by)
values ((select id from vehicles where plate = %(plate)s), %(kind)s, %(during)s, %(reason)s, %(entered_by)s);

-- name: change_waiver
-- Another reason, or another person, for the waiver of a vehicle, kind and span.
update waivers set reason = %(reason)s, entered_by = %(entered_by)s
from vehicles
where vehicles.id = waivers.vehicle_id and plate = %(plate)s and kind = %(kind)s and during = %(during)s
    and roster_id is null and withdrawn_at is null;
