"""The press 印制: turns a document into a file to read, sign, calculate with or show.

It adds nothing to what the document says but the digest of the frozen document and page numbers, and leaves nothing
out: a character that cannot be printed stands there as its code point, ``[U+0007]``.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from gongche.press.docx import docx_of
from gongche.press.fonts import fonts_in
from gongche.press.html import html_of
from gongche.press.pdf import pdf_of
from gongche.press.xlsx import xlsx_of
from oversight.document import Document

__all__ = ["Format", "render"]


class Format(StrEnum):
    """What a document can become. The value is the file's extension."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    HTML = "html"

    @property
    def media_type(self) -> str:
        """For ``Content-Type``."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.HTML: "text/html; charset=utf-8",
}


def render(document: Document, format: Format, font_folder: Path | None = None) -> bytes:
    """The document as a file; the same document gives the same bytes as long as libraries and fonts stay.

    ``font_folder``: the office's own fonts, taken before those that came with the program (setting ``font_folder``).
    It takes seconds where there are many maps: call it in a thread. Raises Problem when no font with Chinese is found
    (PDF; DOCX with pictures), ValueError for a picture that is no still map.
    """
    match format:
        case Format.PDF:
            return pdf_of(document, fonts_in(font_folder))
        case Format.DOCX:
            return docx_of(document, font_folder)
        case Format.XLSX:
            return xlsx_of(document)
        case Format.HTML:
            return html_of(document)
