-- name: extension
-- Whether the server has the extension, whether this database does, and whether the server loads it at its start.
select
    installed_version is not null,
    -- A setting that its loader brings; shared_preload_libraries itself only administrators may read.
    current_setting('timescaledb.disable_load', true) is not null
from pg_available_extensions
where name = 'timescaledb';

-- name: create_extension
-- Takes the extension into this database.
create extension if not exists timescaledb;

-- name: columnstore
-- Whether this build can compress: the Apache edition cannot, nor can versions before 2.18.
select
    coalesce(current_setting('timescaledb.license', true) = 'timescale', false)
    and exists (select from pg_proc where proname = 'add_columnstore_policy')
from pg_extension
where extname = 'timescaledb';

-- name: make_hypertable
-- Splits the position table by time, taking along what it holds; nothing if it is split already.
-- A week a chunk: the office works by the week, so that a sheet or a report touches two; a district's week
-- (403 cars, a position in 10 s: 24 million rows, 5 GB with the index) is written from memory; ten years are
-- 520 chunks, which planning a query over all of a vehicle's history still bears.
select create_hypertable('positions', by_range('ts', interval '7 days'), if_not_exists => true, migrate_data => true);

-- name: compress_by_vehicle
-- One vehicle's rows lie together in the order of their key, which is how judging, sheets and maps read them.
alter table positions set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'vehicle_id',
    timescaledb.orderby = 'ts, lon_e7, lat_e7'
);

-- name: compress_after_two_weeks
-- Most late uploads have come by then; later ones still go in, and the policy compresses them at its next run.
-- An operator's own policy stays. Nothing is ever deleted by default: positions are evidence.
call add_columnstore_policy('positions', after => interval '14 days', if_not_exists => true);
