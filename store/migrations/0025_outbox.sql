-- What is told to people outside of the pages (decision 0033): letters 通知, the targets 接收方 they go to, and what became
-- of each letter at each target. A letter is put in by the transaction of what it tells about.

create table letters (
    id              bigint generated always as identity primary key,
    key             text not null unique check (key <> ''),
    kind            text not null check (kind in ('alert', 'campaign', 'reminder', 'escalation', 'report', 'operation')),
    severity        text not null check (severity in ('info', 'medium', 'high')),
    subject_zh      text not null check (subject_zh <> ''),
    subject_en      text not null check (subject_en <> ''),
    body_zh         text not null,
    body_en         text not null,
    roles           text[] not null
        check (roles <@ '{staff,head,unit_manager,finance,auditor,admin}'::text[]),
    unit_id         int references units,
    is_confidential boolean not null,
    path            text not null check (path like '/%'),
    put_at          timestamptz not null,
    addressed_at    timestamptz, -- null: nobody has looked yet which targets it goes to
    takes_back      text references letters (key), -- a letter that was wrong: it goes to those who got that one
    withdrawn_at    timestamptz -- taken back: not sent any more
);
create index on letters (put_at);
create index on letters (id) where addressed_at is null;
create index on letters (takes_back) where takes_back is not null;

create table targets (
    id                  int generated always as identity primary key,
    name                text not null unique check (btrim(name) <> ''),
    address             text not null check (address <> ''), -- holds secrets: shown masked
    signing_key         text not null default '', -- of a webhook of our own; '': another kind of target
    roles               text[] not null
        check (roles <> '{}' and roles <@ '{staff,head,unit_manager,finance,auditor,admin}'::text[]),
    unit_id             int references units, -- null: of all units
    kinds               text[] not null
        check (kinds <> '{}' and kinds <@ '{alert,campaign,reminder,escalation,report,operation}'::text[]),
    least_severity      text not null check (least_severity in ('info', 'medium', 'high')),
    is_for_confidential boolean not null,
    language            text not null check (language in ('zh', 'en', 'both')),
    quiet_from          time, -- local
    quiet_until         time,
    breaks_quiet        text not null check (breaks_quiet in ('nothing', 'high_in_holiday', 'high')),
    again_when_unsure   boolean not null,
    enabled             boolean not null,
    check ((quiet_from is null) = (quiet_until is null)),
    check (quiet_from <> quiet_until),
    check (case when 'unit_manager' = any (roles) then roles = '{unit_manager}' and unit_id is not null else true end)
);

create table deliveries (
    id         bigint generated always as identity primary key,
    letter_id  bigint not null references letters,
    target_id  int not null references targets,
    state      text not null check (state in ('waiting', 'sending', 'sent', 'failed', 'unsure', 'withdrawn')),
    attempts   int not null default 0,
    again      boolean not null default false, -- an attempt before may have arrived
    next_at    timestamptz not null, -- not sent before
    waits_for  text not null default '' check (waits_for in ('', 'quiet', 'retry')),
    begun_at   timestamptz, -- of the last attempt
    settled_at timestamptz,
    error      text not null default '',
    unique (letter_id, target_id)
);
create index on deliveries (target_id, next_at) where state = 'waiting';
create index on deliveries (target_id) where state = 'sending';
create index on deliveries (id) where state in ('failed', 'unsure');
