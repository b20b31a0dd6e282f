"""The rules on what trackers say, R13, R15 and R16, by docs/rules.md, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence

from tests.reference.facts import Facts, Track
from tests.reference.intervals import Intervals, difference, kept, touches, union
from tests.reference.papers import Papers
from tests.reference.signals import (
    ANTENNA_CUT,
    ANTENNA_SHORT,
    POWER_CUT,
    Message,
    alarm,
    faster_than,
    moments,
    moved_unseen,
    no_fix,
)

SECOND_US, MINUTE_US = 1_000_000, 60_000_000
OVER_KMH, GROWN_M, MOVED_M = 120, 1_000, 2_000


def speeding(messages: Sequence[Message], track: Track, papers: Papers) -> Intervals:
    """R13: stretches of 30 s over 120 km/h without an emergency, less than 5 min apart."""
    fast = difference(faster_than(messages, OVER_KMH, track), papers.waived("emergency"))
    return kept(_lasting(fast, 30 * SECOND_US), 5 * MINUTE_US, 0)


def tampering(
    messages: Sequence[Message], track: Track, facts: Facts, papers: Papers, silences: Sequence[tuple[int, int]]
) -> Intervals:
    """R15: 5 min of an alarm, or moved over 2 km in a silence of 30 min that neither a silence of the fleet nor a time
    without a tracker touches; without repair; less than 30 min apart.
    """
    repair = papers.waived("repair")
    heard = moments(messages)
    alarms = union(*(alarm(heard, flag) for flag in (POWER_CUT, ANTENNA_CUT, ANTENNA_SHORT)))
    excused = [*silences, *papers.unfitted()]
    moved = [gap for gap in moved_unseen(heard, track, facts, MOVED_M) if not touches(*gap, excused)]
    found = union(
        _lasting(difference(alarms, repair), 5 * MINUTE_US), _lasting(difference(moved, repair), 30 * MINUTE_US)
    )
    return kept(found, 30 * MINUTE_US, 0)


def jamming(messages: Sequence[Message]) -> Intervals:
    """R16: 20 min of messages without a fix in which the odometer grew by 1 km, less than 30 min apart."""
    grown = [(start, end) for start, end, grown_m in no_fix(moments(messages)) if grown_m >= GROWN_M]
    return kept(_lasting(grown, 20 * MINUTE_US), 30 * MINUTE_US, 0)


def _lasting(spans: Intervals, least_us: int) -> Intervals:
    return [(start, end) for start, end in spans if end - start >= least_us]
