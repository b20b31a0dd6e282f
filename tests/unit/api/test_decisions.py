"""Small decisions of the pages, by themselves."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.car_state import CarState, car_state
from api.evidence import excuses_of, spans_of
from api.map_frame import tile_origins
from api.secret import read_or_make
from api.violation_query import part_of_plate
from api.work_days import unknown_day, workday_before
from fleet.order import Order, Waiver, WaiverKind
from fleet.span import Span
from fleet.week import Week
from rules.calendar import OwnDay, WorkCalendar
from store.timelines import Timeline

NOW = datetime(2026, 10, 9, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "speed_kmh", "state"),
    [
        (timedelta(seconds=1), 60.0, CarState.DRIVING),
        (timedelta(minutes=10), 5.0, CarState.DRIVING),
        (timedelta(minutes=10, seconds=1), 5.0, CarState.SILENT),
        (timedelta(minutes=1), 4.9, CarState.STANDING),
        (timedelta(hours=24), 0.0, CarState.STANDING),
        (timedelta(hours=24, seconds=1), 0.0, CarState.SILENT),
        (timedelta(minutes=1), None, CarState.STANDING),
        (timedelta(minutes=-1), 60.0, CarState.DRIVING),
    ],
)
def test_a_cars_state_claims_nothing_without_data(age: timedelta, speed_kmh: float | None, state: CarState) -> None:
    assert car_state(NOW - age, speed_kmh, NOW) is state


def test_a_car_that_never_reported_is_silent() -> None:
    assert car_state(None, None, NOW) is CarState.SILENT


@pytest.mark.parametrize(("text", "monday"), [("2026-W40", date(2026, 9, 28)), ("2026-W01", date(2025, 12, 29))])
def test_a_week_is_read_and_written_alike(text: str, monday: date) -> None:
    week = Week.read(text)
    assert (week.monday, str(week)) == (monday, text)
    assert week.next.previous == week
    assert Week.of(week.days[6]) == week


@pytest.mark.parametrize("text", ["", "2026-W00", "2026-W54", "2025-W53", "26-W01", "2026W01", "2026-W1", "1999-W01"])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"week|month|Invalid"):
        Week.read(text)


def test_the_last_workday_before_a_holidays_end_lies_before_the_holiday() -> None:
    calendar = WorkCalendar()
    assert workday_before(calendar, date(2026, 10, 8)) == date(2026, 9, 30)
    assert workday_before(calendar, date(2026, 9, 21)) == date(2026, 9, 20), "a Sunday that was worked"


def test_an_unknown_day_is_called_out_four_weeks_ahead() -> None:
    calendar = WorkCalendar([OwnDay(date(2089, 10, 1), is_off=True, festival="国庆节")], entered_years={2089})
    assert unknown_day(calendar, date(2089, 11, 1)) is None
    assert unknown_day(calendar, date(2089, 12, 20)) == date(2089, 12, 28), "New Year may reach back to it"
    assert unknown_day(calendar, date(2090, 3, 1)) is not None


@dataclass(frozen=True)
class Near:
    """Papers around a violation of 14:00 to 15:00."""

    orders: list[Order]
    waivers: list[Waiver]

    @property
    def whys(self) -> list[str]:
        return [one.why for one in self.judged([])]

    def judged(self, written: list[dict[str, Any]]) -> Any:
        start = NOW.replace(hour=14, minute=0)
        around = Timeline([], [], [], [], self.orders, self.waivers)
        return excuses_of(around, [(start, start + timedelta(hours=1))], written)


def order(start_hour: int, end_hour: int, **told: Any) -> Order:
    start = NOW.replace(hour=start_hour, minute=0)
    filed = told.pop("filed_at", start - timedelta(hours=1))
    approved = told.pop("approved_at", filed)
    span = Span(start, NOW.replace(hour=end_hour, minute=0))
    return Order(told.pop("id", 1), "PC-1", 1, span, "下乡", "来龙镇", filed, approved, **told)


@pytest.mark.parametrize(
    ("paper", "why"),
    [
        (order(8, 14), "outside_span"),
        (order(15, 16), "outside_span"),
        (order(8, 15), "in_part"),
        (order(13, 16, approved_at=None), "not_approved"),
        (order(13, 16, cancelled_at=NOW), "cancelled"),
        (order(13, 16, filed_at=NOW.replace(hour=13, minute=1) + timedelta(days=1)), "filed_late"),
    ],
)
def test_an_order_says_why_it_does_not_excuse(paper: Order, why: str) -> None:
    assert Near([paper], []).whys == [why]


def test_what_the_judge_said_goes_first() -> None:
    papers = Near([order(13, 16, id=7)], [Waiver(7, 1, WaiverKind.DUTY, Span(None, None), "值班")])
    written = [{"kind": "order", "id": 7, "why": "other_place"}, {"kind": "duty", "id": 7, "why": "covers"}]
    assert [one.why for one in papers.judged(written)] == ["other_place", "covers"]


def test_spans_are_read_as_the_judge_writes_them() -> None:
    assert spans_of({"spans": [["2026-10-01T00:00:00+00:00", "2026-10-01T08:30:00+08:00"]]}) == [
        (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 1, 0, 30, tzinfo=UTC))
    ]
    assert spans_of({}) == spans_of({"spans": None}) == []


@pytest.mark.parametrize("typed", ["苏n·123", " 苏 N-123", "苏Ｎ１２３", "苏N.123"])
def test_a_part_of_a_plate_is_sought_as_plates_are_kept(typed: str) -> None:
    assert part_of_plate(typed) == "苏N123"


@pytest.mark.parametrize(
    ("tile_url", "origins"),
    [
        (None, []),
        ("/tiles/{z}/{x}/{y}.png", []),
        ("https://tile.openstreetmap.org/{z}/{x}/{y}.png", ["https://tile.openstreetmap.org"]),
        ("https://t{s}.tianditu.gov.cn/x?z={z}", ["https://*.tianditu.gov.cn"]),
    ],
)
def test_tiles_may_come_from_where_the_setting_says(tile_url: str | None, origins: list[str]) -> None:
    assert tile_origins(tile_url) == origins


def test_the_secret_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "session.secret"
    made = read_or_make(path)
    assert read_or_make(path) == made
    assert len(made) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "session.secret"
    path.write_text("short")
    with pytest.raises(ValueError, match=str(path)):
        read_or_make(path)
