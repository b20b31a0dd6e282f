"""Messages into a real database: what is stored, what is kept aside, what is taken in later."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from fleet.span import Span
from gongche.intake import DatabaseStore, open_store, take_in_unassigned
from ingest.message import Received
from ingest.pipeline import take_in
from store.database import Connection, connect
from tests.builders.intake import NOON, RECEIVED_US, fit, message, position

PLATE = "苏N00001"


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    async with await connect(database, autocommit=True) as conn:
        yield conn


async def rows(conn: Connection, query: str) -> list[tuple[object, ...]]:
    return await (await conn.execute(query.encode())).fetchall()


async def take(conn: Connection, *messages: Received) -> dict[str, int]:
    return dict(await take_in(messages, DatabaseStore(conn), payload_bytes_max=1_000_000))


async def test_a_position_is_stored_as_reported(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    told = position(speed_kmh=43.5, heading_deg=180, satellites=12, odometer_km=1000.25, ignition=True, alarms=["sos"])
    assert await take(conn, message(told)) == {"stored": 1}
    assert await rows(
        conn,
        "select ts, lon_e7, lat_e7, speed_kmh, heading_deg, altitude_m, satellites, odometer_km, fuel_l, flags"
        " from positions",
    ) == [(NOON, 1183000000, 339000000, 43.5, 180.0, None, 12, 1000.25, None, 2 | 1 << 12)]


async def test_a_repeat_is_counted_not_stored(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    assert await take(conn, message([position(), position()])) == {"stored": 1, "repeated": 1}
    assert await take(conn, message(position())) == {"repeated": 1}
    assert await rows(conn, "select outcome, count from ingest_counts order by 1") == [("repeated", 2), ("stored", 1)]


async def test_a_vehicle_is_marked_since_its_earliest_new_position_and_not_for_repeats(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await conn.execute("truncate marks")
    late = position(ts="2026-10-02T11:00:00+08:00")
    await take(conn, message([position(), late]))
    assert await rows(conn, "select since from marks") == [(NOON - timedelta(hours=1),)]
    await take(conn, message([position(), late]))
    assert await rows(conn, "select count(*) from marks") == [(1,)]


async def test_two_reports_for_one_instant_are_both_kept(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    assert await take(conn, message([position(lon=118.3), position(lon=118.4)])) == {"stored": 2}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
async def test_the_latest_position_does_not_depend_on_the_order_of_arrival(
    conn: Connection, order: tuple[int, ...]
) -> None:
    await fit(conn, {"T1": PLATE})
    told = [
        position(ts="2026-10-02T11:00:00+08:00", lon=118.1),
        position(lon=118.5),
        position(lon=118.2),
        position(ts="2026-10-02T12:30:00+08:00", lon=0, lat=0),
    ]
    for place in order:
        await take(conn, message(told[place]))
    assert await rows(conn, "select ts, lon_e7 from latest_positions") == [(NOON, 1182000000)]


async def test_a_message_of_an_unknown_tracker_waits_and_is_taken_in_when_it_is_fitted(conn: Connection) -> None:
    assert await take(conn, message([position(), position(lon=118.4)])) == {"unknown_tracker": 2}
    assert await take_in_unassigned(conn) == 0
    assert await rows(conn, "select tracker, ts, reason, taken_in_at from unassigned_messages") == [
        ("T1", NOON, "unknown_tracker", None)
    ]

    await fit(conn, {"T1": PLATE})
    assert await take_in_unassigned(conn) == 1
    assert await rows(conn, "select count(*) from positions") == [(2,)]
    assert await rows(conn, "select count(*) from unassigned_messages where taken_in_at is null") == [(0,)]
    assert await take_in_unassigned(conn) == 0


async def test_a_position_belongs_to_the_vehicle_that_its_tracker_was_on_at_that_time(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE}, Span(None, NOON))
    await fit(conn, {"T1": "苏N00002"}, Span(NOON, None))
    before = position(ts="2026-10-02T11:59:59+08:00")
    await take(conn, message([position(), before]))
    assert await rows(conn, "select plate, ts from positions join vehicles on id = vehicle_id order by ts") == [
        (PLATE, NOON - timedelta(seconds=1)),
        ("苏N00002", NOON),
    ]


async def test_the_part_of_a_message_before_the_fitting_waits_for_an_earlier_fitting(conn: Connection) -> None:
    early, earlier = position(ts="2026-10-02T10:00:00+08:00"), position(ts="2026-10-02T09:00:00+08:00")
    await take(conn, message([early, position(), earlier]))
    await fit(conn, {"T1": PLATE}, Span(NOON, None))
    assert await take_in_unassigned(conn) == 1
    assert await rows(conn, "select plate, ts from positions join vehicles on id = vehicle_id") == [(PLATE, NOON)]
    assert await take_in_unassigned(conn) == 0  # no fitting covers what is left
    await fit(conn, {"T1": "苏N00002"}, Span(NOON - timedelta(hours=2), NOON))
    assert await take_in_unassigned(conn) == 1
    assert await rows(conn, "select ts, reason, taken_in_at from unassigned_messages") == [
        (NOON - timedelta(hours=3), "not_fitted", None)
    ]
    await fit(conn, {"T1": "苏N00003"}, Span(None, NOON - timedelta(hours=2)))
    assert await take_in_unassigned(conn) == 1
    assert await rows(conn, "select plate from positions join vehicles on id = vehicle_id order by ts") == [
        ("苏N00003",), ("苏N00002",), (PLATE,)
    ]  # fmt: skip


async def test_a_position_in_gcj02_is_moved_to_wgs84_once(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await fit(conn, {"T2": "苏N00002"}, datum="gcj02")
    told = {"lon": 116.404, "lat": 39.915}
    await take(conn, message(position(**told, datum="gcj02"), "T1"), message(position(**told), "T2"))
    found = await rows(conn, "select distinct lon_e7, lat_e7 from positions")
    assert len(found) == 1
    # 39.915, 116.404 in GCJ-02 is about 39.9136, 116.3978 in WGS-84 (eviltransform, googollee/eviltransform README).
    assert found[0][0] == pytest.approx(116.3978e7, abs=2_000)
    assert found[0][1] == pytest.approx(39.9136e7, abs=2_000)


def from_emqx(time: str) -> Received:
    """A location that EMQX's gateway publishes for a terminal."""
    body = {
        "alarm": 0, "status": 0b11, "latitude": 33_900_000, "longitude": 118_300_000, "altitude": 0, "speed": 0,
        "direction": 0, "time": time,
    }  # fmt: skip
    told = {"header": {"msg_id": 512, "encrypt": 0, "phone": "013800138000"}, "body": body}
    return Received("jt808/013800138000/013800138000/up", json.dumps(told).encode(), RECEIVED_US)


