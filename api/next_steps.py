"""What is next for whoever has just signed in: a link each, the first one is the main thing to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from api.permission import Permission


@dataclass(frozen=True, slots=True)
class Step:
    """``key``: of the texts ``next.KEY`` (the button) and ``next.KEY_means``; ``n``: how many wait."""

    key: str
    href: str
    n: int = 0


def steps(may: Collection[Permission], *, own_unit: bool, since_day: date, found: int) -> list[Step]:
    """By what somebody may do. ``found``: violations since that day, of the cars that they see."""
    listed = []
    if Permission.SEE_VIOLATIONS in may:
        if found:
            key = "explain" if own_unit else "review"
            listed.append(Step(key, f"/violations?from={since_day.isoformat()}&sort=severity", found))
        else:
            listed.append(Step("violations", "/violations"))
        if own_unit:
            listed.append(Step("own_cars", "/vehicles"))
    if Permission.ANSWER_CASES in may or Permission.DECIDE_CASES in may:
        listed.append(Step("cases", "/cases"))
    if Permission.REVIEW_SHEETS in may:
        listed.append(Step("sheets", "/draws"))
    if Permission.CHECK_CLAIMS in may:
        listed.append(Step("claims", "/finance"))
    if Permission.REQUEST_PURCHASES in may:
        listed.append(Step("purchases", "/purchases"))
    if Permission.SEE_AUDIT in may:
        listed.append(Step("audit", "/audit"))
    if Permission.MANAGE_PEOPLE in may:
        listed.append(Step("people", "/people"))
    return listed
