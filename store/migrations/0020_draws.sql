-- The weekly draw (decision 0027): a seed is committed, a frame frozen, cars chosen; each chosen car has a sheet.
-- All of it is entries that stand for ever. A week has one draw; another one of the same week has its reason.

create table draw_commitments (
    week         date not null check (extract(isodow from week) = 1), -- its Monday
    attempt      int not null check (attempt > 0),
    seed         bytea not null unique check (length(seed) = 32),
    key          bytea not null check (length(key) = 32), -- of pseudonyms, never published
    committed_at timestamptz not null,
    committed_by text not null check (btrim(committed_by) <> ''),
    reason       text check (btrim(reason) <> ''), -- why another draw is wanted
    primary key (week, attempt),
    check ((attempt = 1) = (reason is null))
);

create table draws (
    id           int generated always as identity primary key,
    week         date not null,
    attempt      int not null,
    frozen_at    timestamptz not null,
    drawn_by     text not null check (btrim(drawn_by) <> ''),
    digest       bytea not null unique check (length(digest) = 32),
    published    text not null, -- JSON, as oversight.draw.publish gives it
    unique (week, attempt),
    foreign key (week, attempt) references draw_commitments
);

-- The frame, and which car stands behind each name: behind a pseudonym this is the only place that tells.
create table draw_cars (
    draw_id    int not null references draws,
    vehicle_id int not null references vehicles,
    name       text not null,
    primary key (draw_id, vehicle_id),
    unique (draw_id, name)
);
create index on draw_cars (vehicle_id);

create table draw_sheets (
    draw_id    int not null,
    vehicle_id int not null,
    why        text not null check (why in ('drawn', 'overdue')),
    primary key (draw_id, vehicle_id),
    foreign key (draw_id, vehicle_id) references draw_cars
);
create index on draw_sheets (vehicle_id);

-- What the reviewer found, signed, with the facts as they stood on the sheet then.
create table sheet_findings (
    draw_id    int not null,
    vehicle_id int not null,
    finding    text not null check (finding in ('nothing', 'doubtful', 'device_problem', 'no_data')),
    note       text not null default '',
    facts      jsonb not null,
    signed_by  text not null check (btrim(signed_by) <> ''),
    signed_at  timestamptz not null,
    primary key (draw_id, vehicle_id),
    foreign key (draw_id, vehicle_id) references draw_sheets,
    check (finding in ('nothing', 'no_data') or btrim(note) <> '')
);

create view standing_draws as
select distinct on (week) id, week, attempt, frozen_at, drawn_by, digest
from draws order by week, attempt desc;

create function keep_draw() returns trigger language plpgsql as $$
begin
    raise restrict_violation using
        message = '抽签及抽查记录只增不改 / draws and their sheets are neither changed nor removed';
end $$;

do $$
declare
    kept text;
begin
    foreach kept in array array['draw_commitments', 'draws', 'draw_cars', 'draw_sheets', 'sheet_findings'] loop
        execute format('create trigger %1$s_keep before update or delete on %1$I for each row execute function keep_draw()', kept);
        execute format('create trigger %1$s_keep_all before truncate on %1$I for each statement execute function keep_draw()', kept);
    end loop;
end $$;

create function draw_after_its_commitment() returns trigger language plpgsql as $$
begin
    if not exists (
        select from draw_commitments where week = new.week and attempt = new.attempt and committed_at < new.frozen_at
    ) then
        raise restrict_violation using
            message = '须先承诺种子，后固定名单 / the seed is committed before the frame is frozen';
    end if;
    return new;
end $$;
create trigger draws_after_commitment before insert on draws for each row execute function draw_after_its_commitment();

create function sign_standing_draw() returns trigger language plpgsql as $$
begin
    if not exists (select from standing_draws where id = new.draw_id) then
        raise restrict_violation using
            message = '该次抽签已被重抽取代 / another draw has taken the place of this one';
    end if;
    return new;
end $$;
create trigger sheet_findings_standing before insert on sheet_findings
    for each row execute function sign_standing_draw();
