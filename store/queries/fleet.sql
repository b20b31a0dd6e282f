-- name: units
-- All units.
select id, code, name, parent_id from units order by id;

-- name: vehicles
-- All vehicles.
select id, plate, unit_id, use_class, model from vehicles order by id;

-- name: tracker_ids
-- Codes and ids of all trackers.
select code, id from trackers;

-- name: lock_units
-- One saver at a time; readers and whoever refers to the table go on.
lock table units in share row exclusive mode;

-- name: lock_vehicles
-- One saver at a time; readers and whoever refers to the table go on.
lock table vehicles in share row exclusive mode;

-- name: lock_trackers
-- One saver at a time; readers and whoever refers to the table go on.
lock table trackers in share row exclusive mode;

-- name: lock_fittings
-- One saver at a time; readers go on.
lock table fittings in share row exclusive mode;

-- name: lock_enrolments
-- One saver at a time; readers go on.
lock table enrolments in share row exclusive mode;

-- name: stored_units
-- Units by their codes.
select unit.code, unit.name, parent.code
from units unit left join units parent on parent.id = unit.parent_id;

-- name: save_unit
-- A unit by its code; its parent is set afterwards, when all are there.
insert into units (code, name) values (%(code)s, %(name)s)
on conflict (code) do update set name = excluded.name where units.name is distinct from excluded.name;

-- name: set_parent
-- The unit above a unit.
update units set parent_id = parent.id
from units parent
where units.code = %(code)s and parent.code = %(parent_code)s and units.parent_id is distinct from parent.id;

-- name: stored_vehicles
-- The vehicles of some plates.
select vehicle.plate, unit.code, vehicle.use_class, vehicle.model,
    vehicle.fuel_kind, vehicle.tank_l, vehicle.second_tank_l, vehicle.norm_l_per_100km
from vehicles vehicle join units unit on unit.id = vehicle.unit_id
where vehicle.plate = any(%(plates)s);

-- name: save_vehicle
-- A vehicle by its plate.
insert into vehicles (plate, unit_id, use_class, model, fuel_kind, tank_l, second_tank_l, norm_l_per_100km)
values (
    %(plate)s, (select id from units where code = %(unit_code)s), %(use_class)s, %(model)s,
    %(fuel_kind)s, %(tank_l)s, %(second_tank_l)s, %(norm_l_per_100km)s
)
on conflict (plate) do update
set unit_id = excluded.unit_id, use_class = excluded.use_class, model = excluded.model,
    fuel_kind = excluded.fuel_kind, tank_l = excluded.tank_l, second_tank_l = excluded.second_tank_l,
    norm_l_per_100km = excluded.norm_l_per_100km
where (vehicles.unit_id, vehicles.use_class, vehicles.model, vehicles.fuel_kind, vehicles.tank_l,
        vehicles.second_tank_l, vehicles.norm_l_per_100km)
    is distinct from (excluded.unit_id, excluded.use_class, excluded.model, excluded.fuel_kind, excluded.tank_l,
        excluded.second_tank_l, excluded.norm_l_per_100km);

-- name: stored_vehicle_units
-- The units of some vehicles over time, by vehicle and beginning.
select history.id, vehicle.plate, unit.code, history.during
from vehicle_units history
join vehicles vehicle on vehicle.id = history.vehicle_id
join units unit on unit.id = history.unit_id
where vehicle.plate = any(%(plates)s)
order by vehicle.plate, history.during;

-- name: supersede_vehicle_units
-- Spans that were wrong, kept aside with the reason.
with wrong as (delete from vehicle_units where id = any(%(ids)s) returning id, vehicle_id, unit_id, during)
insert into superseded_vehicle_units (id, vehicle_id, unit_id, during, superseded_because)
select id, vehicle_id, unit_id, during, %(because)s from wrong;

-- name: end_vehicle_unit
-- Up to when a vehicle belonged to a unit.
update vehicle_units set during = tstzrange(lower(during), %(end)s) where id = %(id)s;

-- name: add_vehicle_unit
-- A vehicle belongs to a unit.
insert into vehicle_units (vehicle_id, unit_id, during)
values (
    (select id from vehicles where plate = %(plate)s), (select id from units where code = %(unit_code)s), %(during)s
);

-- name: stored_trackers
-- The trackers of some codes.
select code, datum, utc_offset_min, model, maker, note from trackers where code = any(%(codes)s);

-- name: save_tracker
-- A tracker by its code.
insert into trackers (code, datum, utc_offset_min, model, maker, note)
values (%(code)s, %(datum)s, %(utc_offset_min)s, %(model)s, %(maker)s, %(note)s)
on conflict (code) do update
set datum = excluded.datum, utc_offset_min = excluded.utc_offset_min, model = excluded.model,
    maker = excluded.maker, note = excluded.note;

-- name: stored_fittings
-- The fittings of some trackers or vehicles.
select fitting.id, tracker.code, vehicle.plate, fitting.during
from fittings fitting
join trackers tracker on tracker.id = fitting.tracker_id
join vehicles vehicle on vehicle.id = fitting.vehicle_id
where tracker.code = any(%(trackers)s) or vehicle.plate = any(%(plates)s);

-- name: end_fitting
-- An open fitting ends.
update fittings set during = tstzrange(lower(during), %(end)s) where id = %(id)s and upper_inf(during);

-- name: add_fitting
-- A tracker is fitted to a vehicle.
insert into fittings (tracker_id, vehicle_id, during)
values (
    (select id from trackers where code = %(tracker)s),
    (select id from vehicles where plate = %(plate)s),
    %(during)s
);

-- name: stored_enrolments
-- The enrolments of some vehicles.
select enrolment.id, vehicle.plate, enrolment.during
from enrolments enrolment join vehicles vehicle on vehicle.id = enrolment.vehicle_id
where vehicle.plate = any(%(plates)s);

-- name: end_enrolment
-- An open enrolment ends.
update enrolments set during = tstzrange(lower(during), %(end)s) where id = %(id)s and upper_inf(during);

-- name: add_enrolment
-- A vehicle is enrolled.
insert into enrolments (vehicle_id, during)
values ((select id from vehicles where plate = %(plate)s), %(during)s);
