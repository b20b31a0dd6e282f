-- name: zones
-- All versions of all zones.
select id, name, kind, unit_id, valid, datum_given, boundary_wkb from zones order by id;

-- name: lock
-- One saver at a time; readers go on.
lock table zones in share row exclusive mode;

-- name: stored
-- The versions of zones of some names.
select zone.id, zone.name, zone.valid, zone.boundary_wkb, zone.kind, unit.code
from zones zone left join units unit on unit.id = zone.unit_id
where zone.name = any(%(names)s);

-- name: known_units
-- Which unit codes there are.
select code from units where code = any(%(codes)s);

-- name: end
-- An open version ends.
update zones set valid = tstzrange(lower(valid), %(end)s) where id = %(id)s and upper_inf(valid);

-- name: add
-- A version of a zone.
insert into zones (name, kind, unit_id, valid, datum_given, boundary_wkb, source)
values (
    %(name)s, %(kind)s, (select id from units where code = %(unit_code)s),
    %(valid)s, %(datum_given)s, %(boundary_wkb)s, %(source)s
);
