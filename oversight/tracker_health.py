"""How trackers 定位终端 are: what is wrong with one, and what is to be done next. Never told without data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

LATE = timedelta(minutes=10)
"""A position that comes so long after its time comes late: out of a blind area, or by a wrong clock."""

SHARES_DAYS = 7
"""Local days, today's included, that shares are told of."""

SHOWN_DAYS = 14
"""Local days that a tracker's own page shows."""


class Trouble(StrEnum):
    """What is wrong with a tracker; the worst first."""

    SILENT = "silent"
    NEVER = "never"
    CLOCK = "clock"
    FEW_FIXES = "few_fixes"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    UNFITTED = "unfitted"
    LATE = "late"
    REPEATS = "repeats"


class Advice(StrEnum):
    """The one thing to do next."""

    CHECK_POWER = "check_power"
    CHECK_FITTING = "check_fitting"
    SET_CLOCK = "set_clock"
    SET_ZONE = "set_zone"
    CHECK_ANTENNA = "check_antenna"
    CHECK_MESSAGES = "check_messages"
    REGISTER = "register"
    FIT = "fit"
    CHECK_COVERAGE = "check_coverage"
    CHECK_REPEATS = "check_repeats"


@dataclass(frozen=True, slots=True)
class HealthLimits:
    """From when on something is wrong. Shares are of 1; fewer than ``least_messages`` say nothing of shares."""

    silent: timedelta = timedelta(hours=24)
    clock_off_s: float = 120.0
    least_offsets: int = 5
    least_messages: int = 50
    fix_share: float = 0.8
    late_share: float = 0.2
    repeat_share: float = 0.2
    rejected_share: float = 0.01


LIMITS = HealthLimits()

_WAITING = frozenset({"unknown_tracker", "not_fitted"})
"""Not the tracker's fault: these messages are kept, and taken in once it is fitted."""
_AHEAD = "clock_ahead"
_OF_THE_CLOCK = frozenset({"bad_time", "no_offset", "missing_ts", _AHEAD})
_AHEAD_LEAST = 3
_HALF_HOUR_S = 1800
_ZONE_OFF_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerHealth:
    """What is known of a tracker. Counts are of the last SHARES_DAYS; ``offsets_s`` (received minus told) of the last
    batches, the newest first. ``id`` None: not registered. ``vehicle_id`` None: on no vehicle now."""

    tracker: str
    id: int | None = None
    vehicle_id: int | None = None
    plate: str | None = None
    unit: str | None = None
    fitted_from: datetime | None = None
    heard_at: datetime | None = None
    positions: int = 0
    fixes: int = 0
    parked: int = 0
    repeats: int = 0
    late: int = 0
    offsets_s: Sequence[int] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)

    @property
    def fix_share(self) -> float | None:
        """Of the new positions those with a fix; None when there are none.

        Without the ``parked``: what a car with its ignition off tells out of a garage says nothing of its antenna.
        """
        return self.fixes / self.in_the_open if self.in_the_open else None

    @property
    def in_the_open(self) -> int:
        """New positions that say something of the antenna."""
        return self.positions - self.parked

    @property
    def late_share(self) -> float | None:
        """Of the new positions those that came LATE."""
        return self.late / self.positions if self.positions else None

    @property
    def repeat_share(self) -> float | None:
        """Of all positions those that were stored already."""
        came = self.positions + self.repeats
        return self.repeats / came if came else None

    @property
    def unreadable(self) -> int:
        """Messages, or elements of them, that could not be read."""
        return sum(count for reason, count in self.rejected.items() if reason not in _WAITING)

    @property
    def waiting(self) -> int:
        """Positions that came while the tracker was on no vehicle."""
        return sum(count for reason, count in self.rejected.items() if reason in _WAITING)

    @property
    def clock_offset_s(self) -> float | None:
        """The median of the last offsets: a clock that is 5 min ahead shows -300; None when there are too few."""
        return median(self.offsets_s) if len(self.offsets_s) >= LIMITS.least_offsets else None

    def silent_for(self, now: datetime) -> timedelta | None:
        """Since it was last heard; None for one that never was."""
        return None if self.heard_at is None else max(now - self.heard_at, timedelta(0))


def troubles(health: TrackerHealth, now: datetime, limits: HealthLimits = LIMITS) -> list[Trouble]:
    """What is wrong with a tracker, the worst first."""
    found = {
        Trouble.SILENT: _is_silent(health, now, limits),
        Trouble.NEVER: _never_came(health, now, limits),
        Trouble.CLOCK: is_clock_off(health, limits) or is_ahead(health, limits),
        Trouble.FEW_FIXES: health.in_the_open >= limits.least_messages and _under(health.fix_share, limits.fix_share),
        Trouble.REJECTED: health.unreadable > limits.rejected_share * (health.positions + health.unreadable),
        Trouble.UNKNOWN: health.id is None,
        Trouble.UNFITTED: health.id is not None and health.vehicle_id is None and health.waiting > 0,
        # Of a clock that is off nobody knows what is late.
        Trouble.LATE: health.positions >= limits.least_messages
        and not is_clock_off(health, limits)
        and _over(health.late_share, limits.late_share),
        Trouble.REPEATS: health.positions + health.repeats >= limits.least_messages
        and _over(health.repeat_share, limits.repeat_share),
    }
    return [trouble for trouble in Trouble if found[trouble]]


