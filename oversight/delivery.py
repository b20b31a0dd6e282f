"""Deliveries 投递: which letters go to which target, when, and what becomes of one after an attempt.

All of it is decided here; sending and storing follow it (decision 0033).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from fleet.role import Role
from fleet.violation import Severity
from oversight.letter import Letter
from oversight.target import QuietBreak, Target
from rules.calendar import DayKind, WorkCalendar

_RANK = {severity: rank for rank, severity in enumerate((Severity.INFO, Severity.MEDIUM, Severity.HIGH))}
One = TypeVar("One")

BUNDLE_OVER = 5
"""More letters than this that wait for one target at once become one message: nobody reads two hundred."""
MOST_IN_BUNDLE = 200


class DeliveryState(StrEnum):
    """Where a delivery stands. ``FAILED``: it surely did not arrive; ``UNSURE``: it may have."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"
    WITHDRAWN = "withdrawn"
    """not sent any more: the letter was taken back, or its target disabled"""


class Outcome(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    REFUSED = "refused"
    """it surely did not arrive"""
    UNSURE = "unsure"
    """it may have arrived: no answer came, or whoever sent it died"""


@dataclass(frozen=True, slots=True)
class Patience:
    """Pauses after failing: doubled each time, up to the longest; after so many attempts no more. Seconds."""

    first_s: float = 60.0
    longest_s: float = 3600.0
    most_attempts: int = 8

    def pause(self, attempts: int) -> timedelta:
        """The pause after the n-th attempt."""
        return timedelta(seconds=min(self.first_s * 2.0 ** min(attempts - 1, 32), self.longest_s))


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of a delivery after an attempt. ``next_at``: of a waiting one, when it is tried again; ``again``:
    an attempt may have arrived."""

    state: DeliveryState
    again: bool
    next_at: datetime | None = None


def is_meant(target: Target, letter: Letter) -> bool:
    """Whether a letter goes to a target."""
    return (
        target.enabled
        and letter.kind in target.kinds
        and _RANK[letter.severity] >= _RANK[target.least_severity]
        and (target.is_for_confidential or not letter.is_confidential)
        and (target.unit_ids is None or letter.unit_id is None or letter.unit_id in target.unit_ids)
        and _is_for_role(target, letter)
    )


def _is_for_role(target: Target, letter: Letter) -> bool:
    if letter.unit_id is not None and Role.UNIT_MANAGER in target.roles:
        return True  # of that unit: those of others were left out
    return bool(target.roles & letter.roles)


def quiet_until(target: Target, severity: Severity, calendar: WorkCalendar, now: datetime) -> datetime | None:
    """Until when a letter of that severity has to wait for a target's quiet hours to end; None: it may go now."""
    if target.quiet is None:
        return None
    local = now.astimezone(calendar.zone)
    if not target.quiet.hold(local.time()) or _breaks(target, severity, calendar, local):
        return None
    ending = local.replace(
        hour=target.quiet.until.hour, minute=target.quiet.until.minute, second=0, microsecond=0, fold=0
    )
    if ending <= local:
        ending += timedelta(days=1)
    return ending.astimezone(UTC)


def _breaks(target: Target, severity: Severity, calendar: WorkCalendar, local: datetime) -> bool:
    if severity is not Severity.HIGH or target.breaks_quiet is QuietBreak.NOTHING:
        return False
    return target.breaks_quiet is QuietBreak.HIGH or calendar.day(local.date()).kind is DayKind.HOLIDAY


def settled(
    outcome: Outcome, target: Target, *, attempts: int, again: bool, now: datetime, patience: Patience
) -> Settled:
    """What becomes of a delivery after its n-th attempt; ``again``: an earlier one may have arrived.

    What surely did not arrive is tried again for a while. What may have arrived is tried again only where the receiver
    can drop a repeat (a webhook) or the target asks for it; otherwise it is left for a person to look at.
    """
    if outcome is Outcome.SENT:
        return Settled(DeliveryState.SENT, again)
    may_have_arrived = again or outcome is Outcome.UNSURE
    gives_up = attempts >= patience.most_attempts
    if outcome is Outcome.UNSURE:
        gives_up = gives_up or not (target.is_webhook or target.again_when_unsure)
    if not gives_up:
        return Settled(DeliveryState.WAITING, may_have_arrived, now + patience.pause(attempts))
    return Settled(DeliveryState.UNSURE if may_have_arrived else DeliveryState.FAILED, may_have_arrived)


def together(waiting: Sequence[One]) -> list[One]:
    """Of what may go to a target now, in order, what goes in the next message: the first one, or, where many wait,
    all of them."""
    return list(waiting[:MOST_IN_BUNDLE] if len(waiting) > BUNDLE_OVER else waiting[:1])
