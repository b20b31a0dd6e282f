-- What a person has decided stands, and poor data accuses nobody.

-- Evidence that is insufficient (docs/rules.md): kept apart, no alert, not counted as found.
alter table violations add column insufficient boolean not null default false;

-- Decisions are entries. Each holds what it was taken on; the newest of a violation counts.
create table decisions (
    id               bigint generated always as identity primary key,
    violation_id     bigint not null references violations,
    outcome          text not null
        check (outcome in ('violation', 'procedural', 'justified', 'device_fault', 'insufficient_evidence')),
    reason           text not null check (btrim(reason) <> ''),
    decided_by       text not null check (btrim(decided_by) <> ''),
    decided_at       timestamptz not null default now(),
    was_found        boolean not null, -- false: judging found nothing any more when it was taken
    rule_version     int not null,
    start_at         timestamptz not null,
    end_at           timestamptz not null,
    evidence         jsonb not null,
    positions_count  bigint,
    positions_sha256 bytea
);
create index on decisions (violation_id);

-- A decided violation's row stays as it was decided. What judging finds now at that time stands beside it, where it is
-- not the very same: found_now (an array, empty when nothing is found), found_during (from its first start to its last
-- end), found_otherwise (whether it differs in what matters), and the digest of the positions there are now.
alter table violations
    add column decision_id bigint references decisions,
    add column found_now jsonb,
    add column found_during tstzrange,
    add column found_otherwise boolean not null default false,
    add column positions_now_count bigint,
    add column positions_now_sha256 bytea;

alter table violation_changes
    drop constraint violation_changes_change_check,
    add constraint violation_changes_change_check check (change in (
        'found', 'extended', 'shrunk', 'moved', 'withdrawn', 'decided', 'evidence_changed', 'as_decided'
    ));

create function keep_decision() returns trigger language plpgsql as $$
begin
    raise restrict_violation using
        message = '处理决定只增不改：请另作决定 / decisions are never rewritten: decide again';
end $$;
create trigger decisions_keep before update or delete on decisions for each row execute function keep_decision();

create function confirm_what_is_known() returns trigger language plpgsql as $$
begin
    if new.outcome in ('violation', 'procedural') and (not new.was_found or exists (
        select from violations where id = new.violation_id and (provisional or insufficient or withdrawn_at is not null)
        and found_now is null
    )) then
        raise restrict_violation using
            message = '暂定、证据不足或已撤回的疑似违规不得确认 / provisional, insufficient or withdrawn: cannot be confirmed';
    end if;
    return new;
end $$;
create trigger decisions_confirm before insert on decisions for each row execute function confirm_what_is_known();

-- Only another decision changes what was decided.
create function keep_decided() returns trigger language plpgsql as $$
begin
    if old.decision_id is not null and new.decision_id is not distinct from old.decision_id and (
        new.vehicle_id, new.rule_id, new.rule_version, new.start_at, new.end_at, new.severity, new.provisional,
        new.insufficient, new.evidence, new.withdrawn_at, new.positions_count, new.positions_sha256
    ) is distinct from (
        old.vehicle_id, old.rule_id, old.rule_version, old.start_at, old.end_at, old.severity, old.provisional,
        old.insufficient, old.evidence, old.withdrawn_at, old.positions_count, old.positions_sha256
    ) or old.decision_id is not null and new.decision_id is null then
        raise restrict_violation using
            message = '已作决定的疑似违规不得改动 / a violation that was decided is not changed';
    end if;
    return new;
end $$;
create trigger violations_keep_decided before update on violations for each row execute function keep_decided();
