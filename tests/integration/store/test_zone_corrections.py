"""A zone's version that was wrong: corrected from the same start, with what it said kept, and the right cars marked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from shapely.geometry import box

from fleet.history import Conflicts, Outcome
from fleet.span import Span
from geofence.zone import ZoneKind
from store.database import Connection, connect
from store.fleet import NewUnit, NewVehicle, save_units, save_vehicles
from store.zones import ALWAYS, NewZone, save_zones, zones, zones_by_id

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
YARD, GROWN, SMALL = (box(118.30, 33.90, east, 33.91) for east in (118.31, 118.32, 118.305))


def day(n: int) -> datetime:
    return JANUARY + timedelta(days=n)


def home(boundary: object, valid: Span = ALWAYS, unit: str = "water") -> NewZone:
    return NewZone("大院", ZoneKind.HOME, boundary, "wgs84", unit, valid)  # type: ignore[arg-type]


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    """Two units with a car each; the yard of one of them in two versions; nothing to be judged."""
    async with await connect(database, autocommit=True) as connection:
        await save_units(connection, [NewUnit("gov", "区政府"), NewUnit("water", "水利局")])
        await save_vehicles(connection, [NewVehicle("苏N10001", "water"), NewVehicle("苏N10002", "gov")])
        await save_zones(connection, [home(YARD), home(GROWN, Span(day(40), None))])
        await marks(connection)
        yield connection


async def marks(conn: Connection) -> list[tuple[str, datetime | None]]:
    cursor = await conn.execute(
        "select plate, nullif(since, '-infinity') from marks join vehicles on vehicles.id = vehicle_id order by 1, 2"
    )
    found = await cursor.fetchall()
    await conn.execute("delete from marks")
    return [(plate, since) for plate, since in found]


async def test_a_correction_supersedes_and_keeps_what_was(conn: Connection) -> None:
    first, second = await zones(conn)
    assert await save_zones(conn, [home(SMALL, Span(day(40), None))], correcting_because="界址有误") == [
        Outcome.CHANGED
    ]
    one, other = await zones(conn)
    assert (one.id, other.boundary, other.valid_from_us) == (first.id, SMALL, second.valid_from_us)
    (superseded,) = await zones_by_id(conn, [second.id])
    assert superseded.boundary == GROWN
    row = await (await conn.execute("select superseded_because from zones where id = %s", [second.id])).fetchone()
    assert row == ("界址有误",)


async def test_a_correction_marks_the_units_cars_from_the_versions_start(conn: Connection) -> None:
    await save_zones(conn, [home(SMALL, Span(day(40), None))], correcting_because="界址有误")
    assert set(await marks(conn)) == {("苏N10001", day(40))}
    await save_zones(conn, [home(SMALL, Span(None, day(40)))], correcting_because="界址有误")
    assert set(await marks(conn)) == {("苏N10001", None)}


async def test_a_zone_that_was_another_units_marks_the_cars_of_both(conn: Connection) -> None:
    await save_zones(conn, [home(GROWN, Span(day(40), None), "gov")], correcting_because="单位有误")
    assert set(await marks(conn)) == {("苏N10001", day(40)), ("苏N10002", day(40))}


async def test_the_same_again_corrects_nothing(conn: Connection) -> None:
    assert await save_zones(conn, [home(GROWN, Span(day(40), None))], correcting_because="?") == [Outcome.SAME]
    assert await marks(conn) == []


async def test_without_a_reason_nothing_is_corrected(conn: Connection) -> None:
    with pytest.raises(Conflicts):
        await save_zones(conn, [home(SMALL, Span(day(40), None))])


async def test_a_version_that_ends_marks_from_its_end_on(conn: Connection) -> None:
    await save_zones(conn, [home(SMALL, Span(day(80), None))])
    assert set(await marks(conn)) == {("苏N10001", day(80))}


async def test_another_source_marks_nobody(conn: Connection) -> None:
    await conn.execute("update zones set source = '测绘'")
    assert await marks(conn) == []
