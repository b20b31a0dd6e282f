"""The register of purchases 购置登记册 as a workbook, for those who read it elsewhere."""

from __future__ import annotations

import io
from collections.abc import Sequence

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from api.language import Speech
from oversight.purchases import RegisterTotals
from store.purchases import PurchaseRow

_COLUMNS = (
    ("number", 8), ("unit", 22), ("requested_at", 18), ("requested_by", 14), ("use_class", 14), ("body", 14),
    ("model", 20), ("energy", 14), ("displacement", 12), ("price", 16), ("replaces", 14), ("reason", 40), ("state", 12),
    ("approved_yuan", 16), ("saved_yuan", 16), ("ended_at", 18), ("decided_by", 14), ("decision_reason", 40),
)  # fmt: skip
_MONEY = "#,##0.00"


def register_workbook(rows: Sequence[PurchaseRow], totals: RegisterTotals, say: Speech) -> bytes:
    """The register in one language: a line for each request, the totals on a sheet of their own."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(say.t("purchases.register"))
    sheet.freeze_panes = "A2"
    for letter, (_, width) in zip("ABCDEFGHIJKLMNOPQR", _COLUMNS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_cell(sheet, say.t(f"purchases.{name}"), bold=True) for name, _ in _COLUMNS])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in _values(row, say)])
    summary = book.create_sheet(say.t("purchases.totals"))
    summary.column_dimensions["A"].width, summary.column_dimensions["B"].width = 24, 18
    for name in ("requests", "approved", "refused", "waiting", "withdrawn"):
        summary.append([say.t(f"purchases.{name}"), getattr(totals, name)])
    for name in ("requested_yuan", "approved_yuan", "saved_yuan"):
        summary.append([say.t(f"purchases.{name}"), _cell(summary, getattr(totals, name), money=True)])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _values(row: PurchaseRow, say: Speech) -> list[object]:
    decided = row.counted.decision is not None
    return [
        row.id,
        row.unit,
        say.dated(row.requested_at),
        row.requested_by,
        say.t(f"use.{row.use_class}"),
        say.t(f"carbody.{row.body}"),
        row.model,
        say.t(f"energy.{row.energy}"),
        row.displacement_l,
        row.price_yuan,
        row.replaces or (say.t("purchases.not_shown") if row.is_replacement else ""),
        row.reason,
        say.t(f"purchasestate.{row.outcome or 'waiting'}"),
        row.approved_yuan if decided else None,
        row.price_yuan - row.approved_yuan if decided else None,
        say.dated(row.ended_at) if row.ended_at else "",
        row.ended_by or "",
        row.end_reason or "",
    ]


def _cell(sheet: object, value: object, *, bold: bool = False, money: bool = False) -> WriteOnlyCell:
    """A cell; what people typed is text, whatever it begins with, never a formula."""
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    elif money or not isinstance(value, int | None):
        cell.number_format = _MONEY
    if bold:
        cell.font = Font(bold=True)
    return cell
