"""How texts, numbers and dates stand in a printed document, the same in each format."""

from __future__ import annotations

import calendar
import math
import unicodedata
from collections.abc import Container, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from oversight.document import Align, Cell, Column, Document

UNKNOWN = "—"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {"digest": "文件摘要 SHA-256", "note": "注", "colon": "：", "report": "正文", "table": "表"},
    "en": {"digest": "Digest SHA-256", "note": "Note", "colon": ": ", "report": "Report", "table": "Table"},
}
_WHOLE = Context(prec=400)  # room for the digits of any float
# Not to be seen, or able to turn what stands around them about: controls, formats, surrogates, what is no character.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def words(document: Document) -> Mapping[str, str]:
    """What the press itself says, in the document's language."""
    return _WORDS[document.language]


def shown(text: str, covered: Container[int] | None = None) -> str:
    """The text with what cannot be printed as code points, ``[U+0007]``. Lines end with ``\\n``; a tab is a space.

    ``covered``: code points that the fonts have; None where the reader's fonts show it.
    """
    if text.isascii() and text.isprintable():
        return text
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(_shown(letter, covered) for letter in plain.replace("\t", " "))


def _shown(letter: str, covered: Container[int] | None) -> str:
    if letter == "\n":
        return letter
    kind = unicodedata.category(letter)
    if kind == "Zs":
        return letter if letter in " \u3000" else " "
    seen = kind not in _UNSEEN and (covered is None or ord(letter) in covered)
    return letter if seen else f"[U+{ord(letter):04X}]"


def cell_text(cell: Cell, decimals: int | None = None) -> str:
    """A cell as it is read; numbers as a spreadsheet rounds them, half away from zero."""
    if cell is None or cell == "" or (isinstance(cell, float) and not math.isfinite(cell)):
        return UNKNOWN
    if isinstance(cell, str):
        return cell
    number = Decimal(repr(cell))
    if decimals is not None:
        return f"{number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WHOLE):f}"
    return f"{number:f}".removesuffix(".0")


def cell_align(cell: Cell, column: Column) -> Align:
    """Where the cell stands: numbers at the end, unless their column is centred."""
    is_number = isinstance(cell, int | float)
    return Align.END if is_number and column.align is Align.START else column.align


def date_text(day: date, language: str) -> str:
    """``2025年11月24日``; ``24 November 2025``."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"
