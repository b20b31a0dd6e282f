-- name: targets
-- Targets by name, without their secrets, with their units and those below.
select t.id, t.name, t.address, t.signing_key <> '' as is_webhook, t.roles, t.unit_id, n.code as unit_code, n.name as unit,
    t.kinds, t.least_severity, t.is_for_confidential, t.language, t.quiet_from, t.quiet_until, t.breaks_quiet,
    t.again_when_unsure, t.enabled,
    case when t.unit_id is not null then array(
        with recursive below as (
            select t.unit_id as id union select n.id from units n join below on n.parent_id = below.id
        ) select id from below
    ) end as unit_ids
from targets t left join units n on n.id = t.unit_id
where (%(id)s::int is null or t.id = %(id)s)
order by not t.enabled, t.name

-- name: door
-- Where a target is, and what signs for it: both secret.
select address, signing_key from targets where id = %(id)s

-- name: lock_targets
-- One change of targets at a time; senders go on.
lock table targets in share row exclusive mode

-- name: id_of
-- The target of this name.
select id from targets where name = %(name)s

-- name: add
-- A new target.
insert into targets (name, address, signing_key, roles, unit_id, kinds, least_severity, is_for_confidential, language,
    quiet_from, quiet_until, breaks_quiet, again_when_unsure, enabled)
values (%(name)s, %(address)s, %(signing_key)s, %(roles)s::text[], %(unit_id)s, %(kinds)s::text[], %(least_severity)s,
    %(is_for_confidential)s, %(language)s, %(quiet_from)s, %(quiet_until)s, %(breaks_quiet)s, %(again_when_unsure)s, true)
returning id

-- name: change
-- A target as it is from now on; its address and key where new ones are given.
update targets set name = %(name)s, address = coalesce(%(address)s, address),
    signing_key = coalesce(%(signing_key)s, signing_key), roles = %(roles)s::text[], unit_id = %(unit_id)s,
    kinds = %(kinds)s::text[], least_severity = %(least_severity)s, is_for_confidential = %(is_for_confidential)s,
    language = %(language)s, quiet_from = %(quiet_from)s, quiet_until = %(quiet_until)s, breaks_quiet = %(breaks_quiet)s,
    again_when_unsure = %(again_when_unsure)s
where id = %(id)s

-- name: look_again
-- What waits for quiet hours to end is looked at anew: they may be others now.
update deliveries set next_at = %(at)s where target_id = %(id)s and state = 'waiting' and waits_for = 'quiet'

-- name: enable
-- Whether letters go to a target.
update targets set enabled = %(enabled)s where id = %(id)s

-- name: drop_waiting
-- What waits for a target is not sent.
update deliveries set state = 'withdrawn', settled_at = %(at)s, waits_for = '' where target_id = %(id)s and state = 'waiting'
