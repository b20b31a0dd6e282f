"""Papers that come with a statement or a report: what they are is told from their content, never from their name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import BadZipFile, LargeZipFile, ZipFile

MOST_BYTES = 10_000_000
MOST_FILES = 5
_MOST_PARTS = 5_000

_BEGINNINGS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
_ENDINGS = {b"%PDF-": b"%%EOF", b"\xff\xd8\xff": b"\xff\xd9", b"\x89PNG\r\n\x1a\n": b"IEND\xaeB`\x82"}
_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A paper that can be kept; its name ends as its kind does."""

    name: str
    media_type: str
    content: bytes
    sha256: bytes


class AttachmentError(ValueError):
    """Why a file cannot be taken, in both languages, with its name."""

    def __init__(self, name: str, zh: str, en: str) -> None:
        super().__init__(f"{name}：{zh} / {name}: {en}")
        self.zh, self.en = f"{name}：{zh}", f"{name}: {en}"


def attachment(name: str, content: bytes) -> Attachment:
    """The file as it is kept. Raises AttachmentError for one that is too large, empty or of no kind that is taken."""
    plain = _plain(name)
    if not content:
        raise AttachmentError(plain, "文件是空的", "the file is empty")
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        raise AttachmentError(plain, f"超过 {most} MB，请压缩后再传", f"over {most} MB: make it smaller")
    kind = kind_of(content)
    if kind is None:
        raise AttachmentError(
            plain,
            "按内容不是 PDF、JPEG、PNG、DOCX 或 XLSX（或已损坏、含宏）",
            "its content is no PDF, JPEG, PNG, DOCX or XLSX (or is damaged, or holds macros)",
        )
    kept = plain if plain.lower().endswith(f".{kind}") else f"{plain}.{kind}"
    return Attachment(kept, MEDIA_TYPES[kind], content, hashlib.sha256(content).digest())


def kind_of(content: bytes) -> str | None:
    """pdf, jpg, png, docx or xlsx, as the content says; None for anything else."""
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind if _ENDINGS[beginning] in content[-1024:] else None
    return _office_kind(content) if content.startswith(b"PK\x03\x04") else None


def _office_kind(content: bytes) -> str | None:
    """Only the list of parts is read; nothing is unpacked."""
    try:
        with ZipFile(BytesIO(content)) as package:
            parts = set(package.namelist())
    except (BadZipFile, LargeZipFile, ValueError, NotImplementedError):
        return None
    macros = any(part.lower().endswith("vbaproject.bin") for part in parts)
    if macros or len(parts) > _MOST_PARTS or "[Content_Types].xml" not in parts:
        return None
    return next((kind for part, kind in _PARTS.items() if part in parts), None)


def _plain(name: str) -> str:
    """The last part of a path, without what cannot be printed; at most 100 characters, the ending kept."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(char for char in last if char.isprintable()).strip() or "附件"
    return shown if len(shown) <= 100 else shown[:60] + shown[-40:]
