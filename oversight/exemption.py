"""Exemptions 不封存申请: a unit asks to use a car over the holiday, the head grants it or refuses. Pure.

One that is granted is a waiver of its kind, which the rules R06 and R07 excuse the car by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from fleet.order import WaiverKind
from fleet.person import is_same_person
from oversight.campaign import Campaign

KINDS = (WaiverKind.DUTY, WaiverKind.EMERGENCY, WaiverKind.REPAIR, WaiverKind.OTHER)

Against = tuple[str, str]
"""Why it cannot be done, in Chinese and English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """For these local days of the holiday."""

    kind: WaiverKind
    first: date
    last: date
    reason: str


def against_request(asked: Request, campaign: Campaign, now: datetime, end: datetime) -> Against | None:
    """What stands against asking so; None when nothing does. ``end``: of the holiday."""
    if now >= end:
        return "假期已经结束，不能再申请不封存", "the holiday is over; nothing can be exempted any more"
    if not asked.reason.strip():
        return "请写明不封存的理由", "say why the car is not to be sealed"
    if asked.kind not in KINDS:
        return (
            "不封存的事由只有值班、应急、维修、其他",
            "a car is exempted for duty, emergency, repair or another reason",
        )
    if not campaign.first <= asked.first <= asked.last <= campaign.last:
        return (
            f"日期须在假期之内：{campaign.first} 至 {campaign.last}，止日不早于起日",
            f"the days must lie within the holiday, {campaign.first} to {campaign.last}, the last not before the first",
        )
    return None


def against_answer(requested_by: str, answered_by: str, reason: str, *, granted: bool, is_over: bool) -> Against | None:
    """What stands against an answer: two people, a refusal with its reason, nothing excused afterwards."""
    if is_same_person(requested_by, answered_by):
        return "申请人不能审批自己的申请", "who asked cannot answer: it takes two people"
    if not granted and not reason.strip():
        return "不同意须写明理由", "say why it is refused"
    if granted and is_over:
        return "申请的日期已经过去，不能事后批准", "its days are over; nothing is exempted afterwards"
    return None
