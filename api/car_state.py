"""Whether a car drives, stands or is silent now, as its newest position tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

MOVING_KMH = 5.0
FRESH = timedelta(minutes=10)
"""As in the facts: a step of more than ten minutes is not moving."""
SILENT = timedelta(hours=24)
"""As in R14: a day without a message is a warning."""


class CarState(StrEnum):
    DRIVING = "driving"
    STANDING = "standing"
    SILENT = "silent"


def car_state(ts: datetime | None, speed_kmh: float | None, now: datetime) -> CarState:
    """The state of a car whose newest position is of ``ts``.

    A parked tracker sleeps, so one that stood when it last reported is standing for a day. One that moved and
    then fell silent is silent after ten minutes: nothing is claimed without data.
    """
    if ts is None or now - ts > SILENT:
        return CarState.SILENT
    moved = speed_kmh is not None and speed_kmh >= MOVING_KMH
    if not moved:
        return CarState.STANDING
    return CarState.DRIVING if now - ts <= FRESH else CarState.SILENT
