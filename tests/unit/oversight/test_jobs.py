"""What is due and not done: by local time, by the work calendar, each occurrence once whenever one looks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from oversight.jobs import FRIDAY, Schedule, due, every_day, every_week, every_workday, first_workday_of_week
from rules.calendar import WorkCalendar
from tests.integration.api.builders import local

CALENDAR = WorkCalendar()
DRAW = first_workday_of_week(time(8))
SEED = every_week(FRIDAY, time(16), weeks_ahead=1)


def found(schedule: Schedule, since: str, until: str) -> list[tuple[str, datetime]]:
    return [(one.key, one.at) for one in due("job", schedule, local(since), local(until), CALENDAR)]


def test_a_draw_is_due_on_monday_at_eight_local_time() -> None:
    assert found(DRAW, "2026-11-22 00:00", "2026-11-23 07:59") == []
    assert found(DRAW, "2026-11-22 00:00", "2026-11-23 08:00") == [("2026-W48", datetime(2026, 11, 23, 0, tzinfo=UTC))]
    assert found(DRAW, "2026-11-23 08:00", "2026-11-29 23:59") == []


def test_after_a_holiday_it_is_due_on_the_first_workday_of_the_week() -> None:
    assert found(DRAW, "2026-10-03 00:00", "2026-10-10 23:59") == [("2026-W41", local("2026-10-08 08:00"))]


def test_a_week_without_a_workday_is_drawn_on_the_first_one_after_it() -> None:
    # The Spring Festival of 2026: 15 to 23 February, a whole week and a Monday more.
    assert found(DRAW, "2026-02-15 00:00", "2026-02-28 23:59") == [
        ("2026-W08", local("2026-02-24 08:00")),
        ("2026-W09", local("2026-02-24 08:00")),
    ]


def test_the_seed_of_next_week_is_due_on_friday_afternoon() -> None:
    assert found(SEED, "2026-11-16 00:00", "2026-11-22 23:59") == [("2026-W48", local("2026-11-20 16:00"))]


def test_the_seed_is_due_before_its_draw_in_every_week_of_a_year() -> None:
    seeds = dict(found(SEED, "2025-12-20 00:00", "2026-12-31 23:59"))
    for week, at in found(DRAW, "2025-12-29 00:00", "2026-12-31 23:59"):
        assert seeds[week] < at


def test_other_schedules_are_by_the_day() -> None:
    assert [key for key, _ in found(every_day(time(8)), "2026-11-20 08:00", "2026-11-23 08:00")] == [
        "2026-11-21", "2026-11-22", "2026-11-23",
    ]  # fmt: skip
    assert [key for key, _ in found(every_workday(time(8)), "2026-11-20 08:00", "2026-11-23 08:00")] == ["2026-11-23"]


def test_what_fell_into_weeks_when_nobody_looked_is_found_afterwards() -> None:
    assert [week for week, _ in found(DRAW, "2026-11-01 00:00", "2026-11-30 12:00")] == [
        f"2026-W{number}" for number in range(45, 50)
    ]


@given(st.lists(st.integers(0, 60 * 24 * 60), max_size=20), st.sampled_from([DRAW, SEED, every_workday(time(23, 59))]))
def test_whenever_one_looks_each_occurrence_is_found_once(looks_min: list[int], schedule: Schedule) -> None:
    begin = datetime(2026, 1, 25, 3, 7, tzinfo=UTC)
    moments = sorted({0, *looks_min, 60 * 24 * 60})
    looks = [begin + timedelta(minutes=minute) for minute in moments]
    one_by_one = [one for before, now in pairwise(looks) for one in due("job", schedule, before, now, CALENDAR)]
    assert one_by_one == due("job", schedule, looks[0], looks[-1], CALENDAR)
    assert len({one.key for one in one_by_one}) == len(one_by_one)


def test_these_tests_know_their_holidays() -> None:
    assert CALENDAR.day(date(2026, 2, 23)).is_off
    assert not CALENDAR.day(date(2026, 2, 24)).is_off
