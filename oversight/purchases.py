"""Purchases 购置: a request to buy a car, the joint meeting's votes and decision, the register's totals. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from fleet.person import is_same_person

LEAST_MEMBERS = 2
"""One person is no joint meeting."""


class Body(StrEnum):
    """The kind of car that is asked for."""

    SEDAN = "sedan"
    SUV = "suv"
    MPV = "mpv"
    MINIBUS = "minibus"
    BUS = "bus"
    TRUCK = "truck"
    OTHER = "other"


class Energy(StrEnum):
    """What it runs on."""

    PETROL = "petrol"
    DIESEL = "diesel"
    HYBRID = "hybrid"
    PLUG_IN = "plug_in"
    ELECTRIC = "electric"


class Step(StrEnum):
    """What a request waits for."""

    MEETING = "meeting"
    """The centre calls one."""
    VOTE = "vote"
    DECIDE = "decide"


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
    """A request with its decision, if there is one. Money in yuan; ``approved`` is 0 of a refused one.

    ``withdrawn``: the unit took it back before it was decided.
    """

    requested: Decimal
    decision: Decision | None = None
    approved: Decimal = Decimal()
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    """A joint meeting 联席会议 about a request: its local day, who sits in it, and each member's last vote."""

    held_on: date
    members: Sequence[str]
    votes: Mapping[str, Vote]


@dataclass(frozen=True, slots=True)
class RegisterTotals:
    """How many requests there were, what became of them, and the money that was not spent.

    ``requests`` counts all; what withdrawn ones asked for is in none of the sums, so that
    requested = approved + saved + what waits.
    """

    requests: int
    approved: int
    refused: int
    waiting: int
    requested_yuan: Decimal
    approved_yuan: Decimal
    saved_yuan: Decimal
    withdrawn: int = 0


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


def objection_to_meeting(held_on: date, members: Sequence[str], requested_on: date) -> Objection | None:
    """What is wrong with a meeting that is to be called. Days are local ones."""
    if held_on < requested_on:
        return Objection("会议日期早于申请日期", "the meeting's day is before the request")
    twice = sorted({name for name in members if members.count(name) > 1})
    if twice:
        return Objection(f"成员重复：{'、'.join(twice)}", f"named twice: {', '.join(twice)}")
    if len(members) < LEAST_MEMBERS:
        return Objection(
            f"联席会议至少 {LEAST_MEMBERS} 名成员", f"a joint meeting has at least {LEAST_MEMBERS} members"
        )
    return None


def objection_to_vote(meeting: Meeting, member: str, today: date) -> Objection | None:
    """What keeps a member's vote from being entered on a local day."""
    if member not in meeting.members:
        return Objection(f"{member} 不是联席会议成员", f"{member}: no member of the meeting")
    if today < meeting.held_on:
        return Objection(
            f"会议定于 {meeting.held_on} 召开，届时才能登记表决",
            f"the meeting is on {meeting.held_on}: votes are entered from then on",
        )
    return None


def objection_to_decision(
    decision: Decision, requested: Decimal, approved: Decimal, meeting: Meeting | None, asked_by: str, decided_by: str
) -> Objection | None:
    """What keeps somebody from deciding so on what ``asked_by`` asked for; None when they may."""
    if is_same_person(asked_by, decided_by):
        return Objection("申请人不得作出决定", "who asked for a car does not decide on it")
    if meeting is None:
        return Objection("尚未召开联席会议", "no joint meeting was called yet")
    return objection(decision, requested, approved, meeting.members, meeting.votes)


def possible(requested: Decimal, meeting: Meeting | None) -> Decision | None:
    """The decision that the votes allow; None while there is none."""
    if meeting is None:
        return None
    for decision, money in ((Decision.APPROVED, requested), (Decision.REFUSED, Decimal())):
        if objection(decision, requested, money, meeting.members, meeting.votes) is None:
            return decision
    return None


def step_of(requested: Decimal, meeting: Meeting | None) -> Step:
    """What a request that has not ended waits for."""
    if meeting is None:
        return Step.MEETING
    return Step.VOTE if possible(requested, meeting) is None else Step.DECIDE


def totals_of(purchases: Sequence[Purchase]) -> RegisterTotals:
    """The register's totals. Saved is what was asked and not approved, of decided requests alone."""
    standing = [one for one in purchases if not one.withdrawn]
    decided = [one for one in standing if one.decision is not None]
    approved = [one for one in decided if one.decision is Decision.APPROVED]
    return RegisterTotals(
        len(purchases),
        len(approved),
        len(decided) - len(approved),
        len(standing) - len(decided),
        sum((one.requested for one in standing), Decimal()),
        sum((one.approved for one in approved), Decimal()),
        sum((one.requested - one.approved for one in decided), Decimal()),
        len(purchases) - len(standing),
    )
