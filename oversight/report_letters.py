"""The letters of issued reports: that there is one, to those who read it. Pure."""

from __future__ import annotations

from collections.abc import Collection

from fleet.role import Role
from fleet.violation import Severity
from oversight.document import Document
from oversight.letter import Letter, LetterKind, Wording
from oversight.report import ReportKind

_READERS = frozenset({Role.STAFF, Role.HEAD, Role.AUDITOR})


def letters_of(
    report_id: int, kind: ReportKind, number: str, zh: Document, en: Document, unit_ids: Collection[int]
) -> list[Letter]:
    """To those who read all reports; of a bulletin also to each unit that it names. None of a case file: it is whole,
    and whoever works on the case has it.
    """
    if kind is ReportKind.CASE_FILE:
        return []
    subject = Wording(f"已签发{number}：{zh.title}", f"Issued, {number}: {en.title}")
    body = Wording("请在“报告”页查阅。", "It is on the page Reports.")
    to_readers = Letter(
        key=f"report/{report_id}", kind=LetterKind.REPORT, severity=Severity.INFO, subject=subject, body=body,
        roles=_READERS, path=f"/reports/{report_id}",
    )  # fmt: skip
    if kind is not ReportKind.BULLETIN:
        return [to_readers]
    named = Wording(
        "通报涉及贵单位，请查阅并按要求整改。", "It names your unit: please read it and put right what it says."
    )
    return [to_readers] + [
        Letter(
            key=f"report/{report_id}/unit/{unit_id}", kind=LetterKind.REPORT, severity=Severity.MEDIUM,
            subject=subject, body=named, roles=frozenset(), unit_id=unit_id, path=f"/reports/{report_id}",
        )
        for unit_id in sorted(unit_ids)
    ]  # fmt: skip
