-- Expenses: what was claimed for cars, and what is known of their tanks.

alter table zones drop constraint zones_kind_check;
alter table zones add constraint zones_kind_check
    check (kind in ('home', 'jurisdiction', 'sensitive', 'refuel', 'toll_gate', 'no_go'));

alter table vehicles
    add column fuel_kind text
        check (fuel_kind in ('petrol', '92', '95', '98', 'diesel', '0', '-10', '-20', '-35', 'gas', 'electric')),
    add column tank_l numeric(9, 2) check (tank_l > 0),
    add column second_tank_l numeric(9, 2) check (second_tank_l > 0),
    add column norm_l_per_100km numeric(9, 2) check (norm_l_per_100km > 0);

-- One entry a row of a claims sheet; append-only. `key` tells claims apart (store.expenses): a later version under the
-- same key corrects the earlier one, or makes it void. A claim is for a plate, whether the register knows it or not.
-- at: of a claim that tells the day alone (at_precision), the beginning of that local day. Money in yuan.
create table expenses (
    id           bigint generated always as identity primary key,
    key          text not null,
    version      int not null default 1,
    plate        text not null,
    plate_given  text not null,
    at           timestamptz not null,
    at_precision text not null check (at_precision in ('minute', 'day')),
    type         text not null check (type in ('fuel', 'toll', 'repair', 'wash', 'parking', 'insurance', 'other')),
    amount       numeric(14, 2) not null,
    litres       numeric(10, 3) check (litres > 0),
    fuel_kind    text
        check (fuel_kind in ('petrol', '92', '95', '98', 'diesel', '0', '-10', '-20', '-35', 'gas', 'electric')),
    place        text not null default '',
    card         text not null default '',
    invoice      text not null default '',
    void         boolean not null default false,
    source       text not null,
    source_row   int not null,
    entered_at   timestamptz not null default now(),
    unique (key, version)
);
create index on expenses (plate, at);

-- The claims that count: the last version of each, unless that makes it void.
create view counting_expenses as
select * from expenses e
where not void and not exists (select from expenses later where later.key = e.key and later.version > e.version);

create function refuse_rewriting() returns trigger language plpgsql as $$
begin
    raise exception '% 只能追加，更正请另行录入 / % is append-only: a correction is a new entry', tg_table_name, tg_table_name;
end $$;
create trigger expenses_append_only before update or delete on expenses for each row execute function refuse_rewriting();

-- A claim, and the one that it corrects, may change what is judged of their cars from then on.
create function mark_expenses() returns trigger language plpgsql as $$
begin
    insert into marks (vehicle_id, since)
    select v.id, min(e.at)
    from expenses e join vehicles v on v.plate = e.plate
    where e.key in (select key from added)
    group by v.id;
    return null;
end $$;
create trigger expenses_mark after insert on expenses referencing new table as added
    for each statement execute function mark_expenses();

-- So may a car that is registered after it was claimed for, and another tank or norm.
create function mark_tank() returns trigger language plpgsql as $$
begin
    insert into marks (vehicle_id, since)
    select new.id, min(at) from expenses where plate = new.plate having count(*) > 0;
    return null;
end $$;
create trigger vehicles_mark_claimed after insert on vehicles for each row execute function mark_tank();
create trigger vehicles_mark_tank after update of fuel_kind, tank_l, second_tank_l, norm_l_per_100km on vehicles
    for each row
    when ((old.fuel_kind, old.tank_l, old.second_tank_l, old.norm_l_per_100km)
        is distinct from (new.fuel_kind, new.tank_l, new.second_tank_l, new.norm_l_per_100km))
    execute function mark_tank();

-- A rule may find something in tracks and something in claims from the same moment on: those are two.
drop index violations_key;
create unique index violations_key on violations (vehicle_id, rule_id, start_at, (evidence ? 'claims'))
    where withdrawn_at is null;
