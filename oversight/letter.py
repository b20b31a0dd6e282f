"""A letter 通知: what the program tells people outside of its pages. It is put into the outbox in the transaction of
what it tells about, and delivered to whoever is meant by its kind, severity, unit and roles.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fleet.role import Role
from fleet.violation import Severity


class LetterKind(StrEnum):
    """What a letter is about."""

    ALERT = "alert"
    """即时告警: a violation was found just now."""
    CAMPAIGN = "campaign"
    """假期提醒: a holiday's notice, sealing list, digest or summary."""
    REMINDER = "reminder"
    """催办: a step of a case is due or overdue."""
    ESCALATION = "escalation"
    """督办函."""
    REPORT = "report"
    """报告、通报: one was issued."""
    OPERATION = "operation"
    """运行: a job failed, a draw is overdue."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """``key`` is the letter's identity: what was put in under it before is not put in again.

    ``roles``: who is meant; ``unit_id``: also the manager of this unit; ``is_confidential``: only those who may see
    confidential cars. ``body`` names no person and no place more exactly than its readers may know; ``path``: the
    page that tells more, beginning with a slash.
    """

    key: str
    kind: LetterKind
    severity: Severity
    subject: Wording
    body: Wording
    roles: frozenset[Role]
    unit_id: int | None = None
    is_confidential: bool = False
    path: str = "/"
