"""A document to print: a spot check with a table over several pages, particulars and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from oversight.document import (
    Align,
    Block,
    Cell,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Particulars,
    Picture,
    Table,
)

ISSUED_ON = date(2025, 11, 24)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 156 90"><rect width="156" height="90" fill="#eef1ee"/>'
    '<line x1="10" y1="80" x2="146" y2="10" stroke="#1769aa" stroke-width="1"/>'
    '<text x="12" y="14" font-size="6">停放点</text></svg>'
)
"""The smallest map."""


def document(*blocks: Block, language: Literal["zh", "en"] = "zh", title: str = "关于车辆抽查情况的报告") -> Document:
    """A document of these blocks and little else."""
    return Document(language=language, title=title, issuer="宿豫区公务用车管理中心", issued_on=ISSUED_ON, blocks=blocks)


def spot_check(language: Literal["zh", "en"] = "zh", *, cars: int = 41, pictures: Sequence[str] = (SVG,)) -> Document:
    """The weekly spot check of a district: running text, a row a car, particulars, maps on pages of their own."""
    return _spot_check_zh(cars, pictures) if language == "zh" else _spot_check_en(cars, pictures)


def _rows(cars: int, units: Sequence[str], found: Sequence[str | None]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            number + 1,
            f"苏N·{10_000 + 613 * number:05d}",
            units[number % len(units)],
            round(37.25 * (number % 11) + 0.05 * number, 2),
            (5 * number) % 9,
            found[number % len(found)],
        )
        for number in range(cars)
    )


def _totals(rows: Sequence[tuple[Cell, ...]], name: str) -> tuple[Cell, ...]:
    distance_km = sum(cell for row in rows if isinstance(cell := row[3], float))
    outings = sum(cell for row in rows if isinstance(cell := row[4], int))
    return (None, name, None, round(distance_km, 2), outings, None)


def _spot_check_zh(cars: int, pictures: Sequence[str]) -> Document:
    rows = _rows(
        cars,
        ("区人民政府办公室", "区财政局", "区交通运输局", "顺河街道办事处（含下属单位公务用车服务队）"),
        ("未发现异常", None, "11月19日20时12分至21时03分在辖区外行驶，未见派车单，待核实"),
    )
    return Document(
        language="zh",
        title="关于2025年第47周公务用车使用情况抽查结果的报告",
        number="宿豫车管〔2025〕47号",
        addressee="区机关事务管理局：",
        issuer="宿豫区公务用车管理中心",
        issued_on=ISSUED_ON,
        blocks=(
            Paragraph(
                text=f"按照公务用车管理有关规定，本中心于2025年11月24日对纳入管理的403辆公务用车进行随机抽查，共抽取{cars}辆，"
                "占10.2%。抽签种子及名册摘要已事先公布，任何人均可复算。现将有关情况报告如下："
            ),
            Heading(text="一、总体情况"),
            Paragraph(text="抽查期间（11月17日至11月23日）车辆定位数据总体完整，疑似违规事项均待用车单位说明后认定。"),
            Heading(text="（一）逐车情况", level=2),
            Table(
                name="逐车情况",
                caption="表1　被抽查车辆一周用车情况",
                columns=(
                    Column(title="序号", width=0.6, align=Align.CENTRE),
                    Column(title="号牌", width=1.3, align=Align.CENTRE),
                    Column(title="用车单位", width=2.2),
                    Column(title="里程（公里）", width=1.2, decimals=1),
                    Column(title="出车次数", width=0.8),
                    Column(title="抽查情况", width=2.4),
                ),
                rows=rows,
                totals=_totals(rows, "合计"),
            ),
            Heading(text="（二）重点车辆", level=2),
            Particulars(
                rows=(
                    ("号牌", "苏N·12345"),
                    ("用车单位", "区交通运输局"),
                    ("本周里程（公里）", 412.6),
                    ("派车单", None),
                )
            ),
            *(
                block
                for number, svg in enumerate(pictures, 1)
                for block in (
                    PageBreak(),
                    Picture(svg=svg, caption=f"图{number}　苏N·12345一周行车轨迹", description="一周轨迹"),
                )
            ),
            Heading(text="二、下一步工作"),
            Paragraph(text="请有关单位自收到本报告之日起3个工作日内提交书面说明；逾期未说明的，由本中心督办。"),
        ),
        notes=("疑似违规以定位数据推定，未经认定不作为处理依据。", "失联期间去向不作认定。"),
    )


def _spot_check_en(cars: int, pictures: Sequence[str]) -> Document:
    rows = _rows(
        cars,
        ("District Government Office", "Finance Bureau", "Transport Bureau"),
        ("nothing found", None, "outside the district 19 Nov 20:12–21:03 without an order: to be verified"),
    )
    return Document(
        language="en",
        title="Spot check of official cars, week 47 of 2025",
        number="SYCG [2025] No. 47",
        addressee="To the District Office of Government Affairs:",
        issuer="Vehicle Management Centre of Suyu District",
        issued_on=ISSUED_ON,
        blocks=(
            Paragraph(
                text=f"On 24 November 2025 the centre drew {cars} of the 403 official cars in the system, 10.2 %. The "
                "seed and the digest of the register were published before, so that anyone can recompute the draw."
            ),
            Heading(text="1. Findings"),
            Heading(text="1.1 Car by car", level=2),
            Table(
                name="Car by car",
                caption="Table 1. The week of the cars that were checked",
                columns=(
                    Column(title="No.", width=0.6, align=Align.CENTRE),
                    Column(title="Plate", width=1.3, align=Align.CENTRE),
                    Column(title="Unit", width=2),
                    Column(title="Distance (km)", width=1.2, decimals=1),
                    Column(title="Outings", width=0.9),
                    Column(title="Finding", width=2.4),
                ),
                rows=rows,
                totals=_totals(rows, "Total"),
            ),
            Particulars(rows=(("Plate", "苏N·12345"), ("Distance in the week (km)", 412.6), ("Order", None))),
            *(
                block
                for number, svg in enumerate(pictures, 1)
                for block in (
                    PageBreak(),
                    Picture(svg=svg, caption=f"Figure {number}. The week of 苏N·12345", description="A week's track"),
                )
            ),
            Heading(text="2. What follows"),
            Paragraph(text="Units are asked for a statement within three working days."),
        ),
        notes=("What is suspected rests on positions and is no decision.", "Nothing is claimed about gaps."),
    )
