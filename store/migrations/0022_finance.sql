-- The finance gate: claims sheets as they came, what was found of each row, frozen; appeals; which car a card is for.
-- All of it is append-only: checking again is another version, an answered appeal is another entry.

alter table expenses drop constraint expenses_type_check;
alter table expenses add constraint expenses_type_check check (
    type in ('fuel', 'toll', 'repair', 'wash', 'parking', 'insurance', 'inspection', 'towing', 'fine', 'other')
);

create table claims_sheets (
    id         bigint generated always as identity primary key,
    sha256     bytea not null check (length(sha256) = 32),
    worksheet  text not null default '',
    name       text not null,
    content    bytea not null,
    heading_line int not null check (heading_line > 0),
    received_at timestamptz not null,
    unique (sha256, worksheet)
);

-- version: of the sheet, from 1. replaces: an earlier sheet's check that this one corrects, whose rows count no more.
create table finance_checks (
    id         bigint generated always as identity primary key,
    sheet_id   bigint not null references claims_sheets,
    version    int not null check (version > 0),
    replaces   bigint references finance_checks,
    checked_at timestamptz not null,
    checked_by text not null check (btrim(checked_by) <> ''),
    totals     jsonb not null,
    digest     bytea not null check (length(digest) = 32),
    unique (sheet_id, version)
);

-- A row as it was read and what was found. frozen: what was known of the car and the time; null of confidential cars.
create table finance_rows (
    id           bigint generated always as identity primary key,
    check_id     bigint not null references finance_checks,
    line         int not null,
    plate_given  text not null,
    plate        text not null,
    at           timestamptz not null,
    at_precision text not null check (at_precision in ('minute', 'day')),
    type         text not null,
    amount       numeric(14, 2) not null,
    litres       numeric(10, 3),
    fuel_kind    text,
    place        text not null,
    card         text not null,
    invoice      text not null,
    verdict      text not null check (verdict in ('pay', 'verify', 'refuse')),
    reasons      jsonb not null check (jsonb_typeof(reasons) = 'array'),
    frozen       jsonb,
    unique (check_id, line)
);
create index on finance_rows (invoice) where invoice <> '';
create index on finance_rows (plate, at);

create table finance_appeals (
    id          bigint generated always as identity primary key,
    row_id      bigint not null references finance_rows,
    statement   text not null check (btrim(statement) <> ''),
    note        text not null default '',
    appealed_by text not null check (btrim(appealed_by) <> ''),
    appealed_at timestamptz not null
);
create index on finance_appeals (row_id);

-- The verdict that stands from now on; the frozen one stays where it is. Who answers is not who appealed.
create table finance_answers (
    id          bigint generated always as identity primary key,
    appeal_id   bigint not null unique references finance_appeals,
    verdict     text not null check (verdict in ('pay', 'verify', 'refuse')),
    reason      text not null check (btrim(reason) <> ''),
    answered_by text not null check (btrim(answered_by) <> ''),
    answered_at timestamptz not null
);

-- Which car a fuel or ETC card is for, from a moment on; of several entries the one that begins last, then the newest,
-- counts. plate empty: bound to none.
create table card_bindings (
    id         bigint generated always as identity primary key,
    card       text not null check (card <> ''),
    plate      text not null,
    since      timestamptz not null,
    document   text not null default '',
    entered_by text not null,
    entered_at timestamptz not null default now(),
    unique (card, since, plate)
);

create trigger claims_sheets_append_only before update or delete on claims_sheets
    for each row execute function refuse_rewriting();
create trigger finance_checks_append_only before update or delete on finance_checks
    for each row execute function refuse_rewriting();
create trigger finance_rows_append_only before update or delete on finance_rows
    for each row execute function refuse_rewriting();
create trigger finance_appeals_append_only before update or delete on finance_appeals
    for each row execute function refuse_rewriting();
create trigger finance_answers_append_only before update or delete on finance_answers
    for each row execute function refuse_rewriting();
create trigger card_bindings_append_only before update or delete on card_bindings
    for each row execute function refuse_rewriting();

create function refuse_answering_oneself() returns trigger language plpgsql as $$
begin
    if not is_another_person((select appealed_by from finance_appeals where id = new.appeal_id), new.answered_by) then
        raise restrict_violation using
            message = '申诉人不能自己答复 / who appealed does not answer';
    end if;
    return new;
end $$;
create trigger finance_answers_four_eyes before insert on finance_answers
    for each row execute function refuse_answering_oneself();

-- The last version of each sheet that no later check replaces: what counts as claimed before.
create view counting_checks as
select c.* from finance_checks c
where not exists (select from finance_checks later where later.sheet_id = c.sheet_id and later.version > c.version)
and not exists (
    select from finance_checks later
    join finance_checks replaced on replaced.id = later.replaces
    where replaced.sheet_id = c.sheet_id
);
