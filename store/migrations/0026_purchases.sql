-- Purchases 购置 (decision 0034): requests to buy a car, joint meetings 联席会议 about them, votes, how each ended.
-- All of it is entries that stand: a vote that is changed is another entry, another meeting another row.

create table purchases (
    id             bigint generated always as identity primary key,
    unit_id        int not null references units,
    use_class      text not null
        check (use_class in ('general', 'law_enforcement', 'confidential_mail', 'emergency', 'special')),
    body           text not null check (body in ('sedan', 'suv', 'mpv', 'minibus', 'bus', 'truck', 'other')),
    model          text not null default '',
    energy         text not null check (energy in ('petrol', 'diesel', 'hybrid', 'plug_in', 'electric')),
    displacement_l numeric(4, 2) check (displacement_l > 0), -- litres; null: none (electric), or not told
    price_yuan     numeric(12, 2) not null check (price_yuan > 0),
    replaces       int references vehicles,
    reason         text not null check (btrim(reason) <> ''),
    requested_at   timestamptz not null,
    requested_by   text not null check (btrim(requested_by) <> ''),
    check (energy <> 'electric' or displacement_l is null)
);
create index on purchases (unit_id, requested_at);
create index on purchases (requested_at);

create table purchase_meetings (
    purchase_id bigint not null references purchases,
    number      int not null check (number > 0),
    held_on     date not null,
    called_at   timestamptz not null,
    called_by   text not null check (btrim(called_by) <> ''),
    primary key (purchase_id, number)
);

create table purchase_members (
    purchase_id bigint not null,
    meeting     int not null,
    name        text not null check (btrim(name) <> ''),
    place       int not null, -- in which order they were told
    primary key (purchase_id, meeting, name),
    foreign key (purchase_id, meeting) references purchase_meetings
);

-- Of a member's votes the last one counts.
create table purchase_votes (
    id          bigint generated always as identity primary key,
    purchase_id bigint not null,
    meeting     int not null,
    member      text not null,
    vote        text not null check (vote in ('for', 'against', 'abstain')),
    reason      text not null check (btrim(reason) <> ''),
    at          timestamptz not null,
    actor       text not null check (btrim(actor) <> ''),
    foreign key (purchase_id, meeting, member) references purchase_members
);
create index on purchase_votes (purchase_id, meeting, member);

-- How a request ended: once, for good. meeting: whose votes decided it; of a withdrawn one there is none.
create table purchase_ends (
    purchase_id   bigint primary key references purchases,
    outcome       text not null check (outcome in ('approved', 'refused', 'withdrawn')),
    meeting       int,
    approved_yuan numeric(12, 2) not null default 0 check (approved_yuan >= 0),
    reason        text not null check (btrim(reason) <> ''),
    at            timestamptz not null,
    actor         text not null check (btrim(actor) <> ''),
    foreign key (purchase_id, meeting) references purchase_meetings,
    check ((outcome = 'withdrawn') = (meeting is null)),
    check ((outcome = 'approved') = (approved_yuan > 0))
);

do $$
declare
    kept text;
begin
    foreach kept in array array[
        'purchases', 'purchase_meetings', 'purchase_members', 'purchase_votes', 'purchase_ends'
    ] loop
        execute format(
            'create trigger %1$s_append_only before update or delete on %1$I'
            ' for each row execute function refuse_rewriting()', kept
        );
    end loop;
end $$;

-- Whoever writes: nobody decides what they asked for, nothing happens to a request that has ended.
create function keep_purchase_order() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'purchase_ends' then
        if new.outcome <> 'withdrawn' and not is_another_person(
            (select requested_by from purchases where id = new.purchase_id), new.actor
        ) then
            raise restrict_violation using
                message = '申请人不得作出决定 / who asked for a car does not decide on it';
        end if;
    elsif exists (select from purchase_ends where purchase_id = new.purchase_id) then
        raise restrict_violation using
            message = '该申请已办结 / the request has ended';
    end if;
    return new;
end $$;
create trigger purchase_ends_order before insert on purchase_ends
    for each row execute function keep_purchase_order();
create trigger purchase_meetings_order before insert on purchase_meetings
    for each row execute function keep_purchase_order();
create trigger purchase_votes_order before insert on purchase_votes
    for each row execute function keep_purchase_order();

-- The case that a doubtful sheet of a draw led to.
create table sheet_cases (
    draw_id    int not null,
    vehicle_id int not null,
    case_id    bigint not null references cases,
    at         timestamptz not null,
    actor      text not null check (btrim(actor) <> ''),
    primary key (draw_id, vehicle_id),
    foreign key (draw_id, vehicle_id) references sheet_findings
);
create index on sheet_cases (case_id);
create trigger sheet_cases_keep before update or delete on sheet_cases for each row execute function keep_draw();
