"""Reminders and letters are written down when they are due, once each, by however many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime

import pytest

from fleet.clock import SHANGHAI
from gongche.reminding import Sent, remind
from oversight.case import Act, Event
from oversight.case_acts import after, folded
from oversight.office import SHIPPED
from store import cases, points
from store.database import Connection, connect
from tests.integration.api.builders import District, district, local


@pytest.fixture
def built(database: str) -> Iterator[District]:
    with district(database) as builders:
        yield builders


async def asked(conn: Connection, vehicle: int, at: datetime) -> int:
    """A case whose unit is asked at a moment."""
    case_id = await cases.open_case(conn, vehicle, Event(act=Act.OPEN, by="张三", at=at), "staff")
    for act in (Act.TAKE, Act.ASK):
        case = folded(one.event for one in await cases.hold(conn, case_id))
        event = Event(act=act, by="张三", at=at, text="请说明")
        await cases.add_event(conn, case_id, after(case, event), event, "staff")
    return case_id


async def at(dsn: str, moment: datetime) -> list[Sent]:
    async with await connect(dsn, autocommit=True) as conn:
        return await remind(conn, SHIPPED, SHANGHAI, moment)


async def test_a_case_is_urged_step_by_step_over_the_holiday(database: str, built: District) -> None:
    vehicle = built.vehicle()
    async with await connect(database, autocommit=True) as conn:
        case = await asked(conn, vehicle, local("2026-09-28 09:00"))  # due on 8 October
        said = {}
        for day in ("09-29", "09-30", "10-03", "10-08", "10-09", "10-10", "10-12", "10-14"):
            said[day] = [(one.case_id, one.kind) for one in await at(database, local(f"2026-{day} 08:00"))]
        assert {day: found for day, found in said.items() if found} == {
            "09-30": [(case, "soon")],
            "10-09": [(case, "overdue")],
            "10-12": [(case, "letter")],
        }
        assert [one.kind for one in await cases.notices_of(conn, case)] == ["soon", "overdue", "letter"]
    letters = built.conn.execute("select kind, severity, roles, unit_id is null, path from letters order by id")
    # The unit is waited for: it is told, and from the letter on the head, too.
    assert letters.fetchall() == [
        ("reminder", "info", ["unit_manager"], False, f"/cases/{case}"),
        ("reminder", "medium", ["unit_manager"], False, f"/cases/{case}"),
        ("escalation", "high", ["head", "unit_manager"], False, f"/cases/{case}"),
    ]


async def test_several_at_once_write_each_notice_once(database: str, built: District) -> None:
    async with await connect(database, autocommit=True) as conn:
        for n in range(5):
            await asked(conn, built.vehicle(f"苏N0000{n}"), local("2026-09-28 09:00"))
    found = await asyncio.gather(*(at(database, local("2026-10-09 08:00")) for _ in range(4)))
    assert sorted(one.case_id or 0 for sent in found for one in sent) == [1, 2, 3, 4, 5]


async def test_a_unit_that_falls_below_a_threshold_is_told_once_a_year(database: str, built: District) -> None:
    unit = built.unit("区教育局")
    vehicle = built.vehicle(unit=unit)
    async with await connect(database, autocommit=True) as conn:
        case = await cases.open_case(
            conn, vehicle, Event(act=Act.OPEN, by="张三", at=local("2026-10-09 08:00")), "staff"
        )
        now = local("2026-10-09 08:30")
        for change, kinds in ((-9, []), (-2, ["points_remind"]), (-3, []), (-10, ["points_letter"])):
            await points.add(conn, unit_id=unit, year=2026, change=change, case_id=case, event_number=1, at=now)
            sent = await at(database, now)
            assert [one.kind for one in sent if one.points is not None] == kinds
    letters = built.conn.execute(
        "select kind, roles, unit_id, body_zh from letters where key like 'points/%' order by id"
    )
    assert letters.fetchall() == [
        ("reminder", ["head"], unit, "区教育局 2026 年度现有 89 分，已被扣 11 分。"),
        ("escalation", ["head"], unit, "区教育局 2026 年度现有 76 分，已被扣 24 分。"),
    ]
