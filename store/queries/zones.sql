-- name: zones
-- All versions of all zones that count.
select id, name, kind, unit_id, valid, datum_given, boundary_wkb from zones where superseded_at is null order by id;

-- name: zones_by_id
-- Versions by their ids, superseded ones too.
select id, name, kind, unit_id, valid, datum_given, boundary_wkb from zones where id = any(%(ids)s) order by id;

-- name: zones_told
-- All versions that count, with the unit by its name, or by its code where two units have that name.
select zone.name, zone.kind, zone.boundary_wkb,
    case when (select count(*) from units other where other.name = unit.name) > 1 then unit.code else unit.name end,
    zone.valid, zone.source
from zones zone left join units unit on unit.id = zone.unit_id
where zone.superseded_at is null
order by zone.name, lower(zone.valid) nulls first;

-- name: lock
-- One saver at a time; readers go on.
lock table zones in share row exclusive mode;

-- name: stored
-- The versions of zones of some names that count.
select zone.id, zone.name, zone.valid, zone.boundary_wkb, zone.kind, unit.code
from zones zone left join units unit on unit.id = zone.unit_id
where zone.name = any(%(names)s) and zone.superseded_at is null;

-- name: known_units
-- Which unit codes there are.
select code from units where code = any(%(codes)s);

-- name: supersede
-- Versions that were wrong count no more.
update zones set superseded_at = now(), superseded_because = %(because)s where id = any(%(ids)s);

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
