-- name: hold
-- A violation to be decided, with its vehicle held against judges until the transaction ends.
select v.id, v.vehicle_id, (select plate from vehicles c where c.id = v.vehicle_id) as plate, v.rule_id, v.rule_version, v.start_at, v.end_at, v.severity, v.provisional, v.insufficient,
    v.evidence, v.withdrawn_at, v.found_now,
    exists (select from marks m where m.vehicle_id = v.vehicle_id and m.since <= greatest(v.end_at, upper(v.found_during)))
        as waits
from violations v
where v.id = %(id)s

-- name: hold_vehicle
-- A judge holds the same row while it judges the vehicle.
select from judge_states s where s.vehicle_id = (select vehicle_id from violations where id = %(id)s) for update

-- name: decide
-- A decision with what it was taken on.
insert into decisions (violation_id, outcome, reason, decided_by, was_found, rule_version, start_at, end_at, evidence,
    positions_count, positions_sha256)
select %(id)s, %(outcome)s, %(reason)s, %(by)s, %(was_found)s, %(rule_version)s, %(start)s, %(end)s, %(evidence)s,
    d.positions_count, d.positions_sha256
from violations v
cross join lateral positions_digest(v.vehicle_id, %(start)s, %(end)s) as d
where v.id = %(id)s
returning id

-- name: settle
-- The violation as it was decided.
update violations v set decision_id = d.id, rule_version = d.rule_version, start_at = d.start_at, end_at = d.end_at,
    evidence = d.evidence, severity = %(severity)s, provisional = %(provisional)s, insufficient = %(insufficient)s,
    positions_count = d.positions_count, positions_sha256 = d.positions_sha256, positions_until = d.end_at,
    found_now = case when d.was_found then null else '[]'::jsonb end, found_during = null, found_otherwise = false,
    positions_now_count = null, positions_now_sha256 = null, evidence_changed = false
from decisions d
where d.id = %(decision)s and v.id = d.violation_id

-- name: note
-- The decision in the violation's history.
insert into violation_changes (violation_id, change, start_at, end_at) values (%(id)s, 'decided', %(start)s, %(end)s)

-- name: mark
-- What else is found at the time of a violation that was decided anew is looked at again.
insert into marks (vehicle_id, since) select vehicle_id, %(since)s from violations where id = %(id)s
