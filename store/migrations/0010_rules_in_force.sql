-- Rules in force: what a centre enters about its rules, above those that are shipped. Append-only: a correction is a
-- new entry. Of the entries that cover a day the newest (the greatest id) counts; days are local, the last excluded.

create table rule_versions (
    id         int generated always as identity primary key,
    rule_id    text not null,
    act        text not null check (act in ('put', 'off', 'on')),
    version    int,
    toml       text,
    during     daterange not null check (not isempty(during) and not lower_inf(during)),
    reason     text not null check (reason <> ''),
    document   text not null default '',
    entered_by text not null check (entered_by <> ''),
    entered_at timestamptz not null default now(),
    check ((act = 'put') = (version is not null and toml is not null))
);
create index on rule_versions (rule_id, version);

-- Settings of a rule for a unit and the units below it, or for all (unit_id null); of a season each year, or of all
-- the year (season null; else such as 05-01..09-30). A setting that is null takes back what was set.
create table rule_settings (
    id         int generated always as identity primary key,
    rule_id    text not null,
    unit_id    int references units,
    during     daterange not null check (not isempty(during) and not lower_inf(during)),
    season     text check (season ~ '^\d\d-\d\d\.\.\d\d-\d\d$'),
    settings   jsonb not null check (jsonb_typeof(settings) = 'object' and settings <> '{}'),
    reason     text not null check (reason <> ''),
    document   text not null default '',
    entered_by text not null check (entered_by <> ''),
    entered_at timestamptz not null default now()
);

create function refuse_edit() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: a correction is a new entry', tg_table_name;
end $$;
create trigger rule_versions_append_only before update or delete on rule_versions
    for each row execute function refuse_edit();
create trigger rule_settings_append_only before update or delete on rule_settings
    for each row execute function refuse_edit();

-- What an entry touches is judged again: its cars, from its first day on. The day before in UTC lies before local
-- midnight, wherever the district is.
create function first_moment(days daterange) returns timestamptz language sql immutable as $$
    select (lower(days) - 1)::timestamp at time zone 'UTC'
$$;

create function mark_unit(of_unit int, from_moment timestamptz) returns void language sql as $$
    with recursive below (id) as (
        select of_unit
        union
        select u.id from units u join below b on u.parent_id = b.id
    )
    insert into marks (vehicle_id, since) select v.id, from_moment from vehicles v join below on below.id = v.unit_id
$$;

create function mark_rule_version() returns trigger language plpgsql as $$
begin
    insert into marks (vehicle_id, since) select id, first_moment(new.during) from vehicles;
    return null;
end $$;
create trigger rule_versions_mark after insert on rule_versions for each row execute function mark_rule_version();

create function mark_rule_setting() returns trigger language plpgsql as $$
begin
    if new.unit_id is null then
        insert into marks (vehicle_id, since) select id, first_moment(new.during) from vehicles;
    else
        perform mark_unit(new.unit_id, first_moment(new.during));
    end if;
    return null;
end $$;
create trigger rule_settings_mark after insert on rule_settings for each row execute function mark_rule_setting();

-- A car's settings are those of its unit: one that moves in the tree, with what is below it, is judged anew.
create function mark_moved_unit() returns trigger language plpgsql as $$
begin
    perform mark_unit(new.id, '-infinity');
    return null;
end $$;
create trigger units_moved_mark after update of parent_id on units for each row
    when (old.parent_id is distinct from new.parent_id) execute function mark_moved_unit();
