-- name: duties_of
-- The duties of a roster that stand, of the vehicles within the scope.
select waivers.id, plate, during, reason
from waivers join vehicles on vehicles.id = waivers.vehicle_id join rosters on rosters.id = waivers.roster_id
where rosters.name = %(name)s and waivers.withdrawn_at is null
    and (%(confidential)s or use_class <> 'confidential_mail')
    and (%(unit_ids)s::int[] is null or vehicles.unit_id = any (%(unit_ids)s))
order by lower(during), plate;

-- name: add_roster
-- A reading of a roster that changes something.
insert into rosters (name, source, sha256) values (%(name)s, %(source)s, %(sha256)s) returning id;

-- name: withdraw_duties
-- Duties that the roster names no more; they stay readable.
update waivers set withdrawn_at = now(), withdrawn_by = %(roster_id)s where id = any(%(ids)s);

-- name: add_duty
-- A duty of a roster.
insert into waivers (vehicle_id, kind, during, reason, roster_id)
values ((select id from vehicles where plate = %(plate)s), 'duty', %(during)s, %(reason)s, %(roster_id)s);
