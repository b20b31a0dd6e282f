-- Cases 案件: what people did to them is appended; the row of a case only repeats what its events make of it.

create table cases (
    id          bigint generated always as identity primary key,
    vehicle_id  int not null references vehicles,
    unit_id     int not null references units, -- the vehicle's when the case was opened
    opened_at   timestamptz not null,
    state       text not null
        check (state in ('detected', 'verifying', 'statement', 'decided', 'handling', 'rectifying', 'closed')),
    step        text,
    since       timestamptz not null,
    deadline    date, -- where people told one; else it follows from the step and since
    round       int not null default 1,
    outcome     text check (outcome in ('violation', 'procedural', 'justified', 'device_fault', 'insufficient_evidence')),
    events      int not null default 0,
    check ((step is null) = (state = 'closed'))
);
create index on cases (vehicle_id);
create index on cases (unit_id, opened_at);
create index on cases (opened_at) where state <> 'closed';

create table case_events (
    case_id      bigint not null references cases,
    number       int not null check (number > 0),
    act          text not null check (act ~ '^[a-z][a-z_]*$'),
    at           timestamptz not null,
    actor        text not null check (btrim(actor) <> ''),
    role         text not null,
    text         text not null default '',
    outcome      text,
    violation_id bigint references violations,
    person       text not null default '',
    deadline     date,
    sanction     jsonb,
    primary key (case_id, number)
);

-- A violation is in one case at a time.
create table case_violations (
    case_id      bigint not null references cases,
    violation_id bigint not null references violations,
    joined       int not null, -- number of the event
    left_out     int,
    primary key (case_id, violation_id, joined)
);
create unique index on case_violations (violation_id) where left_out is null;

-- Papers that came with an event: their type was told from their content.
create table case_files (
    id         bigint generated always as identity primary key,
    case_id    bigint not null,
    event      int not null,
    name       text not null,
    media_type text not null,
    content    bytea not null check (length(content) > 0),
    sha256     bytea not null check (length(sha256) = 32),
    foreign key (case_id, event) references case_events
);
create index on case_files (case_id);

-- Points of units: what a case cost, and what was given back when it was reopened.
create table point_entries (
    id      bigint generated always as identity primary key,
    unit_id int not null references units,
    year    int not null,
    change  int not null check (change <> 0),
    case_id bigint not null,
    event   int not null,
    at      timestamptz not null,
    foreign key (case_id, event) references case_events
);
create index on point_entries (year, unit_id);
create index on point_entries (case_id);

-- What was due to be sent: each once, by its key.
create table office_notices (
    id          bigint generated always as identity primary key,
    key         text not null unique,
    case_id     bigint references cases,
    unit_id     int not null references units,
    kind        text not null check (kind in ('soon', 'overdue', 'letter', 'points_remind', 'points_letter')),
    step        text,
    duty        text,
    due         date,
    provisional boolean not null default false,
    points      int,
    at          timestamptz not null
);
create index on office_notices (case_id);

create function keep_case_history() returns trigger language plpgsql as $$
begin
    raise restrict_violation using
        message = '案件记录只增不改 / the history of cases is never rewritten';
end $$;
create trigger case_events_keep before update or delete on case_events for each row execute function keep_case_history();
create trigger case_files_keep before update or delete on case_files for each row execute function keep_case_history();
create trigger point_entries_keep before update or delete on point_entries
    for each row execute function keep_case_history();
create trigger office_notices_keep before update or delete on office_notices
    for each row execute function keep_case_history();

-- Four eyes, whoever writes: nobody decides a case that they verified.
create function keep_four_eyes() returns trigger language plpgsql as $$
begin
    if new.act = 'decide' and exists (
        select from case_events e
        where e.case_id = new.case_id and e.act in ('take', 'ask', 'spare') and not is_another_person(e.actor, new.actor)
    ) then
        raise restrict_violation using
            message = '核实人不得作出认定 / who verified a case does not decide it';
    end if;
    return new;
end $$;
create trigger case_events_four_eyes before insert on case_events for each row execute function keep_four_eyes();
