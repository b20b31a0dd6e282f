"""Whether what a violation rests on suffices (docs/rules.md): poor data ends as insufficient evidence 证据不足."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

LEAST_FIXES = 3
"""The trips and stops that a violation touches hold so many fixes at least."""

MOST_IN_GAPS = 0.5
"""No more than this part of the time from its start to its end lies in gaps."""


class Lack(StrEnum):
    """What a violation's evidence lacks."""

    FEW_FIXES = "few_fixes"
    MOSTLY_GAP = "mostly_gap"


def lacks(start_us: int, end_us: int, fixes: int, gaps: Sequence[tuple[int, int]]) -> list[Lack]:
    """Of a violation from start to end: ``fixes`` of the trips and stops that share time with it, ``gaps`` likewise."""
    in_gaps_us = sum(min(gap_end, end_us) - max(gap_start, start_us) for gap_start, gap_end in gaps)
    found = []
    if fixes < LEAST_FIXES:
        found.append(Lack.FEW_FIXES)
    if in_gaps_us > MOST_IN_GAPS * (end_us - start_us):
        found.append(Lack.MOSTLY_GAP)
    return found
