"""Deadlines in working days, over National Day 2026 with its make-up workdays (20 September, 10 October)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from fleet.clock import SHANGHAI
from oversight.case import Act, Event
from oversight.case_acts import Duty, folded
from oversight.deadline import Due, due_of, is_past, workday_before, workdays_after, workdays_late
from oversight.office import SHIPPED
from oversight.reminders import Reminder, Urging, reminder_due
from rules.calendar import OwnDay, WorkCalendar

CALENDAR = WorkCalendar()


@pytest.mark.parametrize(
    ("since", "workdays", "due"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # Saturday the 10th is worked
        (date(2026, 9, 30), 4, date(2026, 10, 12)),
        (date(2026, 9, 29), 3, date(2026, 10, 9)),
        (date(2026, 10, 3), 3, date(2026, 10, 10)),
        (date(2026, 9, 18), 1, date(2026, 9, 20)),  # Sunday the 20th is worked
        (date(2026, 9, 24), 1, date(2026, 9, 28)),  # Mid-Autumn Day, 25 to 27 September
    ],
)
def test_workdays_are_counted_by_the_calendar(since: date, workdays: int, due: date) -> None:
    assert workdays_after(CALENDAR, since, workdays) == Due(due, False)


def test_a_day_that_nobody_knows_makes_a_deadline_provisional() -> None:
    assert workdays_after(CALENDAR, date(2098, 12, 5), 3) == Due(date(2098, 12, 10), True)
    own = [OwnDay(date(2098, 12, day), is_off=False) for day in (6, 7, 8)]
    assert workdays_after(WorkCalendar(own), date(2098, 12, 5), 3) == Due(date(2098, 12, 8), False)


def test_a_deadline_lasts_until_local_midnight() -> None:
    due = Due(date(2026, 10, 13), False)
    moments = [datetime(2026, 10, 13, 23, 59, 59, tzinfo=SHANGHAI), datetime(2026, 10, 14, tzinfo=SHANGHAI)]
    assert [is_past(due, moment, CALENDAR) for moment in moments] == [False, True]


@pytest.mark.parametrize(
    ("today", "late"),
    [
        (date(2026, 9, 29), 0),
        (date(2026, 9, 30), 0),
        (date(2026, 10, 7), 0),
        (date(2026, 10, 8), 1),
        (date(2026, 10, 10), 3),
        (date(2026, 10, 11), 3),
    ],
)
def test_days_off_after_a_deadline_are_not_counted_late(today: date, late: int) -> None:
    assert workdays_late(CALENDAR, date(2026, 9, 30), today) == late


def test_the_workday_before_a_day_may_be_a_worked_saturday() -> None:
    days = [date(2026, 10, 8), date(2026, 10, 12)]
    assert [workday_before(CALENDAR, day) for day in days] == [date(2026, 9, 30), date(2026, 10, 10)]


ASKED = folded(
    Event(act=act, by="张三", at=datetime(2026, 9, 28, 9, tzinfo=SHANGHAI), text="说明")
    for act in (Act.OPEN, Act.TAKE, Act.ASK)
)


def reminded(day: date) -> Reminder | None:
    return reminder_due(ASKED, CALENDAR, SHIPPED, datetime(day.year, day.month, day.day, 8, tzinfo=SHANGHAI))


def test_reminders_follow_each_other_over_the_holiday() -> None:
    assert due_of(ASKED, CALENDAR, SHIPPED) == Due(date(2026, 10, 8), False)
    days = [date(2026, 9, 29) + timedelta(days=n) for n in range(16)]
    found = {day: reminder.urging for day in days if (reminder := reminded(day))}
    soon = {date(2026, 9, 30) + timedelta(days=n): Urging.SOON for n in range(9)}
    late = {date(2026, 10, day): Urging.OVERDUE for day in (9, 10, 11)}
    assert found == soon | late | {date(2026, 10, day): Urging.LETTER for day in (13, 14)} | {
        date(2026, 10, 12): Urging.LETTER
    }


def test_a_reminder_has_one_key_however_often_it_is_asked_for() -> None:
    keys = [reminded(date(2026, 10, day)) for day in (1, 7, 8, 9, 10, 12, 14)]
    assert len({reminder.key for reminder in keys if reminder}) == 3
    assert {reminder.to for reminder in keys if reminder} == {Duty.ANSWER}


def test_before_it_is_due_nothing_is_sent() -> None:
    assert reminded(date(2026, 9, 29)) is None
