-- People: several roles a person, the unit of a unit manager, and who may sign in no more. Nobody is ever removed: the
-- audit chain names them.

alter table users add column roles text[];
-- Until now one role was all; the first user, admin, did everything.
update users set roles = case role when 'admin' then '{admin,head}' else array[role] end;
alter table users
    alter column roles set not null,
    drop column role,
    add column unit_id int references units,
    add column disabled_at timestamptz,
    add constraint users_roles_known
        check (roles <> '{}' and roles <@ '{staff,head,unit_manager,finance,auditor,admin}'::text[]),
    -- Whoever manages a unit sees that unit; another role would show more.
    add constraint users_unit_of_a_unit_manager
        check (case when 'unit_manager' = any (roles) then roles = '{unit_manager}' and unit_id is not null
            else unit_id is null end);

-- Who looked: by person and act, and by what was looked at (there is an index on that already).
create index on audit_entries (actor, act, at);
create index on audit_entries (act, number);
