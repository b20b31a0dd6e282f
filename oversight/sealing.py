"""Sealing 封存停驶: which cars have to stand at home over a holiday, and how each was seen. Pure.

Who has to is not told here a second time: it is what the rules R06 and R07 in force would forbid the car, by its papers
(``rules.supposed``). An approved exemption is a waiver, and so one of those papers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from fleet.clock import us_of
from rules.calendar import WorkCalendar
from rules.papers import Papers
from rules.rule import Rule
from rules.supposed import DRIVES, STANDS_AWAY, Supposition, forbidden, papers_of

USE, AWAY = "R06", "R07"
"""The rules of the holiday: use of a car, and a car that is not at home."""

RuleOf = Callable[[str, int], Rule | None]
"""The form of a rule (by its id) that is in force for a unit; None where none is."""


class Obligation(StrEnum):
    """What a car has to do over the holiday."""

    SEAL = "seal"
    """封存: stand at home all the time"""
    PARTLY = "partly"
    """部分时段封存: stand at home but for the time of its papers"""
    STAND = "stand"
    """停驶: not drive, but it may stand elsewhere (in repair)"""
    EXEMPT = "exempt"
    """不封存: its papers let it be used all the time"""

    @property
    def is_on_list(self) -> bool:
        """Whether it stands on the sealing list."""
        return self is not Obligation.EXEMPT


@dataclass(frozen=True, slots=True)
class Obliged:
    """``excuses``: the words of the rules (``rules.vocabulary``) that some of the holiday is excused by."""

    obligation: Obligation
    excuses: tuple[str, ...]


def obligations(
    unit_ids: Sequence[int], papers: Papers, rule_of: RuleOf, calendar: WorkCalendar, begin: datetime, end: datetime
) -> list[Obliged]:
    """Of each car (by row), from the beginning of the holiday to its end. Where R06 is not in force none has any."""
    found = [Obliged(Obligation.EXEMPT, ())] * len(unit_ids)
    start_us, end_us = us_of(begin), us_of(end)
    of_forms: dict[tuple[Rule, Rule | None], list[int]] = {}
    for row, unit in enumerate(unit_ids):
        use = rule_of(USE, unit)
        if use is not None:
            of_forms.setdefault((use, rule_of(AWAY, unit)), []).append(row)
    for (use, away), rows in of_forms.items():
        driving = Supposition(DRIVES, len(unit_ids), papers, calendar, start_us, end_us)
        standing = Supposition(STANDS_AWAY, len(unit_ids), papers, calendar, start_us, end_us)
        must_not_drive = forbidden(use, driving).total_us(len(unit_ids))
        must_be_home = np.zeros_like(must_not_drive)
        excused = papers_of(use, driving)
        if away is not None:
            must_be_home = forbidden(away, standing).total_us(len(unit_ids))
            excused |= papers_of(away, standing)
        has = {word: spans.count(len(unit_ids)) > 0 for word, spans in excused.items()}
        for row in rows:
            obligation = _obligation(int(must_not_drive[row]), int(must_be_home[row]), end_us - start_us)
            found[row] = Obliged(obligation, tuple(word for word, of in has.items() if of[row]))
    return found


def _obligation(must_not_drive_us: int, must_be_home_us: int, all_us: int) -> Obligation:
    if must_not_drive_us == 0:
        return Obligation.EXEMPT
    if must_not_drive_us < all_us:
        return Obligation.PARTLY
    return Obligation.SEAL if must_be_home_us else Obligation.STAND


class CarState(StrEnum):
    """How a car was seen in a time. What is not seen is unknown, and is neither sealed nor away."""

    MOVED = "moved"
    """有行驶: it drove"""
    AWAY = "away"
    """停在外面: it was seen out of its home, last"""
    SEALED = "sealed"
    """在位: it was seen standing at home, last"""
    OFFLINE = "offline"
    """离线: no message at all"""
    UNKNOWN = "unknown"
    """不明: messages, but none that shows where it stood"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the facts tell of a car in a time: how long it drove, when it stood at home last, when it was out of it
    last, when it was heard of last; None: not in that time."""

    vehicle_id: int
    driving_s: float = 0.0
    home_at: datetime | None = None
    away_at: datetime | None = None
    heard_at: datetime | None = None


def state_of(seen: Seen) -> CarState:
    """A car that was out of its home after it was seen there last is away; by R07 it has some hours yet."""
    if seen.driving_s > 0:
        return CarState.MOVED
    if seen.away_at is not None and (seen.home_at is None or seen.away_at > seen.home_at):
        return CarState.AWAY
    if seen.home_at is not None:
        return CarState.SEALED
    return CarState.OFFLINE if seen.heard_at is None else CarState.UNKNOWN
