"""Whether a violation rests on too little, by docs/rules.md, "Insufficient evidence", in plain Python."""

from __future__ import annotations

from tests.reference.facts import Facts, Stop, Trip

LEAST_FIXES = 3


def is_insufficient(start_us: int, end_us: int, facts: Facts) -> bool:
    """Fewer than three fixes in the trips and stops that share time with it, or gaps over more than half of it."""
    held: list[Trip | Stop] = [*facts.trips, *facts.stops]
    fixes = sum(fact.fixes for fact in held if fact.start_us < end_us and fact.end_us > start_us)
    in_gaps_us = sum(max(0, min(gap.end_us, end_us) - max(gap.start_us, start_us)) for gap in facts.gaps)
    return fixes < LEAST_FIXES or 2 * in_gaps_us > end_us - start_us
