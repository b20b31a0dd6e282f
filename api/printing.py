"""What the pages ask of the press; the program wires in who prints (files are made above this room)."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from oversight.document import Document


class FileForm(StrEnum):
    """As what a document can be saved; the value is the ending of the file's name."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    HTML = "html"


class Press(Protocol):
    """Turns documents into files. What it cannot do it says by RefusedError."""

    async def printed(self, document: Document, form: FileForm) -> tuple[bytes, str]:
        """The file and its media type. It takes seconds where there are many maps."""
        ...