def is_clock_off(health: TrackerHealth, limits: HealthLimits = LIMITS) -> bool:
    """Whether what it tells as the time is steadily another one than that of receipt.

    What was kept in a blind area comes with offsets that differ, as the time since it was measured does.
    """
    offset_s = health.clock_offset_s
    if offset_s is None or abs(offset_s) <= limits.clock_off_s:
        return False
    middle_half = sorted(health.offsets_s)[len(health.offsets_s) // 4 : -(len(health.offsets_s) // 4)]
    return middle_half[-1] - middle_half[0] <= limits.clock_off_s


def is_ahead(health: TrackerHealth, limits: HealthLimits = LIMITS) -> bool:
    """Whether it tells of the future so often that its clock is wrong; such positions are kept and not judged."""
    return health.rejected.get(_AHEAD, 0) > limits.rejected_share * (health.positions + health.unreadable)


def are_we_behind(trackers: Sequence[TrackerHealth]) -> bool:
    """Whether so many trackers are ahead that the clock of receipt is to be looked at first."""
    ahead = sum(map(is_ahead, trackers))
    heard = sum(one.heard_at is not None or _AHEAD in one.rejected for one in trackers)
    return ahead >= _AHEAD_LEAST and 2 * ahead > heard


def advice(health: TrackerHealth, found: Sequence[Trouble]) -> Advice | None:
    """What to do next about the worst trouble; None when there is none."""
    if not found:
        return None
    match found[0]:
        case Trouble.CLOCK:
            return Advice.SET_ZONE if _is_zone_off(health.clock_offset_s or 0.0) else Advice.SET_CLOCK
        case Trouble.REJECTED:
            of_the_clock = sum(count for reason, count in health.rejected.items() if reason in _OF_THE_CLOCK)
            return Advice.SET_CLOCK if 2 * of_the_clock > health.unreadable else Advice.CHECK_MESSAGES
    return _ADVICE[found[0]]


_ADVICE = {
    Trouble.SILENT: Advice.CHECK_POWER,
    Trouble.NEVER: Advice.CHECK_FITTING,
    Trouble.FEW_FIXES: Advice.CHECK_ANTENNA,
    Trouble.UNKNOWN: Advice.REGISTER,
    Trouble.UNFITTED: Advice.FIT,
    Trouble.LATE: Advice.CHECK_COVERAGE,
    Trouble.REPEATS: Advice.CHECK_REPEATS,
}


@dataclass(frozen=True, slots=True)
class Examined:
    """A tracker with what is wrong with it and what is to be done."""

    health: TrackerHealth
    troubles: Sequence[Trouble]
    advice: Advice | None


def examined(trackers: Iterable[TrackerHealth], now: datetime, limits: HealthLimits = LIMITS) -> list[Examined]:
    """All with their troubles: the worst trouble first, of one trouble the longest silent, then by code."""
    told = []
    for health in trackers:
        found = troubles(health, now, limits)
        told.append(Examined(health, found, advice(health, found)))
    return sorted(told, key=lambda one: _rank(one, now))


def _rank(one: Examined, now: datetime) -> tuple[int, timedelta, str]:
    worst = list(Trouble).index(one.troubles[0]) if one.troubles else len(Trouble)
    silent_for = one.health.silent_for(now) if one.troubles else None
    return worst, -(silent_for or timedelta(0)), one.health.tracker


def _is_silent(health: TrackerHealth, now: datetime, limits: HealthLimits) -> bool:
    """On a vehicle and not heard for long, nor within the time since it was fitted."""
    if health.vehicle_id is None or health.heard_at is None:
        return False
    return now - max(health.heard_at, health.fitted_from or health.heard_at) >= limits.silent


def _never_came(health: TrackerHealth, now: datetime, limits: HealthLimits) -> bool:
    if health.vehicle_id is None or health.heard_at is not None:
        return False
    return health.fitted_from is None or now - health.fitted_from >= limits.silent


def _is_zone_off(offset_s: float) -> bool:
    """Whole half hours, an hour at least: a time zone rather than a clock that goes wrong."""
    off_by_s = abs(offset_s - _HALF_HOUR_S * round(offset_s / _HALF_HOUR_S))
    return abs(offset_s) >= _ZONE_OFF_S - LIMITS.clock_off_s and off_by_s <= LIMITS.clock_off_s


def _under(share: float | None, least: float) -> bool:
    return share is not None and share < least


def _over(share: float | None, most: float) -> bool:
    return share is not None and share > most
