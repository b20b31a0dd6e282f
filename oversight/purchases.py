"""Purchases 购置: a request to buy a car, the joint meeting's votes and decision, the register's totals. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Vote(StrEnum):
    """A member's vote."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class Decision(StrEnum):
    """What the meeting decided."""

    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a decision cannot be entered, in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """A request with its decision, if there is one. Money in yuan; ``approved`` is 0 of a refused one."""

    requested: Decimal
    decision: Decision | None = None
    approved: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class RegisterTotals:
    """How many requests there were, what became of them, and the money that was not spent."""

    requests: int
    approved: int
    refused: int
    waiting: int
    requested_yuan: Decimal
    approved_yuan: Decimal
    saved_yuan: Decimal


def objection(
    decision: Decision, requested: Decimal, approved: Decimal, members: Sequence[str], votes: Mapping[str, Vote]
) -> Objection | None:
    """What keeps the meeting from deciding so; None when it may.

    Two thirds of the members must have voted, and an approval needs more than half of all members for it: a tie or
    an abstention is no approval.
    """
    strangers = sorted(set(votes) - set(members))
    if strangers:
        names = "、".join(strangers)
        return Objection(f"{names} 不是联席会议成员", f"{', '.join(strangers)}: no member of the meeting")
    if len(votes) * 3 < len(members) * 2:
        return Objection("表决人数不足成员的三分之二", "fewer than two thirds of the members have voted")
    in_favour = sum(vote is Vote.FOR for vote in votes.values())
    has_majority = in_favour * 2 > len(members)
    if (decision is Decision.APPROVED) is not has_majority:
        return Objection(
            f"赞成 {in_favour} 票，成员 {len(members)} 人，与该决定不符",
            f"{in_favour} of {len(members)} members are for it, which is not this decision",
        )
    if decision is Decision.APPROVED and not 0 < approved <= requested:
        return Objection(
            "批准金额应大于 0 且不超过申请金额",
            "what is approved must be over 0 and at most what was asked",
        )
    if decision is Decision.REFUSED and approved:
        return Objection("不予批准的没有批准金额", "what is refused has no money approved")
    return None


def totals_of(purchases: Sequence[Purchase]) -> RegisterTotals:
    """The register's totals. Saved is what was asked and not approved, of decided requests alone."""
    decided = [one for one in purchases if one.decision is not None]
    approved = [one for one in decided if one.decision is Decision.APPROVED]
    return RegisterTotals(
        len(purchases),
        len(approved),
        len(decided) - len(approved),
        len(purchases) - len(decided),
        sum((one.requested for one in purchases), Decimal()),
        sum((one.approved for one in approved), Decimal()),
        sum((one.requested - one.approved for one in decided), Decimal()),
    )
