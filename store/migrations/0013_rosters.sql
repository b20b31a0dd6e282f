-- A version of a zone that was entered wrongly is superseded, never overwritten: what it said stays readable.
alter table zones
    add superseded_at timestamptz,
    add superseded_because text,
    add check ((superseded_at is null) = (superseded_because is null));
alter table zones drop constraint zones_name_valid_excl;
alter table zones add exclude using gist (name with =, valid with &&) where (superseded_at is null);

-- What is superseded stops counting and marks as if it went. A version that only ends elsewhere than before
-- concerns nothing earlier than that; another source or reason concerns no judgement.
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
                from vehicles where new.unit_id is null or unit_id = new.unit_id;
            end if;
            return null;
        end if;
    end if;
    foreach changed in array case tg_op when 'INSERT' then array[new] when 'DELETE' then array[old] else array[old, new] end loop
        -- A row that was superseded before counted for nothing.
        if changed.superseded_at is null then
            insert into marks (vehicle_id, since)
            select id, coalesce(lower(changed.valid), '-infinity') from vehicles
            where changed.unit_id is null or unit_id = changed.unit_id;
        end if;
    end loop;
    return null;
end $$;

-- Duty rosters 值班表: each reading of one that changed something, by its name. The duties are waivers.
create table rosters (
    id         int generated always as identity primary key,
    name       text not null,
    source     text not null,
    sha256     bytea not null,
    entered_at timestamptz not null default now()
);
create index on rosters (name);

-- A waiver is withdrawn, never taken away: what excused before, and until when, stays readable.
alter table waivers
    add roster_id int references rosters,
    add withdrawn_at timestamptz,
    add withdrawn_by int references rosters,
    add check (withdrawn_by is null or withdrawn_at is not null);
