-- What the registry says of a car: enrolments are judged by (R01), and cars are laid up or scrapped (R17).

create table vehicle_states (
    id         int generated always as identity primary key,
    vehicle_id int not null references vehicles,
    state      text not null check (state in ('laid_up', 'scrapped')),
    during     tstzrange not null check (not isempty(during)),
    document   text not null,
    entered_by text not null default '',
    entered_at timestamptz not null default now(),
    exclude using gist (vehicle_id with =, during with &&)
);

alter table waivers drop constraint waivers_kind_check;
alter table waivers add constraint waivers_kind_check
    check (kind in ('duty', 'emergency', 'repair', 'test_drive', 'other'));

-- To be judged again: from where the span changed. One that only ends earlier or later is the same until the earlier end.
create function mark_vehicle_history() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and to_jsonb(old) - 'during' = to_jsonb(new) - 'during'
        and lower(old.during) is not distinct from lower(new.during)
    then
        insert into marks (vehicle_id, since)
        values (new.vehicle_id, least(coalesce(upper(old.during), 'infinity'), coalesce(upper(new.during), 'infinity')));
        return null;
    end if;
    if tg_op in ('UPDATE', 'DELETE') then
        insert into marks (vehicle_id, since) values (old.vehicle_id, coalesce(lower(old.during), '-infinity'));
    end if;
    if tg_op in ('INSERT', 'UPDATE') then
        insert into marks (vehicle_id, since) values (new.vehicle_id, coalesce(lower(new.during), '-infinity'));
    end if;
    return null;
end $$;
create trigger enrolments_mark after insert or update or delete on enrolments
    for each row execute function mark_vehicle_history();
create trigger vehicle_states_mark after insert or update or delete on vehicle_states
    for each row execute function mark_vehicle_history();

-- The class of use excuses from some rules, whenever they were broken.
create function mark_vehicle() returns trigger language plpgsql as $$
begin
    insert into marks (vehicle_id, since) values (new.id, '-infinity');
    return null;
end $$;
create trigger vehicles_mark_class after update of use_class on vehicles
    for each row when (old.use_class is distinct from new.use_class) execute function mark_vehicle();
