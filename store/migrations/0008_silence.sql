-- When each vehicle was first and last heard of, as of its last judging (rules.silence).
alter table judge_states add column heard_from timestamptz, add column heard_until timestamptz;

-- The fleet's time, and what the stored silences were found with: one row, which whoever looks at the fleet locks.
create table fleet_time (
    only_one     boolean primary key default true check (only_one),
    heard_until  timestamptz,
    most_percent double precision
);
insert into fleet_time default values;

-- Times at which so much of the fleet was silent that the platform is to blame. Derived, as gaps and signals are.
create table fleet_silences (
    start_at timestamptz primary key,
    end_at   timestamptz not null check (end_at > start_at)
);

-- Since when the fleet has to be looked at again. Only inserted, as marks are (decision 5).
create table fleet_marks (
    id    bigint generated always as identity primary key,
    since timestamptz not null
);

-- The silences of vehicles that can count, found by where they end.
create index gaps_silent on gaps (end_at) where messages = 0;
create index signals_offline on signals (end_at) where signal = 'offline';

create function mark_fleet_gaps() returns trigger language plpgsql as $$
begin
    insert into fleet_marks (since)
    select min(start_at) from changed where messages = 0 and end_at - start_at >= interval '30 min' having count(*) > 0;
    return null;
end $$;
create trigger gaps_added after insert on gaps referencing new table as changed
    for each statement execute function mark_fleet_gaps();
create trigger gaps_changed after update on gaps referencing new table as changed
    for each statement execute function mark_fleet_gaps();
create trigger gaps_were after update on gaps referencing old table as changed
    for each statement execute function mark_fleet_gaps();
create trigger gaps_removed after delete on gaps referencing old table as changed
    for each statement execute function mark_fleet_gaps();

create function mark_fleet_signals() returns trigger language plpgsql as $$
begin
    insert into fleet_marks (since) select min(start_at) from changed where signal = 'offline' having count(*) > 0;
    return null;
end $$;
create trigger signals_added after insert on signals referencing new table as changed
    for each statement execute function mark_fleet_signals();
create trigger signals_changed after update on signals referencing new table as changed
    for each statement execute function mark_fleet_signals();
create trigger signals_were after update on signals referencing old table as changed
    for each statement execute function mark_fleet_signals();
create trigger signals_removed after delete on signals referencing old table as changed
    for each statement execute function mark_fleet_signals();

-- A vehicle without a tracker is neither silent nor part of the fleet.
create trigger fittings_mark after insert or update or delete on fittings
    for each row execute function mark_vehicle_span();
create function mark_fleet_fittings() returns trigger language plpgsql as $$
begin
    if tg_op in ('UPDATE', 'DELETE') then
        insert into fleet_marks (since) values (coalesce(lower(old.during), '-infinity'));
    end if;
    if tg_op in ('INSERT', 'UPDATE') then
        insert into fleet_marks (since) values (coalesce(lower(new.during), '-infinity'));
    end if;
    return null;
end $$;
create trigger fittings_mark_fleet after insert or update or delete on fittings
    for each row execute function mark_fleet_fittings();
