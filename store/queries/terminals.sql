-- name: clocks
-- How far the clocks of trackers are from UTC, in minutes; those that are not registered are left out.
select code, utc_offset_min from tracker_profiles where code = any (%(trackers)s);

-- name: gateway_key
-- What authentication codes are made with.
select key from gateway_key;

-- name: present
-- An unknown terminal came, again or for the first time; beyond ten thousand of them new ones are only counted.
insert into presented_terminals (tracker, maker, model, device, plate, address)
select %(tracker)s, %(maker)s, %(model)s, %(device)s, %(plate)s, %(address)s
where exists (select from presented_terminals where tracker = %(tracker)s)
or (select count(*) from presented_terminals) < 10000
on conflict (tracker) do update set last_at = now(), times = presented_terminals.times + 1,
    address = excluded.address,
    maker = coalesce(nullif(excluded.maker, ''), presented_terminals.maker),
    model = coalesce(nullif(excluded.model, ''), presented_terminals.model),
    device = coalesce(nullif(excluded.device, ''), presented_terminals.device),
    plate = coalesce(nullif(excluded.plate, ''), presented_terminals.plate);

-- name: waiting
-- Terminals that came and are still unknown, the latest first.
select p.tracker, p.maker, p.model, p.device, p.plate, p.address, p.first_at, p.last_at, p.times
from presented_terminals p
where not exists (select from trackers t where t.code = p.tracker)
order by p.last_at desc, p.tracker;

-- name: admit
-- A terminal becomes a tracker of the centre, of the model that it told; nothing if it is one. Null: as its model says.
insert into trackers (code, datum, utc_offset_min, model)
values (%(tracker)s, %(datum)s, %(utc_offset_min)s,
    coalesce((select model from presented_terminals where tracker = %(tracker)s), ''))
on conflict (code) do nothing returning code;

-- name: told_model
-- A tracker of the centre told its model; what is known of that already stays.
update trackers set model = %(model)s where code = %(tracker)s and model = '';

-- name: models
-- Models of trackers, those with a profile and those that only came up: how many trackers are of each.
select model, coalesce(m.datum, 'wgs84'), coalesce(m.utc_offset_min, 480), coalesce(m.speed_factor, 1),
    m.model is not null, coalesce(t.trackers, 0)
from tracker_models m
full join (select model, count(*) as trackers from trackers where model <> '' group by model) t using (model)
order by model;

-- name: save_model
-- What trackers of a model have in common; what is not said stays as it is.
insert into tracker_models as known (model, datum, utc_offset_min, speed_factor)
values (%(model)s, coalesce(%(datum)s, 'wgs84'), coalesce(%(utc_offset_min)s, 480), coalesce(%(speed_factor)s, 1))
on conflict (model) do update set datum = coalesce(%(datum)s, known.datum),
    utc_offset_min = coalesce(%(utc_offset_min)s, known.utc_offset_min),
    speed_factor = coalesce(%(speed_factor)s, known.speed_factor);

-- name: set_model
-- These trackers are of a model; those that there are.
update trackers set model = %(model)s where code = any(%(trackers)s) returning code;
