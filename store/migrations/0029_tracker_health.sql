-- How trackers are (decision 0037): what came of each, a row a tracker and local day of receipt. Counted in the
-- transaction that stores the positions, so that a message that comes again adds nothing but a repeat.
create table tracker_days (
    tracker_id       int not null,
    day              date not null,
    positions        bigint not null, -- new ones; those that came again are `repeats`
    fixes            bigint not null, -- of the new ones, those with a fix
    parked           bigint not null, -- of the new ones without a fix, those told with the ignition off: in a garage
    repeats          bigint not null,
    late             bigint not null, -- of the new ones, those that came long after their time
    offsets_s        int[] not null,  -- received minus told, of the freshest position of a batch; the last first
    last_received_at timestamptz not null,
    primary key (tracker_id, day)
) with (fillfactor = 50); -- rows are updated in place again and again

-- What came of a tracker and is no position of a vehicle, by reason. By code, as many of these are not registered.
create table tracker_rejections (
    tracker  text not null,
    day      date not null,
    reason   text not null,
    count    bigint not null,
    last_at  timestamptz not null,
    primary key (tracker, day, reason)
) with (fillfactor = 50);
create index on tracker_rejections (day);
