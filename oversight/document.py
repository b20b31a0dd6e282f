"""What a report 报告 says, in the order in which it is read, before anyone knows whether it becomes a page, a workbook,
a DOCX or a PDF.

A document is in one language and complete: what renders it looks nothing up. Frozen as canonical JSON, its SHA-256 is
the digest that is printed on each page and kept when the report is issued.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import TypeAdapter

Cell = str | int | float | None
"""Text, a number, or nothing known (shown as a dash)."""


class Align(StrEnum):
    """Where a column's cells stand."""

    START = "start"
    CENTRE = "centre"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """``level`` 1 is 一、, 2 is （一）; the number is part of the text."""

    text: str
    level: int = 1
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text; indented by two characters in Chinese."""

    text: str
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``width``: share of the table's width, relative to the others. ``decimals`` of numbers; None: as they are."""

    title: str
    width: float = 1.0
    align: Align = Align.START
    decimals: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``rows``: as many cells each as there are columns. ``totals``: a last row, set apart. ``name``: of its sheet in
    a workbook, at most 31 characters."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] | None = None
    kind: Literal["table"] = "table"

    def __post_init__(self) -> None:
        for row in (*self.rows, *(() if self.totals is None else (self.totals,))):
            if len(row) != len(self.columns):
                raise ValueError(f"{self.name}: a row of {len(row)} cells under {len(self.columns)} columns: {row!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """Names and what they are, in two columns: of a car, a case, a draw."""

    rows: tuple[tuple[str, Cell], ...]
    kind: Literal["particulars"] = "particulars"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A still map: an SVG document that refers to nothing outside of itself. ``description``: for who can't see it."""

    svg: str
    caption: str
    description: str
    width_mm: float = 156.0
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBreak:
    """What follows begins a page."""

    kind: Literal["page_break"] = "page_break"


Block = Heading | Paragraph | Table | Particulars | Picture | PageBreak


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report.

    ``number``: 发文字号, of which a draft has none. ``addressee``: 主送机关. ``issuer`` and ``issued_on`` stand under
    the text, on the right, where the seal goes (成文日期 in Chinese form where ``language`` is zh). ``notes`` stand
    below them: what was left out, what is provisional, by what version it was made.
    """

    language: Literal["zh", "en"]
    title: str
    issuer: str
    issued_on: date
    blocks: tuple[Block, ...]
    number: str | None = None
    addressee: str | None = None
    notes: tuple[str, ...] = ()


_ADAPTER = TypeAdapter(Document)


def freeze(document: Document) -> bytes:
    """The document as canonical JSON, UTF-8: the same document gives the same bytes."""
    return _ADAPTER.dump_json(document)


def thaw(frozen: bytes) -> Document:
    """The document that was frozen. Raises ``pydantic.ValidationError`` where it is none."""
    return _ADAPTER.validate_json(frozen)


def digest_of(frozen: bytes) -> str:
    """SHA-256 of a frozen document, in hex."""
    return hashlib.sha256(frozen).hexdigest()
