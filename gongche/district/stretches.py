"""Sets of stretches of the season, few at a time, in plain Python."""

from __future__ import annotations

from collections.abc import Iterable

from gongche.district.diary import Stretch


def touches(one: Stretch, others: Iterable[Stretch]) -> bool:
    """Whether it shares time with one of the others."""
    return any(other.start_s < one.end_s and one.start_s < other.end_s for other in others)


def left_of(stretches: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """What of the stretches is in none of those taken away."""
    left = list(stretches)
    for away in taken:
        if touches(away, left):
            parts = [(one.start_s, min(one.end_s, away.start_s)) for one in left]
            parts += [(max(one.start_s, away.end_s), one.end_s) for one in left]
            left = [Stretch(start_s, end_s) for start_s, end_s in parts if start_s < end_s]
    return sorted(left, key=lambda one: one.start_s)
