"""What came of each tracker is counted as it is stored: once, whatever comes again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from fleet.clock import HOUR_US, MINUTE_US, SECOND_US, day_start_us, moment_of
from gongche.intake import DatabaseStore, take_in_unassigned
from ingest.message import Received
from ingest.pipeline import take_in
from oversight.tracker_health import LATE, TrackerHealth, Trouble, troubles
from store import tracker_health
from store.database import Connection, connect
from store.scope import EVERYTHING, Scope
from tests.builders.intake import NOON, RECEIVED_US, fit, message, position

PLATE = "苏N00001"
TODAY = date(2026, 10, 2)
MIDNIGHT_US = day_start_us(date(2026, 10, 3))
LATE_US = round(LATE.total_seconds() * SECOND_US)


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    async with await connect(database, autocommit=True) as conn:
        yield conn


async def rows(conn: Connection, query: str) -> list[tuple[object, ...]]:
    return await (await conn.execute(query.encode())).fetchall()


async def take(conn: Connection, *messages: Received) -> dict[str, int]:
    return dict(await take_in(messages, DatabaseStore(conn), payload_bytes_max=1_000_000))


async def counted(conn: Connection) -> list[tuple[object, ...]]:
    return await rows(
        conn,
        "select code, day, positions, fixes, repeats, late from tracker_days join trackers on id = tracker_id"
        " order by 1, 2",
    )


async def health(conn: Connection, **more: object) -> list[TrackerHealth]:
    asked: dict[str, object] = {"scope": EVERYTHING, "now": NOON, "since": TODAY} | more
    return await tracker_health.trackers(conn, **asked)  # type: ignore[arg-type]


def told_at(us: int, **more: object) -> dict[str, object]:
    return position(ts=moment_of(us).isoformat(), **more)


async def test_positions_fixes_and_late_ones_are_counted_to_their_tracker_and_day(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE, "T2": "苏N00002"})
    await take(
        conn,
        message([told_at(RECEIVED_US - LATE_US), told_at(RECEIVED_US - LATE_US + 1), told_at(RECEIVED_US, fix=False)]),
        message(told_at(RECEIVED_US), "T2"),
    )
    assert await counted(conn) == [("T1", TODAY, 3, 2, 0, 1), ("T2", TODAY, 1, 1, 0, 0)]


async def test_without_a_fix_and_with_the_ignition_off_it_is_parked(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    told = [{"fix": fix, "ignition": ignition} for fix in (True, False) for ignition in (True, False, None)]
    await take(conn, message([told_at(RECEIVED_US + place, **one) for place, one in enumerate(told)]))
    assert await rows(conn, "select positions, fixes, parked from tracker_days") == [(6, 3, 1)]
    (found,) = await health(conn)
    assert found.fix_share == 3 / 5


async def test_a_batch_that_comes_again_adds_repeats_and_nothing_else(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    batch = [message([told_at(RECEIVED_US - HOUR_US), told_at(RECEIVED_US, fix=False)])]
    await take(conn, *batch)
    offsets = await rows(conn, "select offsets_s from tracker_days")
    later = [one._replace(received_us=one.received_us + MINUTE_US) for one in batch]
    await take(conn, *later)
    assert await counted(conn) == [("T1", TODAY, 2, 1, 2, 1)]
    assert await rows(conn, "select offsets_s from tracker_days") == offsets
    assert await rows(conn, "select last_received_at from tracker_days") == [(moment_of(RECEIVED_US + MINUTE_US),)]


async def test_a_repeat_within_one_message_is_a_repeat(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await take(conn, message([position(), position()]))
    assert await counted(conn) == [("T1", TODAY, 1, 1, 1, 0)]


async def test_nothing_is_counted_of_a_transaction_that_is_undone(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE, "T2": "苏N00002"})
    await conn.execute("alter table positions add constraint none_there check (lon_e7 <> 1180000000)")
    bad = message([position(lon=118.0), position(lon=118.5)], "T2")
    assert await take(conn, message(position()), bad) == {"stored": 1, "refused": 1}
    assert await counted(conn) == [("T1", TODAY, 1, 1, 0, 0)]
    assert await rows(conn, "select tracker, reason, count from tracker_rejections") == [("T2", "refused", 1)]


async def test_a_batch_over_midnight_is_counted_to_both_days(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    before, after = MIDNIGHT_US - SECOND_US, MIDNIGHT_US + SECOND_US
    result = await take(
        conn, message(told_at(before), received_us=before), message(told_at(after), received_us=after),
        message(told_at(before), received_us=after),
    )  # fmt: skip
    assert result == {"stored": 2, "repeated": 1}
    assert await counted(conn) == [("T1", TODAY, 1, 1, 0, 0), ("T1", date(2026, 10, 3), 1, 1, 1, 0)]


async def test_the_freshest_position_of_a_batch_tells_the_clock_and_the_last_31_are_kept(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    for batch in range(33):
        now_us = RECEIVED_US + batch * MINUTE_US
        told = [told_at(now_us - HOUR_US), told_at(now_us + (300 + batch) * SECOND_US)]
        await take(conn, message(told, received_us=now_us))
    (found,) = await health(conn)
    assert list(found.offsets_s) == [-300 - batch for batch in range(32, 1, -1)]
    assert found.clock_offset_s == -300 - 17
    assert (found.positions, found.late, found.heard_at) == (66, 33, moment_of(RECEIVED_US + 32 * MINUTE_US))


async def test_the_clock_is_told_of_two_days_together(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    for batch in range(6):
        now_us = MIDNIGHT_US + (batch - 3) * MINUTE_US
        await take(conn, message(told_at(now_us - batch * SECOND_US), received_us=now_us))
    (found,) = await health(conn)
    assert list(found.offsets_s) == [5, 4, 3, 2, 1, 0]


async def test_what_is_put_aside_is_counted_by_reason_as_often_as_it_comes(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    junk = message(b"junk")
    await take(conn, junk, junk, message([position(lat=91), position()]))
    await take(conn, junk)
    (found,) = await health(conn)
    assert found.rejected == {"not_json": 3, "out_of_range": 1}
    assert found.unreadable == 4
    assert await rows(conn, "select count(*) from unreadable_messages") == [(2,)]


async def test_a_clock_that_is_ahead_is_told_by_what_was_put_aside(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await take(conn, *(message(told_at(RECEIVED_US + 2 * HOUR_US + n), received_us=RECEIVED_US + n) for n in range(3)))
    (found,) = await health(conn)
    assert (found.positions, found.rejected) == (0, {"clock_ahead": 3})
    assert troubles(found, NOON) == [Trouble.CLOCK, Trouble.REJECTED]


async def test_a_tracker_that_only_sends_junk_is_heard_all_the_same(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await take(conn, message(b"junk"))
    (found,) = await health(conn)
    assert found.heard_at == moment_of(RECEIVED_US)
    (found,) = await health(conn, since=TODAY + timedelta(days=9))
    assert (found.heard_at, found.rejected) == (moment_of(RECEIVED_US), {})


async def test_an_unknown_tracker_is_told_and_counts_once_it_is_fitted(conn: Connection) -> None:
    await take(conn, message([position(), position(lon=118.4)]))
    (unknown,) = await health(conn)
    assert (unknown.tracker, unknown.id, unknown.rejected) == ("T1", None, {"unknown_tracker": 2})
    assert unknown.heard_at == moment_of(RECEIVED_US)
    await fit(conn, {"T1": PLATE})
    assert await take_in_unassigned(conn) == 1
    (known,) = await health(conn)
    assert (known.plate, known.positions, known.heard_at) == (PLATE, 2, moment_of(RECEIVED_US))
    assert await counted(conn) == [("T1", TODAY, 2, 2, 0, 0)]


async def test_a_terminal_that_the_gateway_turned_away_is_told(conn: Connection) -> None:
    await conn.execute("insert into presented_terminals (tracker, address, last_at) values ('123', '::1', %s)", (NOON,))
    (found,) = await health(conn)
    assert (found.tracker, found.id, found.rejected, found.heard_at) == ("123", None, {}, NOON)


async def test_before_the_first_day_is_counted_the_cars_newest_position_tells_when_it_was_heard(
    conn: Connection,
) -> None:
    await fit(conn, {"T1": PLATE})
    await conn.execute(
        "insert into latest_positions (vehicle_id, ts, lon_e7, lat_e7, flags, received_at) values (1, %s, 0, 0, 0, %s)",
        (NOON, NOON),
    )
    assert [one.heard_at for one in await health(conn)] == [NOON]
    await conn.execute("update fittings set during = tstzrange(%s, null)", (NOON + timedelta(seconds=1),))
    assert [one.heard_at for one in await health(conn, now=NOON + timedelta(days=1))] == [None]


async def test_a_scope_of_units_shows_the_trackers_of_their_cars_and_no_other(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await conn.execute("insert into trackers (code) values ('spare')")
    await take(conn, message(position(), "unknown"))
    assert [one.tracker for one in await health(conn)] == ["T1", "spare", "unknown"]
    (unit,) = (await rows(conn, "select id from units"))[0]
    assert isinstance(unit, int)
    assert [one.tracker for one in await health(conn, scope=Scope(False, frozenset({unit})))] == ["T1"]
    assert await health(conn, scope=Scope(False, frozenset({unit + 1}))) == []


async def test_a_tracker_that_ever_was_on_a_confidential_car_is_told_to_few(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await conn.execute("update fittings set during = tstzrange(null, %s)", (NOON - timedelta(days=1),))
    assert len(await health(conn, scope=Scope(confidential=False))) == 1
    await conn.execute("update vehicles set use_class = 'confidential_mail'")
    assert await health(conn, scope=Scope(confidential=False)) == []
    assert len(await health(conn, scope=EVERYTHING)) == 1


async def test_days_are_told_the_last_first_with_what_was_put_aside(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    later_us = MIDNIGHT_US + HOUR_US
    await take(conn, message(position()), message(b"junk", received_us=later_us))
    (found,) = await health(conn)
    told = await tracker_health.days(conn, found, TODAY)
    assert [(one.day, one.health.positions, one.health.rejected, one.health.heard_at) for one in told] == [
        (date(2026, 10, 3), 0, {"not_json": 1}, moment_of(later_us)),
        (TODAY, 1, {}, moment_of(RECEIVED_US)),
    ]
    assert await tracker_health.days(conn, found, date(2026, 10, 4)) == []


async def test_two_writers_count_the_same_trackers_without_waiting_in_a_ring(database: str, conn: Connection) -> None:
    codes = {f"T{number}": f"苏N{number:05}" for number in range(1, 21)}
    await fit(conn, codes)

    async def write(minutes: range, order: list[str]) -> None:
        async with await connect(database, autocommit=True) as own:
            for minute in minutes:
                ts = (datetime(2026, 10, 2, tzinfo=UTC) + timedelta(minutes=minute)).isoformat()
                await take(own, *(message(position(ts=ts), code) for code in order))

    await asyncio.gather(write(range(10), list(codes)), write(range(10, 20), list(reversed(codes))))
    assert {row[2] for row in await counted(conn)} == {20}
