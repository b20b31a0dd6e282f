"""What people say of a target, read: at the command line and on pages."""

from __future__ import annotations

import re
from datetime import time

from fleet.role import Role
from fleet.violation import Severity
from gongche.carrier import Carried, carry
from gongche.problem import Problem
from oversight.letter import Letter, LetterKind, Wording
from oversight.letter_text import Posted
from oversight.target import QuietHours, Target
from store.people import By
from store.targets import Door

_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–—~至]\s*([01]\d|2[0-3]):([0-5]\d)")


def quiet_of(text: str) -> QuietHours | None:
    """``22:00-07:00``; nothing, or ``none``, for no quiet hours. Raises Problem."""
    if text.strip() in {"", "none"}:
        return None
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        raise Problem(f"免打扰应写作 22:00-07:00，不是“{text}”", f"quiet hours are written 22:00-07:00, not {text}")
    begin_h, begin_m, until_h, until_m = map(int, found.groups())
    return QuietHours(time(begin_h, begin_m), time(until_h, until_m))


def try_target(target: Target, door: Door, address: str | None, by: By) -> Carried:
    """Sends a trial letter now, past the outbox; blocking. ``address``: of the pages."""
    letter = Letter(
        key=f"test/{by.at.isoformat()}",
        kind=LetterKind.OPERATION,
        severity=Severity.INFO,
        subject=Wording("公车监督：测试通知", "Gongche: a trial letter"),
        body=Wording(
            f"这是发给“{target.name}”的测试通知，无需处理。", f"A trial letter to {target.name}; nothing is to be done."
        ),
        roles=frozenset({Role.ADMIN}),
        path="/",
    )
    return carry(target, door, [Posted(f"{target.id}/{letter.key}", letter, by.at)], address, by.at)
