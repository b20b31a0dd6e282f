"""A document is frozen as it is, comes back as it was, and its digest tells any change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from oversight.document import (
    Align,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Particulars,
    Picture,
    Table,
    digest_of,
    freeze,
    thaw,
)

COLUMNS = (Column(title="车牌号"), Column(title="里程（km）", align=Align.END, decimals=1))
DOCUMENT = Document(
    language="zh",
    title="关于第 47 周抽查情况的报告",
    issuer="示范区公务用车管理中心",
    issued_on=date(2025, 11, 24),
    number="公车〔2025〕47号",
    addressee="各用车单位：",
    blocks=(
        Heading(text="一、抽查情况"),
        Paragraph(text="本周抽查 41 辆。"),
        Table(
            name="抽查",
            caption="表1",
            columns=COLUMNS,
            rows=(("京A12345", 12.5), ("京A12346", None)),
            totals=("合计", 12),
        ),
        Particulars(rows=(("车牌号", "京A12345"), ("座位", 5))),
        PageBreak(),
        Picture(svg="<svg/>", caption="图1", description="行驶轨迹"),
    ),
    notes=("2027 年节假日安排尚未公布。",),
)


def test_what_is_thawed_is_what_was_frozen() -> None:
    assert thaw(freeze(DOCUMENT)) == DOCUMENT


def test_a_whole_number_stays_whole_and_a_text_of_digits_stays_text() -> None:
    table = Table(name="t", caption="", columns=(Column(title="a"),), rows=((12,), ("12",), (12.0,)))
    (back,) = thaw(freeze(replace(DOCUMENT, blocks=(table,)))).blocks
    assert isinstance(back, Table)
    cells = [row[0] for row in back.rows]

    assert [(type(cell), cell) for cell in cells] == [(int, 12), (str, "12"), (float, 12.0)]


def test_the_same_document_has_the_same_digest_and_another_another() -> None:
    assert digest_of(freeze(DOCUMENT)) == digest_of(freeze(replace(DOCUMENT)))
    assert digest_of(freeze(DOCUMENT)) != digest_of(freeze(replace(DOCUMENT, number="公车〔2025〕48号")))


def test_a_row_of_another_width_than_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under 2 columns"):
        Table(name="抽查", caption="", columns=COLUMNS, rows=(("京A12345",),))
