"""Moments and local days.

Inside the program a moment is UTC: an ``int`` of microseconds since 1970 (names end in ``_us``) in columns,
an aware ``datetime`` in nouns. A *day* is a local day of the district's time zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

SHANGHAI = ZoneInfo("Asia/Shanghai")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def us_of(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime, exactly (no float in between)."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {moment.isoformat()}")
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(us: int) -> datetime:
    """The UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=int(us))


def local_day(us: int, zone: ZoneInfo = SHANGHAI) -> date:
    """The local day that a moment falls on."""
    return moment_of(us).astimezone(zone).date()


def day_start_us(day: date, zone: ZoneInfo = SHANGHAI) -> int:
    """The moment a local day begins."""
    return us_of(datetime(day.year, day.month, day.day, tzinfo=zone))


def month_start_us(us: int, zone: ZoneInfo = SHANGHAI) -> int:
    """The moment at which the local month of a moment begins."""
    return day_start_us(local_day(us, zone).replace(day=1), zone)


def next_month_us(us: int, zone: ZoneInfo = SHANGHAI) -> int:
    """The moment at which the local month after that of a moment begins."""
    day = local_day(us, zone)
    return day_start_us(date(day.year + day.month // 12, day.month % 12 + 1, 1), zone)
