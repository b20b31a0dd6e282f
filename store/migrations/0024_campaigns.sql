-- Holiday campaigns (decision 0032): opened by the calendar, moved or withdrawn by it; what was told stands as it was
-- written. All of it is entries that stand for ever.

-- What became of a campaign, entry by entry. The newest one of a key tells its days.
create table campaign_entries (
    id        int generated always as identity primary key,
    key       text not null check (key ~ '^[0-9]{4}-[a-z0-9-]+$'),
    turn      text not null check (turn in ('opened', 'moved', 'withdrawn', 'changed', 'gone')),
    first     date not null,
    last      date not null check (last >= first),
    festivals text[] not null check (cardinality(festivals) > 0),
    opens     date not null check (opens < first),
    closes    date not null check (closes > last),
    provisional boolean not null,
    at        timestamptz not null
);
create index on campaign_entries (key, id);

create view campaigns as
select distinct on (key) key, turn, first, last, festivals, opens, closes, provisional, id as entry_id, at as turned_at
from campaign_entries order by key, id desc;

-- What a campaign told, frozen as it was written: a line a car, as oversight.campaign_figures has it.
create table campaign_papers (
    id         int generated always as identity primary key,
    key        text not null,
    kind       text not null check (kind in ('notice', 'list', 'progress', 'digest', 'summary')),
    day        date not null, -- of a digest the day that it tells of, of a notice the first day of the holiday
    content    text not null, -- JSON
    sha256     bytea not null check (sha256 = sha256(convert_to(content, 'UTF8'))),
    written_at timestamptz not null,
    unique (key, kind, day)
);

-- A unit asks not to seal a car; the head answers. What is granted is a waiver.
create table campaign_exemptions (
    id           int generated always as identity primary key,
    key          text not null,
    vehicle_id   int not null references vehicles,
    kind         text not null check (kind in ('duty', 'emergency', 'repair', 'other')),
    first        date not null,
    last         date not null check (last >= first),
    reason       text not null check (btrim(reason) <> ''),
    requested_by text not null check (btrim(requested_by) <> ''),
    requested_at timestamptz not null
);
create index on campaign_exemptions (key);
create index on campaign_exemptions (vehicle_id);

create table campaign_answers (
    exemption_id int primary key references campaign_exemptions,
    granted      boolean not null,
    reason       text not null,
    answered_by  text not null check (btrim(answered_by) <> ''),
    answered_at  timestamptz not null,
    waiver_id    int references waivers,
    check (granted = (waiver_id is not null)),
    check (granted or btrim(reason) <> '')
);

-- The unit says that a car is sealed: parked at home, its key handed in.
create table campaign_seals (
    key          text not null,
    vehicle_id   int not null references vehicles,
    confirmed_by text not null check (btrim(confirmed_by) <> ''),
    confirmed_at timestamptz not null,
    primary key (key, vehicle_id)
);

create function keep_campaign() returns trigger language plpgsql as $$
begin
    raise restrict_violation using
        message = '假期专项的记录只增不改 / what is written about a campaign is neither changed nor removed';
end $$;

do $$
declare
    kept text;
begin
    foreach kept in array array['campaign_entries', 'campaign_papers', 'campaign_exemptions', 'campaign_answers', 'campaign_seals'] loop
        execute format('create trigger %1$s_keep before update or delete on %1$I for each row execute function keep_campaign()', kept);
        execute format('create trigger %1$s_keep_all before truncate on %1$I for each statement execute function keep_campaign()', kept);
    end loop;
end $$;

create function answered_by_another() returns trigger language plpgsql as $$
begin
    if not (select is_another_person(requested_by, new.answered_by) from campaign_exemptions where id = new.exemption_id) then
        raise restrict_violation using
            message = '申请人不能审批自己的申请 / who asked cannot answer: it takes two people';
    end if;
    return new;
end $$;
create trigger campaign_answers_other before insert on campaign_answers
    for each row execute function answered_by_another();
