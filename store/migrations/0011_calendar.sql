-- The centre's own calendar becomes entries that are never rewritten. A day, or a year as a whole, counts once somebody
-- else than who entered it has checked it; of several entries that were checked, the one entered last counts.

drop trigger calendar_days_mark on calendar_days;
drop function mark_day();

-- Names are compared without width, case and spaces: 张 三 is 张三.
create function is_another_person(one text, other text) returns boolean language sql immutable parallel safe as $$
    select other is null or lower(regexp_replace(normalize(one, NFKC), '\s', '', 'g'))
        <> lower(regexp_replace(normalize(other, NFKC), '\s', '', 'g'))
$$;

update calendar_days set checked_by = null where not is_another_person(entered_by, checked_by) or checked_by = '';
-- is_off null: the centre takes its day back; the published calendar counts again.
alter table calendar_days
    drop constraint calendar_days_pkey,
    add column id bigint generated always as identity primary key,
    add column entered_at timestamptz not null default now(),
    add column checked_at timestamptz,
    alter column is_off drop not null;
update calendar_days set checked_at = now() where checked_by is not null;
alter table calendar_days
    add check (btrim(entered_by) <> '' and btrim(source) <> '' and btrim(checked_by) <> ''),
    add check ((checked_by is null) = (checked_at is null)),
    add constraint calendar_days_second_checker check (is_another_person(entered_by, checked_by));
create index on calendar_days (day, id desc);

-- The schedule of a year is entered whole: its other days are ordinary ones. is_complete false: it was not, after all.
create table calendar_years (
    id          bigint generated always as identity primary key,
    year        int not null check (year between 2000 and 2199),
    is_complete boolean not null default true,
    source      text not null check (btrim(source) <> ''),
    entered_by  text not null check (btrim(entered_by) <> ''),
    entered_at  timestamptz not null default now(),
    checked_by  text check (btrim(checked_by) <> ''),
    checked_at  timestamptz,
    check ((checked_by is null) = (checked_at is null)),
    constraint calendar_years_second_checker check (is_another_person(entered_by, checked_by))
);
create index on calendar_years (year, id desc);

create view counted_days as
select day, is_off, festival, source
from (select distinct on (day) * from calendar_days where checked_by is not null order by day, id desc) as newest
where is_off is not null;

create view counted_years as
select year
from (select distinct on (year) * from calendar_years where checked_by is not null order by year, id desc) as newest
where is_complete;

create function keep_entry() returns trigger language plpgsql as $$
begin
    -- All that may happen to an entry is that it is checked, once.
    if tg_op = 'UPDATE' and old.checked_by is null and new.checked_by is not null
        and to_jsonb(new) - '{checked_by,checked_at}'::text[] = to_jsonb(old) - '{checked_by,checked_at}'::text[] then
        return new;
    end if;
    raise restrict_violation using
        message = '日历记录只增不改：更正请另行录入 / calendar entries are never rewritten: enter a correction';
end $$;
create trigger calendar_days_keep before update or delete on calendar_days for each row execute function keep_entry();
create trigger calendar_years_keep before update or delete on calendar_years for each row execute function keep_entry();

-- A year that counted while a day of it waits would take that day for an ordinary one.
create function refuse_year_with_waiting_days() returns trigger language plpgsql as $$
begin
    if new.checked_by is not null and new.is_complete and exists (
        select from (select distinct on (day) day, checked_by from calendar_days order by day, id desc) as newest
        where checked_by is null and day between make_date(new.year - 1, 12, 28) and make_date(new.year, 12, 31)
    ) then
        raise restrict_violation using message = format(
            '%s 年还有待复核的日子，请先复核 / days of %s still wait for their second checker: check them first', new.year, new.year
        );
    end if;
    return new;
end $$;
create trigger calendar_years_after_days before insert or update on calendar_years
    for each row execute function refuse_year_with_waiting_days();

-- The first day that may be judged otherwise when a day changes: the first of the days off that it may put together
-- with it. No published run of days off is longer than ten days; with own days off between, runs chain. One more day,
-- as a local day may begin before the one of UTC.
create function judged_otherwise_since(changed date) returns date language plpgsql stable as $$
declare
    since date := changed - 11;
    own   date;
begin
    loop
        select min(day) into own from counted_days where is_off and day >= since and day < changed;
        exit when own is null or own - 11 >= since;
        since := own - 11;
    end loop;
    return since;
end $$;

-- An entry that is not checked changes nothing, nor does one that says what counted before.
create function mark_days() returns trigger language plpgsql as $$
begin
    insert into marks (vehicle_id, since)
    select v.id, s.since::timestamptz
    from (
        select min(judged_otherwise_since(n.day)) as since
        from (
            select distinct on (day) * from calendar_days
            where checked_by is not null and day in (select day from fresh) order by day, id desc
        ) as n
        left join lateral (
            select is_off, festival from calendar_days
            where day = n.day and checked_by is not null and id not in (select id from fresh) order by id desc limit 1
        ) as b on true
        where n.id in (select id from fresh)
        and (n.is_off, coalesce(n.festival, '')) is distinct from (b.is_off, coalesce(b.festival, ''))
    ) as s
    cross join vehicles v
    where s.since is not null;
    return null;
end $$;
create trigger calendar_days_mark_new after insert on calendar_days
    referencing new table as fresh for each statement execute function mark_days();
create trigger calendar_days_mark_checked after update on calendar_days
    referencing new table as fresh for each statement execute function mark_days();

-- A year's schedule tells of its New Year span too, which may begin in the year before.
create function mark_years() returns trigger language plpgsql as $$
begin
    insert into marks (vehicle_id, since)
    select v.id, s.since::timestamptz
    from (
        select min(judged_otherwise_since(make_date(n.year - 1, 12, 28))) as since
        from (
            select distinct on (year) * from calendar_years
            where checked_by is not null and year in (select year from fresh) order by year, id desc
        ) as n
        left join lateral (
            select is_complete from calendar_years
            where year = n.year and checked_by is not null and id not in (select id from fresh) order by id desc limit 1
        ) as b on true
        where n.id in (select id from fresh) and n.is_complete is distinct from coalesce(b.is_complete, false)
    ) as s
    cross join vehicles v
    where s.since is not null;
    return null;
end $$;
create trigger calendar_years_mark_new after insert on calendar_years
    referencing new table as fresh for each statement execute function mark_years();
create trigger calendar_years_mark_checked after update on calendar_years
    referencing new table as fresh for each statement execute function mark_years();

-- Days that nobody had checked counted until now.
insert into marks (vehicle_id, since)
select v.id, s.since::timestamptz
from (select min(judged_otherwise_since(day)) as since from calendar_days where checked_by is null) as s
cross join vehicles v
where s.since is not null;
