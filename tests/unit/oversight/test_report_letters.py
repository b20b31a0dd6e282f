"""Who is told that a report was issued."""

from __future__ import annotations

from datetime import date

import pytest

from fleet.role import Role
from oversight.document import Document
from oversight.letter import LetterKind
from oversight.report import ReportKind
from oversight.report_letters import letters_of

ZH = Document(language="zh", title="九月通报", issuer="中心", issued_on=date(2026, 10, 8), blocks=())
EN = Document(language="en", title="Bulletin of September", issuer="Centre", issued_on=date(2026, 10, 8), blocks=())


@pytest.mark.parametrize("kind", [kind for kind in ReportKind if kind is not ReportKind.CASE_FILE])
def test_those_who_read_reports_are_told_of_each(kind: ReportKind) -> None:
    letter = letters_of(7, kind, "车管〔2026〕7号", ZH, EN, {3})[0]

    assert letter.roles == {Role.STAFF, Role.HEAD, Role.AUDITOR}
    assert letter.kind is LetterKind.REPORT
    assert letter.path == "/reports/7"
    assert (letter.subject.zh, letter.subject.en) == (
        "已签发车管〔2026〕7号：九月通报",
        "Issued, 车管〔2026〕7号: Bulletin of September",
    )


def test_a_bulletin_goes_to_each_unit_that_it_names_and_to_no_other() -> None:
    letters = letters_of(7, ReportKind.BULLETIN, "", ZH, EN, {9, 3})

    assert [letter.unit_id for letter in letters] == [None, 3, 9]
    assert all(not letter.roles for letter in letters[1:])
    assert len({letter.key for letter in letters}) == 3


def test_other_reports_go_to_no_unit_and_a_case_file_to_nobody() -> None:
    assert [letter.unit_id for letter in letters_of(7, ReportKind.WEEK, "", ZH, EN, {3})] == [None]
    assert letters_of(7, ReportKind.CASE_FILE, "", ZH, EN, {3}) == []
