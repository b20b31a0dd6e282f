"""A target 接收方: where letters go to outside of the pages, which ones, and when they may come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from fleet.role import Role
from fleet.violation import Severity
from oversight.letter import LetterKind

MAY_SEE_CONFIDENTIAL = frozenset({Role.HEAD, Role.AUDITOR})
"""Roles that find a trace of confidential mail's cars on pages; letters about those go to nobody else."""

MOST_NAME_CHARACTERS = 40


class LetterLanguage(StrEnum):
    """What a target's letters are written in."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


class QuietBreak(StrEnum):
    """What comes although it is quiet."""

    NOTHING = "nothing"
    HIGH_IN_HOLIDAY = "high_in_holiday"
    """high severity, on days of a holiday span: the holiday campaign's immediate alerts"""
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local clock times, half-open; across midnight where ``until`` is the earlier one. The two differ."""

    begin: time
    until: time

    def hold(self, clock: time) -> bool:
        """Whether it is quiet at that time of day."""
        if self.begin < self.until:
            return self.begin <= clock < self.until
        return clock >= self.begin or clock < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which letters go there and when; its address, which holds secrets, is kept apart.

    ``unit_ids``: only what is about these units (one and those below it); None: about all. ``is_webhook``: a receiver
    of our own letters, signed, which drops a repeat by its id. ``again_when_unsure``: what may have arrived is sent
    again, marked as a possible repeat; otherwise it is left and shown.
    """

    id: int
    name: str
    roles: frozenset[Role]
    unit_ids: frozenset[int] | None = None
    kinds: frozenset[LetterKind] = frozenset(LetterKind)
    least_severity: Severity = Severity.INFO
    is_for_confidential: bool = False
    language: LetterLanguage = LetterLanguage.ZH
    quiet: QuietHours | None = None
    breaks_quiet: QuietBreak = QuietBreak.HIGH_IN_HOLIDAY
    is_webhook: bool = False
    again_when_unsure: bool = False
    enabled: bool = True


def fault_of(target: Target) -> tuple[str, str] | None:
    """Why there cannot be such a target, in Chinese and English; None when that is all right."""
    return next((words for is_so, words in _faults(target) if is_so), None)


def _faults(target: Target) -> list[tuple[bool, tuple[str, str]]]:
    of_manager, quiet = Role.UNIT_MANAGER in target.roles, target.quiet
    return [
        (
            not 1 <= len(target.name.strip()) <= MOST_NAME_CHARACTERS,
            (f"名称应为 1 至 {MOST_NAME_CHARACTERS} 个字符", f"a name has 1 to {MOST_NAME_CHARACTERS} characters"),
        ),
        (not target.roles, ("至少要有一个角色", "a target needs a role")),
        (
            of_manager and (len(target.roles) > 1 or target.unit_ids is None),
            (
                "发给用车单位管理员的，要注明单位且不能兼有其他角色",
                "a target of a unit manager names the unit and no other role",
            ),
        ),
        (not target.kinds, ("至少要有一种通知", "a target needs a kind of letter")),
        (
            target.is_for_confidential and not target.roles <= MAY_SEE_CONFIDENTIAL,
            (
                "机要通信车辆的通知只能发给车管中心负责人和审计",
                "letters about confidential mail's cars go to the head and the auditor only",
            ),
        ),
        (
            quiet is not None and quiet.begin == quiet.until,
            ("免打扰的起止时间不能相同", "quiet hours begin and end at different times"),
        ),
    ]


_HOST_TELLS = frozenset({"http", "https", "json", "jsons", "form", "forms", "xml", "xmls", "mailto", "mailtos"})


def masked(address: str) -> str:
    """An address as it may be shown: its kind, and for mail and web addresses the host; what could be a secret is not
    in it."""
    scheme, _, rest = address.partition("://")
    host = ""
    if not rest or not scheme.isalnum():
        return "…"
    if scheme.lower() in _HOST_TELLS:
        host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    return f"{scheme.lower()}://{host}/…" if host else f"{scheme.lower()}://…"
