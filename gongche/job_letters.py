"""The letter about a job that goes on failing."""

from __future__ import annotations

from typing import Protocol

from fleet.role import Role
from fleet.violation import Severity
from oversight.letter import Letter, LetterKind, Wording

TOLD_AFTER_FAILURES = 3
"""What a second or third try mends is nobody's business."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def zh(self) -> str: ...


def failed_letter(job: _Named, key: str) -> Letter:
    """That an occurrence of a job has failed so often. Not why: an error's text may tell anything."""
    return Letter(
        key=f"job/{job.name}/{key}",
        kind=LetterKind.OPERATION,
        severity=Severity.HIGH,
        subject=Wording(f"定时任务失败：{job.zh}（{key}）", f"A job fails: {job.name} ({key})"),
        body=Wording(
            f"“{job.zh}”（{key}）已连续失败 {TOLD_AFTER_FAILURES} 次，程序会继续重试。原因见 gongche jobs。",
            f"{job.name} ({key}) has failed {TOLD_AFTER_FAILURES} times and is tried again. `gongche jobs` tells why.",
        ),
        roles=frozenset({Role.ADMIN, Role.STAFF}),
        path="/outbox",
    )
