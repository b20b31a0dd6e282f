-- Reports 报告 that were issued, as they were frozen (decision 0031): entries that stand for ever. Issuing again is
-- another version that names the one it replaces. Numbers 发文字号 count from 1 in each year without holes.

create table reports (
    id        bigint generated always as identity primary key,
    kind      text not null check (kind in ('spot_check', 'week', 'ranking', 'holiday', 'bulletin', 'case_file')),
    period    text not null check (period <> ''), -- 2026-W41, 2026-09, 2026-10-01, 12
    version   int not null check (version > 0),
    replaces  bigint unique references reports,
    prefix    text not null check (btrim(prefix) <> ''),
    year      int not null,
    number    int not null check (number > 0),
    issued_at timestamptz not null,
    issued_by text not null check (btrim(issued_by) <> ''),
    role      text not null,
    made_by   text not null, -- version of the program
    case_id   bigint references cases,
    plates    text[] not null default '{}', -- whose tracks are drawn in it: reading it is a look at them
    unique (kind, period, version),
    unique (year, number),
    check ((version = 1) = (replaces is null)),
    check ((kind = 'case_file') = (case_id is not null))
);
create index on reports (issued_at);

-- What it says, one text a language: canonical JSON of oversight.document.
create table report_texts (
    report_id bigint not null references reports,
    language  text not null check (language in ('zh', 'en')),
    content   bytea not null,
    digest    bytea not null check (digest = sha256(content)),
    primary key (report_id, language)
);

-- The units that a bulletin names, whose managers may read it.
create table report_units (
    report_id bigint not null references reports,
    unit_id   int not null references units,
    primary key (report_id, unit_id)
);
create index on report_units (unit_id);

create function keep_reports() returns trigger language plpgsql as $$
begin
    raise restrict_violation using
        message = '已签发的报告只增不改 / issued reports are neither changed nor removed';
end $$;

do $$
declare
    kept text;
begin
    foreach kept in array array['reports', 'report_texts', 'report_units'] loop
        execute format('create trigger %1$s_keep before update or delete on %1$I for each row execute function keep_reports()', kept);
        execute format('create trigger %1$s_keep_all before truncate on %1$I for each statement execute function keep_reports()', kept);
    end loop;
end $$;

create function follow_reports() returns trigger language plpgsql as $$
begin
    if new.number <> (select coalesce(max(r.number), 0) + 1 from reports r where r.year = new.year) then
        raise restrict_violation using
            message = '发文字号须逐号连续 / numbers of a year follow each other without holes';
    end if;
    if new.replaces is not null and not exists (
        select from reports r
        where r.id = new.replaces and r.kind = new.kind and r.period = new.period and r.version = new.version - 1
    ) then
        raise restrict_violation using
            message = '新版本须取代同一报告的上一版本 / a version replaces the one before it of the same report';
    end if;
    return new;
end $$;
create trigger reports_follow before insert on reports for each row execute function follow_reports();
