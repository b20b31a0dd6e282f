"""A campaign's sealing list 封存名单 as a workbook, to print and sign."""

from __future__ import annotations

import io
from collections.abc import Sequence

import openpyxl
from openpyxl.styles import Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

from api.campaign_view import Shown, excuse_words
from api.language import Language, Speech
from fleet.clock import SHANGHAI
from oversight.campaign import Campaign

HEADINGS = ("序号", "单位", "号牌", "使用性质", "要求", "事由", "位置", "封存确认", "备注")
_WIDTHS = (6, 26, 13, 12, 14, 18, 12, 26, 16)
_TITLE_LINE, _HEADING_LINE = 1, 3
_THIN = Side(style="thin", color="808080")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


def sealing_workbook(district: str, one: Campaign, cars: Sequence[Shown], speech: Speech | None = None) -> bytes:
    """Listed cars first, by unit; then those that are exempt, with why."""
    say = speech or Speech(Language.ZH, SHANGHAI)
    book = openpyxl.Workbook()
    sheet = book.active if isinstance(book.active, Worksheet) else book.create_sheet()
    sheet.title = "封存名单"
    sheet.cell(_TITLE_LINE, 1, f"{district}{one.last.year}年{one.name_zh}假期公务用车封存名单").font = Font(
        bold=True, size=16
    )
    sheet.merge_cells(start_row=_TITLE_LINE, start_column=1, end_row=_TITLE_LINE, end_column=len(HEADINGS))
    listed = [car for car in cars if car.obliged.obligation.is_on_list]
    sheet.cell(2, 1, f"{one.first} 至 {one.last}，封存 {len(listed)} 辆，不封存 {len(cars) - len(listed)} 辆")
    rows = [*listed, *(car for car in cars if not car.obliged.obligation.is_on_list)]
    for line, values in enumerate([HEADINGS, *(_row(n, car, say) for n, car in enumerate(rows, 1))], _HEADING_LINE):
        for place, value in enumerate(values, 1):
            cell = sheet.cell(line, place)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # what somebody's name begins with makes no formula
            cell.border = _BOX
            cell.font = Font(bold=line == _HEADING_LINE)
    for letter, width in zip("ABCDEFGHI", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = sheet.cell(_HEADING_LINE + 1, 1)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{_HEADING_LINE}:{_HEADING_LINE}"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _row(number: int, one: Shown, say: Speech) -> tuple[str | int, ...]:
    car = one.car
    confirmed = f"{car.confirmed_by} {say.short(car.confirmed_at)}" if car.confirmed_at else ""
    seen = say.t(f"sealing.{one.state}") if one.state else ""
    return (
        number, car.unit, car.plate, say.t(f"use.{car.use_class}"), say.t(f"obligation.{one.obliged.obligation}"),
        excuse_words(one.obliged.excuses, say.language), seen, confirmed, "",
    )  # fmt: skip
