-- name: stamp
-- Changes whenever something is entered about rules, or the tree of units does while units have settings.
select concat_ws(
    ':',
    (select max(id) from rule_versions),
    (select max(id) from rule_settings),
    case when exists (select from rule_settings where unit_id is not null)
        then (select md5(string_agg(concat_ws('-', id, parent_id), ',' order by id)) from units) end
)

-- name: lock
-- One entry at a time, so that each is checked against all before it.
lock table rule_versions, rule_settings in share row exclusive mode

-- name: versions
-- Changed rules and switches, newest last.
select id, rule_id, act, version, toml, lower(during) as first, upper(during) as until, reason, document, entered_by, entered_at
from rule_versions order by id

-- name: settings
-- Settings of units, newest last.
select s.id, s.rule_id, s.unit_id, u.code as unit_code, u.name as unit_name, lower(s.during) as first, upper(s.during) as until,
    s.season, s.settings, s.reason, s.document, s.entered_by, s.entered_at
from rule_settings s left join units u on u.id = s.unit_id order by s.id

-- name: tree
-- Each unit's parent.
select id, parent_id from units

-- name: unit
-- The unit with a code.
select id from units where code = %(code)s

-- name: add_version
-- A changed rule or a switch.
insert into rule_versions (rule_id, act, version, toml, during, reason, document, entered_by)
values (%(rule_id)s, %(act)s, %(version)s, %(toml)s, daterange(%(first)s, %(until)s), %(reason)s, %(document)s, %(entered_by)s)
returning id

-- name: add_settings
-- Settings of a unit, or of all.
insert into rule_settings (rule_id, unit_id, during, season, settings, reason, document, entered_by)
values (%(rule_id)s, %(unit_id)s, daterange(%(first)s, %(until)s), %(season)s, %(settings)s, %(reason)s, %(document)s, %(entered_by)s)
returning id

-- name: toml_of
-- A version of a rule as it was put in force.
select toml from rule_versions where rule_id = %(rule_id)s and version = %(version)s order by id limit 1

-- name: mark_all
-- All vehicles are to be judged from their first position on: other facts are asked for.
insert into marks (vehicle_id, since) select id, '-infinity' from vehicles
