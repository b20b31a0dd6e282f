-- Which unit a vehicle belonged to, and when (decision 40). The spans follow each other without a gap, the first from
-- the beginning of time, the last without an end; a change counts from the beginning of a local day.
create table vehicle_units (
    id         int generated always as identity primary key,
    vehicle_id int not null references vehicles,
    unit_id    int not null references units,
    during     tstzrange not null check (not isempty(during)),
    exclude using gist (vehicle_id with =, during with &&)
);
create index on vehicle_units (vehicle_id);
create index on vehicle_units (unit_id);

insert into vehicle_units (vehicle_id, unit_id, during) select id, unit_id, tstzrange(null, null) from vehicles;

-- Spans that were wrong, as they stood. They count no more; what is right stands in their place.
create table superseded_vehicle_units (
    id                 int primary key,
    vehicle_id         int not null references vehicles,
    unit_id            int not null references units,
    during             tstzrange not null,
    superseded_at      timestamptz not null default now(),
    superseded_because text not null check (btrim(superseded_because) <> '')
);

create function keep_superseded_vehicle_unit() returns trigger language plpgsql as $$
begin
    raise restrict_violation using
        message = '被更正的车辆单位记录只增不改 / superseded units of vehicles are never rewritten';
end $$;
create trigger superseded_vehicle_units_keep before update or delete on superseded_vehicle_units
    for each row execute function keep_superseded_vehicle_unit();

-- The unit that a vehicle comes with is its unit from the beginning of time.
create function add_vehicle_unit() returns trigger language plpgsql as $$
begin
    insert into vehicle_units (vehicle_id, unit_id, during) values (new.id, new.unit_id, tstzrange(null, null));
    return null;
end $$;
create trigger vehicles_unit after insert on vehicles for each row execute function add_vehicle_unit();

-- vehicles.unit_id is the unit of today, which is the last one: whoever writes the one without the other is refused.
create function check_units_of(of_vehicle int) returns void language plpgsql as $$
declare
    sound boolean;
begin
    select count(*) filter (where lower_inf(h.during)) = 1
        and bool_and(coalesce(upper(h.during) = h.next_from, upper_inf(h.during)))
        and bool_or(upper_inf(h.during) and h.unit_id = (select unit_id from vehicles where id = of_vehicle))
    into sound
    from (
        select unit_id, during, lead(lower(during)) over (order by during) as next_from
        from vehicle_units where vehicle_id = of_vehicle
    ) as h;
    if sound is not true and exists (select from vehicles where id = of_vehicle) then
        raise check_violation using
            message = format('车辆 %s 的单位记录有间断，或与其现单位不一致 / the units of vehicle %s have a gap, or the last '
                'one is not the unit of today', of_vehicle, of_vehicle);
    end if;
end $$;

create function check_vehicle() returns trigger language plpgsql as $$
begin
    perform check_units_of(new.id);
    return null;
end $$;
create constraint trigger vehicles_unit_check after update of unit_id on vehicles deferrable initially deferred
    for each row execute function check_vehicle();

create function check_vehicle_unit() returns trigger language plpgsql as $$
begin
    perform check_units_of(coalesce(new.vehicle_id, old.vehicle_id));
    return null;
end $$;
create constraint trigger vehicle_units_check after insert or update or delete on vehicle_units
    deferrable initially deferred for each row execute function check_vehicle_unit();

-- A change has its vehicle judged again from a day before it: the home zones of both units count around its midnight.
-- With the first unit, which comes with the vehicle, nothing changes.
create function mark_vehicle_unit() returns trigger language plpgsql as $$
declare
    changed timestamptz := case tg_op
        when 'INSERT' then lower(new.during)
        when 'DELETE' then coalesce(lower(old.during), '-infinity')
        else least(upper(old.during), upper(new.during))
    end;
begin
    if tg_op = 'UPDATE' then
        if (old.vehicle_id, old.unit_id) is distinct from (new.vehicle_id, new.unit_id)
            or lower(old.during) is distinct from lower(new.during)
        then
            raise restrict_violation using
                message = '车辆单位记录只能改其结束 / of a span of a vehicle with a unit only the end may change';
        end if;
    end if;
    insert into marks (vehicle_id, since)
    select id, changed - interval '1 day' from vehicles
    where id = coalesce(new.vehicle_id, old.vehicle_id) and changed is not null;
    return null;
end $$;
create trigger vehicle_units_mark after insert or update or delete on vehicle_units
    for each row execute function mark_vehicle_unit();

-- What concerns a unit concerns the vehicles that are its own, and those that were.
create function ever_of_unit(of_unit int) returns setof int language sql stable as $$
    select distinct vehicle_id from vehicle_units where unit_id = of_unit
$$;

create or replace function mark_unit(of_unit int, from_moment timestamptz) returns void language sql as $$
    with recursive below (id) as (
        select of_unit
        union
        select u.id from units u join below b on u.parent_id = b.id
    )
    insert into marks (vehicle_id, since)
    select distinct h.vehicle_id, from_moment from vehicle_units h join below on below.id = h.unit_id
$$;

create or replace function mark_zone() returns trigger language plpgsql as $$
declare
    changed zones;
begin
    if tg_op = 'UPDATE' then
        if (old.name, old.kind, old.unit_id, old.boundary_wkb, old.superseded_at, coalesce(lower(old.valid), '-infinity'))
            is not distinct from
            (new.name, new.kind, new.unit_id, new.boundary_wkb, new.superseded_at, coalesce(lower(new.valid), '-infinity'))
        then
            if old.valid <> new.valid and new.superseded_at is null then
                insert into marks (vehicle_id, since)
                select id, least(coalesce(upper(old.valid), 'infinity'), coalesce(upper(new.valid), 'infinity'))
                from vehicles where new.unit_id is null or id in (select ever_of_unit(new.unit_id));
            end if;
            return null;
        end if;
    end if;
    foreach changed in array case tg_op when 'INSERT' then array[new] when 'DELETE' then array[old] else array[old, new] end loop
        -- A row that was superseded before counted for nothing.
        if changed.superseded_at is null then
            insert into marks (vehicle_id, since)
            select id, coalesce(lower(changed.valid), '-infinity') from vehicles
            where changed.unit_id is null or id in (select ever_of_unit(changed.unit_id));
        end if;
    end loop;
    return null;
end $$;
