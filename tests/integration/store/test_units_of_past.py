"""What counts by unit counts for the unit that a car had at the time; who sees the car goes by its unit of today."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest

from fleet.clock import moment_of, month_start_us, next_month_us, us_of
from oversight.case import Act, Event
from store import cases, points, report_matter, violations
from store.database import Connection, connect
from store.scope import EVERYTHING, Scope
from store.violations import Filter
from tests.builders.district import move_vehicle
from tests.integration.api.builders import District, district, local

NOW = local("2026-10-12 09:00")
SEPTEMBER, OCTOBER = local("2026-09-15 20:00"), local("2026-10-08 20:00")


@pytest.fixture
def built(database: str) -> Iterator[District]:
    with district(database) as made:
        yield made


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    async with await connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def moved(built: District) -> tuple[int, int, int]:
    """A car with a violation in September and one in October, handed from one unit to another on 1 October: its id,
    and the units'."""
    old, new = built.unit("区水利局"), built.unit("区城管局")
    car = built.vehicle("苏N00001", unit=old)
    for at in (SEPTEMBER, OCTOBER):
        built.violation(car, "R04", at)
        built.order(car, at, at.replace(hour=at.hour + 1), number=f"PC-{at:%m}")
    move_vehicle(built.conn, car, new, local("2026-10-01 00:00"))
    return car, old, new


def month_of(at: datetime) -> tuple[datetime, datetime]:
    return moment_of(month_start_us(us_of(at))), moment_of(next_month_us(us_of(at)))


async def test_violations_are_of_the_unit_that_the_car_had_when_they_began(
    conn: Connection, moved: tuple[int, int, int]
) -> None:
    _, old, new = moved
    told = await report_matter.violations(conn, local("2026-09-01 00:00"), NOW, scope=EVERYTHING)
    assert [(one.start_at, one.unit_id, one.unit) for one in told] == [
        (SEPTEMBER, old, "区水利局"),
        (OCTOBER, new, "区城管局"),
    ]
    for unit, at in ((old, SEPTEMBER), (new, OCTOBER)):
        wanted = Filter(unit_id=unit)
        page = await violations.page(conn, wanted, scope=EVERYTHING)
        assert [(one.start_at, one.unit) for one in page.rows] == [(at, {old: "区水利局", new: "区城管局"}[unit])]
        assert [one.count for one in await violations.count_by_rule(conn, wanted, scope=EVERYTHING)] == [1]


async def test_who_sees_them_goes_by_the_unit_of_today(conn: Connection, moved: tuple[int, int, int]) -> None:
    _, old, new = moved
    for unit, seen in ((old, 0), (new, 2)):
        scope = Scope(confidential=False, unit_ids=frozenset({unit}))
        assert len((await violations.page(conn, Filter(), scope=scope)).rows) == seen


@pytest.mark.usefixtures("moved")
async def test_a_month_is_ranked_by_the_units_of_then(conn: Connection) -> None:
    ranked = {}
    for at in (SEPTEMBER, OCTOBER):
        found = await report_matter.month(conn, *month_of(at), year=2026, now=NOW, scope=EVERYTHING)
        ranked[at.month] = [(one.unit, one.cars, one.suspected) for one in found]
    assert ranked == {9: [("区水利局", 1, 1)], 10: [("区城管局", 1, 1)]}


async def test_a_unit_that_a_car_left_within_the_span_is_there_with_what_was_its_own(
    conn: Connection, moved: tuple[int, int, int]
) -> None:
    _, old, new = moved
    span = local("2026-09-14 00:00"), local("2026-10-12 00:00")
    units = await report_matter.units(conn, *span, scope=EVERYTHING)
    assert {(one.unit, one.cars, one.unheard) for one in units} == {("区水利局", 0, 0), ("区城管局", 1, 1)}
    ranked = await report_matter.month(conn, *span, year=2026, now=NOW, scope=EVERYTHING)
    assert {(one.unit, one.cars, one.suspected) for one in ranked} == {("区水利局", 0, 1), ("区城管局", 1, 1)}
    assert sorted(await report_matter.orders(conn, *span, scope=EVERYTHING)) == [(old, 1), (new, 1)]


async def test_a_case_is_of_the_unit_that_the_car_had_when_what_it_is_about_began(
    conn: Connection, moved: tuple[int, int, int]
) -> None:
    car, old, new = moved
    told = await report_matter.violations(conn, local("2026-09-01 00:00"), NOW, scope=EVERYTHING)
    units = []
    for violation, about in ((told[0].id, None), (told[1].id, SEPTEMBER), (None, SEPTEMBER), (None, None)):
        event = Event(act=Act.OPEN, by="张三", at=NOW, violation_id=violation)
        async with conn.transaction():
            case = await cases.open_case(conn, car, event, "staff", about)
        found = await cases.one(conn, case, scope=EVERYTHING)
        assert found is not None
        units.append(found.unit_id)
    assert units == [old, new, old, new]
    standing = await points.standing(conn, 2026, scope=EVERYTHING)
    assert {one.name for one in standing} == {"区水利局", "区城管局"}
    assert [one.name for one in await points.standing(conn, 2027, scope=EVERYTHING)] == ["区城管局"]
