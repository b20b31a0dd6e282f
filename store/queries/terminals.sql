-- name: profile
-- What is known of a tracker: how far its clock is from UTC, in minutes.
select utc_offset_min from trackers where code = %(tracker)s;

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
-- A terminal becomes a tracker of the centre; nothing if it is one.
insert into trackers (code, datum, utc_offset_min) values (%(tracker)s, %(datum)s, %(utc_offset_min)s)
on conflict (code) do nothing returning code;
