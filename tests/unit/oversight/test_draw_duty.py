"""When a week's draw is overdue: by the work calendar, not before there were draws, with an hour to catch up."""

from __future__ import annotations

from datetime import datetime

import pytest

from fleet.clock import SHANGHAI
from fleet.week import Week
from oversight.draw_duty import overdue
from rules.calendar import WorkCalendar

CALENDAR = WorkCalendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "drawn", "missed"),
    [
        ("2026-10-12 08:59", ["2026-W41"], None),
        ("2026-10-12 09:00", ["2026-W41"], "2026-W42"),
        ("2026-10-18 23:00", ["2026-W41"], "2026-W42"),
        ("2026-10-12 09:00", ["2026-W41", "2026-W42"], None),
        ("2026-10-12 08:30", ["2026-W39"], "2026-W41"),
        ("2026-10-12 08:30", ["2026-W42"], None),
        ("2026-10-06 12:00", ["2026-W40"], None),
        ("2026-10-08 09:00", ["2026-W40"], "2026-W41"),
        ("2026-10-14 12:00", [], "2026-W42"),
    ],
)
def test_a_draw_is_overdue_an_hour_after_it_was_due(now: str, drawn: list[str], missed: str | None) -> None:
    found = overdue(at(now), [Week.read(week) for week in drawn], CALENDAR)
    assert (str(found) if found else None) == missed
