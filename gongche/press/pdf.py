"""PDF, by typst: the document goes as data to a fixed template."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Any

from gongche.press.fonts import PressFonts
from gongche.press.picture import checked, height_mm
from gongche.press.typesetting import FOLDER, typeset
from gongche.press.wording import cell_align, cell_text, date_text, shown, words
from oversight.document import (
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
    digest_of,
    freeze,
)

_TEMPLATE = (FOLDER / "document.typ").read_bytes()
_WIDTH_MM, _HEIGHT_MM = 156.0, 200.0
_MANY_COLUMNS = 7
# A cell of so many characters, in a column of the whole width, may be taller than a page: its row breaks.
_MOST_UNBROKEN = 1_500


def pdf_of(document: Document, fonts: PressFonts) -> bytes:
    """The document as PDF, set after GB/T 9704-2012; in English in a plain equivalent."""
    midnight = datetime.combine(document.issued_on, time(), UTC)
    [made] = typeset(_TEMPLATE, _Setting(document, fonts).data, fonts, "pdf", timestamp=midnight)
    return made


class _Setting:
    """The document as the template reads it: texts as lists of lines, of letters that the fonts have."""

    def __init__(self, document: Document, fonts: PressFonts) -> None:
        self._document = document
        self._covered: Container[int] = fonts.covered
        self._fonts = fonts

    @property
    def data(self) -> dict[str, Any]:
        document, day = self._document, self._document.issued_on
        said = words(document)
        return {
            "language": document.language,
            "fonts": dict(self._fonts.families),
            "words": dict(said),
            "digest": f"{said['digest']} {digest_of(freeze(document))}",
            "date": {"year": day.year, "month": day.month, "day": day.day},
            "title": self._lines(document.title),
            "number": self._some_lines(document.number),
            "addressee": self._some_lines(document.addressee),
            "issuer": self._lines(document.issuer),
            "issued_on": [date_text(day, document.language)],
            "blocks": [self._block(block) for block in document.blocks],
            "notes": [self._lines(note) for note in document.notes],
        }

    def _block(self, block: Block) -> dict[str, Any]:
        match block:
            case Heading() | Paragraph():
                level = {"level": max(1, block.level)} if isinstance(block, Heading) else {}
                return {"kind": block.kind, "text": self._lines(block.text)} | level
            case Table():
                return self._table(block)
            case Particulars():
                rows = [
                    {"name": self._lines(name), "text": self._lines(text), "breakable": len(text) > _MOST_UNBROKEN}
                    for name, text in ((name, cell_text(value)) for name, value in block.rows)
                ]
                return {"kind": block.kind, "rows": rows}
            case Picture():
                return self._picture(block)
            case PageBreak():
                return {"kind": block.kind}

    def _table(self, table: Table) -> dict[str, Any]:
        return {
            "kind": table.kind,
            "caption": self._some_lines(table.caption),
            "size": 9 if len(table.columns) >= _MANY_COLUMNS else 10.5,
            "widths": [column.width for column in table.columns],
            "titles": [self._lines(column.title) for column in table.columns],
            "rows": [self._row(row, table.columns) for row in table.rows],
            "totals": None if table.totals is None else self._row(table.totals, table.columns, unknown=""),
        }

    def _row(self, row: Iterable[Cell], columns: Sequence[Column], unknown: str | None = None) -> dict[str, Any]:
        width = sum(column.width for column in columns)
        cells, breakable = [], False
        for cell, column in zip(row, columns, strict=True):
            text = unknown if cell is None and unknown is not None else cell_text(cell, column.decimals)
            cells.append({"text": self._lines(text), "align": cell_align(cell, column).value})
            breakable |= len(text) > _MOST_UNBROKEN * column.width / width or text.count("\n") > 40
        return {"cells": cells, "breakable": breakable}

    def _picture(self, picture: Picture) -> dict[str, Any]:
        svg = checked(picture.svg)
        width = min(picture.width_mm, _WIDTH_MM)
        return {
            "kind": picture.kind,
            "svg": svg,
            "width_mm": width,
            "height_mm": min(height_mm(svg, width), _HEIGHT_MM),
            "caption": self._some_lines(picture.caption),
            "description": shown(picture.description, self._covered),
        }

    def _lines(self, text: str) -> list[str]:
        return shown(text, self._covered).split("\n")

    def _some_lines(self, text: str | None) -> list[str] | None:
        return self._lines(text) if text else None
