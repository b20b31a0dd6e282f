-- name: states
-- All states, by plate and start.
select s.id, v.plate, s.state, s.during, s.document, s.entered_by
from vehicle_states s join vehicles v on v.id = s.vehicle_id
order by v.plate, lower(s.during) nulls first;

-- name: known_plates
-- Which plates there are.
select plate from vehicles where plate = any(%(plates)s);

-- name: lock_states
-- One saver at a time; readers go on.
lock table vehicle_states in share row exclusive mode;

-- name: stored_states
-- The states of some vehicles.
select s.id, v.plate, s.state, s.during
from vehicle_states s join vehicles v on v.id = s.vehicle_id
where v.plate = any(%(plates)s);

-- name: end_state
-- An open state ends.
update vehicle_states set during = tstzrange(lower(during), %(end)s) where id = %(id)s and upper_inf(during);

-- name: add_state
-- A vehicle is laid up or scrapped.
insert into vehicle_states (vehicle_id, state, during, document, entered_by)
values ((select id from vehicles where plate = %(plate)s), %(state)s, %(during)s, %(document)s, %(entered_by)s);
