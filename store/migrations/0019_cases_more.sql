-- Public tips 群众举报: what somebody told, what the track said of it, what became of it. Only added.

create table tips (
    id          bigint generated always as identity primary key,
    plate       text not null,
    at          timestamptz not null,
    place       text not null default '',
    lon_e7      int,
    lat_e7      int,
    what        text not null check (btrim(what) <> ''),
    tipster     text not null default '', -- who told it, and how to reach them: seen by few
    received_at timestamptz not null,
    entered_by  text not null check (btrim(entered_by) <> ''),
    check ((lon_e7 is null) = (lat_e7 is null))
);
create index on tips (received_at);

create table tip_checks (
    id         bigint generated always as identity primary key,
    tip_id     bigint not null references tips,
    vehicle_id int references vehicles,
    verdict    text not null check (verdict in ('near', 'away', 'no_data', 'no_place')),
    fixes      int not null,
    nearest_m  double precision,
    nearest_at timestamptz,
    at         timestamptz not null,
    actor      text not null
);
create index on tip_checks (tip_id);

create table tip_answers (
    tip_id  bigint primary key references tips,
    case_id bigint references cases, -- null: not borne out
    text    text not null check (btrim(text) <> ''),
    at      timestamptz not null,
    actor   text not null
);
create index on tip_answers (case_id);

create trigger tips_keep before update or delete on tips for each row execute function keep_case_history();
create trigger tip_checks_keep before update or delete on tip_checks for each row execute function keep_case_history();
create trigger tip_answers_keep before update or delete on tip_answers for each row execute function keep_case_history();