async def test_a_time_that_tells_no_zone_is_that_of_the_trackers_clock(conn: Connection) -> None:
    await fit(conn, {"13800138000": PLATE})
    await take(conn, from_emqx("261002120000"))
    assert await rows(conn, "select ts from positions") == [(NOON,)]
    await conn.execute("truncate positions")
    await conn.execute("update trackers set utc_offset_min = 0")
    beside = message(position(ts="2026-10-02T12:00:01+08:00"), "13800138000")
    await take(conn, beside, from_emqx("261002040000"))
    assert await rows(conn, "select ts from positions order by ts") == [(NOON,), (NOON + timedelta(seconds=1),)]


async def test_a_message_of_a_clock_elsewhere_waits_and_is_taken_in_at_its_time(conn: Connection) -> None:
    assert await take(conn, from_emqx("261002040000")) == {"unknown_tracker": 1}
    await fit(conn, {"13800138000": PLATE})
    await conn.execute("update trackers set utc_offset_min = 0")
    assert await take_in_unassigned(conn) == 1
    assert await rows(conn, "select ts from positions") == [(NOON,)]


async def test_what_is_told_of_the_future_is_kept_with_its_reason_and_not_judged(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await conn.execute("truncate marks")
    ten_minutes = position(ts="2026-10-02T12:10:01+08:00")
    two_hours = [position(ts=f"2026-10-02T14:00:0{second}+08:00") for second in range(2)]
    told = message([position(), two_hours[0], ten_minutes, two_hours[1]])
    assert await take(conn, told, told) == {"stored": 2, "repeated": 2, "clock_ahead": 2}
    assert await rows(conn, "select ts from positions order by ts") == [(NOON,), (NOON + timedelta(seconds=601),)]
    assert await rows(conn, "select since from marks") == [(NOON,)]
    assert await rows(conn, "select payload, reason, detail from unreadable_messages") == [
        (told.payload, "clock_ahead", "ts=2026-10-02T06:00:00+00:00, 2")
    ]


async def test_a_clock_elsewhere_is_not_ahead(conn: Connection) -> None:
    """Two hours east of China: what it tells is that much more than what China's clock shows."""
    await fit(conn, {"13800138000": PLATE})
    await conn.execute("update trackers set utc_offset_min = 600")
    assert await take(conn, from_emqx("261002140000")) == {"stored": 1}
    assert await rows(conn, "select ts from positions") == [(NOON,)]
    await conn.execute("truncate positions")
    await conn.execute("update trackers set utc_offset_min = 480")
    assert await take(conn, from_emqx("261002140000")) == {"clock_ahead": 1}


async def test_of_an_unknown_tracker_the_clock_is_looked_at_when_it_is_fitted(conn: Connection) -> None:
    ahead = message(position(ts="2026-10-02T14:00:00+08:00"))
    assert await take(conn, ahead) == {"unknown_tracker": 1}
    await fit(conn, {"T1": PLATE})
    await take_in_unassigned(conn)
    assert await rows(conn, "select count(*) from positions") == [(0,)]
    assert await rows(conn, "select reason from unreadable_messages") == [("clock_ahead",)]


async def test_a_message_without_a_position_is_counted_and_kept_nowhere(conn: Connection) -> None:
    will = Received("owntracks/zhang/phone", b'{"_type": "lwt", "tst": 1790913600}', RECEIVED_US)
    assert await take(conn, will, will) == {"no_position": 2}
    assert await rows(conn, "select outcome, count from ingest_counts") == [("no_position", 2)]
    for table in ("positions", "unassigned_messages", "unreadable_messages"):
        assert await rows(conn, f"select count(*) from {table}") == [(0,)]


async def test_bad_elements_are_kept_with_their_place_beside_the_good_ones(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    batch = [position(), position(lat=91), {"lon": 1, "lat": 1}, position(lon=118.4)]
    assert await take(conn, message(batch)) == {"stored": 2, "out_of_range": 1, "missing_ts": 1}
    assert await rows(conn, "select element, reason, detail, payload from unreadable_messages order by element") == [
        (1, "out_of_range", "lat=91", json.dumps(batch[1]).encode()),
        (2, "missing_ts", "", b'{"lon": 1, "lat": 1}'),
    ]


async def test_a_megabyte_of_junk_is_kept_in_part_with_its_length_once(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    junk = message(bytes(1_000_000))
    assert await take(conn, junk, message(position()), junk) == {"stored": 1, "not_json": 2}
    assert await rows(
        conn, "select reason, length(payload), payload_bytes, encode(payload_sha256, 'hex') from unreadable_messages"
    ) == [("not_json", 65_536, 1_000_000, "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025")]


async def test_ten_thousand_positions_in_one_message_are_taken_in(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    many = [position(ts=1790000000 + i) for i in range(10_000)]
    assert await take(conn, message(many)) == {"stored": 10_000}


async def test_what_the_database_refuses_is_put_aside_and_stops_nothing_else(conn: Connection) -> None:
    await fit(conn, {f"T{i}": f"苏N0000{i}" for i in range(1, 8)})
    await conn.execute("alter table positions add constraint no_t3 check (lon_e7 <> 1180000000)")
    told = [message(position(lon=118.0 if i == 3 else 118.5), f"T{i}") for i in range(1, 8)]
    assert await take(conn, *told) == {"stored": 6, "refused": 1}
    kept = await rows(conn, "select topic, reason, detail, payload from unreadable_messages")
    assert [(topic, reason, payload) for topic, reason, _, payload in kept] == [
        ("v1/T3/position", "refused", told[2].payload)
    ]
    assert "no_t3" in str(kept[0][2])


async def test_a_database_that_goes_away_is_a_connection_error_and_stores_nothing(database: str) -> None:
    async with open_store(database) as store, await connect(database, autocommit=True) as other:
        await fit(other, {"T1": PLATE})
        await other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gongche ingest'"
        )
        with pytest.raises(ConnectionError):
            await take_in([message(position())], store, payload_bytes_max=1_000)
        assert await rows(other, "select count(*) from positions") == [(0,)]
