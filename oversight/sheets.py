"""The sheet 抽查记录 of a drawn car: which week it is about, and what its reviewer may find."""

from __future__ import annotations

from enum import StrEnum

from fleet.week import Week


class Finding(StrEnum):
    """What the reviewer found on the sheet."""

    NOTHING = "nothing"
    DOUBTFUL = "doubtful"
    """To become a case."""
    DEVICE_PROBLEM = "device_problem"
    NO_DATA = "no_data"


def checked_week(drawn_in: Week) -> Week:
    """The week that a draw's sheets are about: the one before, of which all is known when the cars are drawn."""
    return drawn_in.previous


def needs_note(finding: Finding) -> bool:
    """Whether the reviewer has to say more."""
    return finding in (Finding.DOUBTFUL, Finding.DEVICE_PROBLEM)
