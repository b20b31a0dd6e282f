"""Spans in a line: ``spans("1-3 5-9 | 0-4")`` are two of row 0 and one of row 1, in minutes of 2026-10-01 (UTC)."""

from __future__ import annotations

from rules.spans import Spans

MINUTE_US = 60_000_000
ORIGIN_US = 1_790_812_800_000_000


def minute_us(minute: float) -> int:
    """The moment of a minute of the builder's day, in µs since 1970."""
    return ORIGIN_US + round(minute * MINUTE_US)


def spans(text: str = "") -> Spans:
    """Vehicles are parted by ``|``, spans by blanks, the ends of a span by ``-``."""
    parts = [
        (row, minute_us(float(start)), minute_us(float(end)))
        for row, vehicle in enumerate(text.split("|"))
        for start, end in (pair.split("-") for pair in vehicle.split())
    ]
    vehicle, start_us, end_us = zip(*parts, strict=True) if parts else ((), (), ())
    return Spans.of(vehicle, start_us, end_us)


def written(found: Spans, vehicles: int = 1) -> str:
    """Spans back in the builder's notation: what a failing test prints."""
    rows: list[list[str]] = [[] for _ in range(vehicles)]
    for row, start_us, end_us in zip(found.vehicle, found.start_us, found.end_us, strict=True):
        start, end = ((int(us) - ORIGIN_US) / MINUTE_US for us in (start_us, end_us))
        rows[row].append(f"{start:g}-{end:g}")
    return " | ".join(" ".join(row) for row in rows)
