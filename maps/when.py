"""Moments and days as maps write them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fleet.clock import moment_of


def moment_text(us: int, time_zone: str) -> str:
    """``2026-10-02 09:14:05``, local."""
    return moment_of(us).astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S")


def span_text(start_us: int, end_us: int, time_zone: str) -> str:
    """``10-02 09:14 – 10:20``, local; with the second day where it is another."""
    start, end = short_text(start_us, time_zone), short_text(end_us, time_zone)
    return f"{start} – {end.removeprefix(start[:6])}"


def short_text(us: int, time_zone: str) -> str:
    """``10-02 09:14``, local: beside a marker."""
    return moment_of(us).astimezone(ZoneInfo(time_zone)).strftime("%m-%d %H:%M")
