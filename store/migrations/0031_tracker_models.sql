-- What trackers of one model have in common: datum, clock, unit of speed. A tracker that says otherwise goes before.

create table tracker_models (
    model          text primary key check (model <> ''),
    datum          text not null default 'wgs84' check (datum in ('wgs84', 'gcj02', 'bd09')),
    utc_offset_min int not null default 480 check (utc_offset_min between -720 and 840),
    -- What a speed is multiplied with to be km/h.
    speed_factor   double precision not null default 1 check (speed_factor > 0 and speed_factor <= 100)
);

-- Null: as its model says. What the columns held by default was said by nobody.
alter table trackers
    alter column datum drop not null,
    alter column datum drop default,
    alter column utc_offset_min drop not null,
    alter column utc_offset_min drop default;
update trackers set datum = null where datum = 'wgs84';
update trackers set utc_offset_min = null where utc_offset_min = 480;

create view tracker_profiles as
select t.id, t.code, t.model,
    coalesce(t.datum, m.datum, 'wgs84') as datum,
    coalesce(t.utc_offset_min, m.utc_offset_min, 480) as utc_offset_min,
    coalesce(m.speed_factor, 1) as speed_factor
from trackers t
left join tracker_models m on m.model = t.model;
