"""Shifts as rosters write them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from fleet.shift import DAY_SHIFT, NIGHT_SHIFT, WHOLE_DAY, Shift, shift_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("白班", DAY_SHIFT),
        (" 夜班 ", NIGHT_SHIFT),
        ("全天", WHOLE_DAY),
        ("24小时", WHOLE_DAY),
        ("Night", NIGHT_SHIFT),
        ("夜班（带班）", NIGHT_SHIFT),
        ("08:00-20:00", DAY_SHIFT),
        ("8：00—20：00", DAY_SHIFT),
        ("20时至次日8时", NIGHT_SHIFT),
        ("17:30～次日 8:30", Shift(1050, 1950)),
        ("17:30-8:30", Shift(1050, 1950)),
        ("8点到8点", Shift(480, 1920)),
        ("00:00-24:00", WHOLE_DAY),
        ("夜班（18:00-06:00）", Shift(1080, 1800)),
    ],
)
def test_a_shift_is_read(text: str, shift: Shift) -> None:
    assert shift_of(text) == shift


@pytest.mark.parametrize(
    "text", ["", "上午", "白班3", "8-20", "25:00-26:00", "08:61-20:00", "08:00", "24:00-08:00", "白班（7）"]
)
def test_what_is_no_shift_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="不是"):
        shift_of(text)


def test_a_night_ends_on_the_next_day() -> None:
    during = NIGHT_SHIFT.on(date(2026, 12, 31), SHANGHAI)
    assert during.start == datetime(2026, 12, 31, 20, tzinfo=SHANGHAI)
    assert during.end == datetime(2027, 1, 1, 8, tzinfo=SHANGHAI)
    assert WHOLE_DAY.on(date(2026, 12, 31), SHANGHAI).end == datetime(2027, 1, 1, tzinfo=SHANGHAI)
