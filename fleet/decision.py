"""A decision 处理决定: what a person made of a violation. It stands; judging only tells of evidence that changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What a violation turned out to be."""

    VIOLATION = "violation"
    PROCEDURAL = "procedural"
    JUSTIFIED = "justified"
    DEVICE_FAULT = "device_fault"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"

    @property
    def confirms(self) -> bool:
        """Whether it holds something against somebody."""
        return self in (Outcome.VIOLATION, Outcome.PROCEDURAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """By whom, when and why; ``was_found``: whether judging still found the violation then."""

    id: int
    outcome: Outcome
    reason: str
    decided_by: str
    decided_at: datetime
    was_found: bool
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decidable:
    """What a decision depends on, of a violation as it is found now."""

    provisional: bool
    insufficient: bool
    withdrawn: bool
    is_found: bool
    waits: bool
    """something came in for its time that is not judged yet"""


def objection(found: Decidable, outcome: Outcome) -> tuple[str, str] | None:
    """Why it cannot be decided so, in Chinese and English; None when it can."""
    against = (
        (found.withdrawn, "已撤回，无需决定", "it was withdrawn; there is nothing to decide"),
        (
            found.waits,
            "该时段有新数据尚待研判，请稍后再作决定",
            "data of that time wait to be judged; decide when they are",
        ),
    )
    against_confirming = (
        (
            not found.is_found,
            "按现有数据规则已不成立，不得确认",
            "the rule does not hold any more: it cannot be confirmed",
        ),
        (
            found.provisional,
            "该日放假安排未知（暂定），不得确认",
            "its day's schedule is not known: it cannot be confirmed",
        ),
        (found.insufficient, "证据不足，不得确认", "its evidence is insufficient: it cannot be confirmed"),
    )
    all_against = against + (against_confirming if outcome.confirms else ())
    return next(((zh, en) for holds, zh, en in all_against if holds), None)
