"""What a paper is, is told from its content."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest

from oversight.attachment import MEDIA_TYPES, AttachmentError, attachment, kind_of

PNG = b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0....\xff\xd9"
PDF = b"%PDF-1.4 ... %%EOF\n"


def package(*parts: str) -> bytes:
    """A zip with these parts."""
    content = BytesIO()
    with ZipFile(content, "w") as written:
        for part in parts:
            written.writestr(part, "x")
    return content.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")
XLSX = package("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (JPEG, "jpg"),
        (PNG, "png"),
        (DOCX, "docx"),
        (XLSX, "xlsx"),
        (PDF[:9], None),
        (JPEG[:-2], None),
        (DOCX[:-30], None),
        (package("word/document.xml"), None),
        (package("a.txt"), None),
        (package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (b"<svg onload=alert(1)>", None),
        (b"", None),
    ],
)
def test_a_kind_is_told_from_the_content(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("说明.pdf", "说明.pdf"),
        ("C:\\文件\\说明.PDF", "说明.PDF"),
        ("../../etc/passwd", "passwd.pdf"),
        ("图.html", "图.html.pdf"),
        ("\x00\n", "附件.pdf"),
        ("长" * 200 + ".pdf", "长" * 60 + "长" * 36 + ".pdf"),
    ],
)
def test_a_name_ends_as_its_content_is(name: str, kept: str) -> None:
    paper = attachment(name, PDF)
    assert (paper.name, paper.media_type) == (kept, MEDIA_TYPES["pdf"])


def test_what_cannot_be_taken_is_told_with_its_name() -> None:
    with pytest.raises(AttachmentError, match=r"说明\.txt"):
        attachment("说明.txt", b"plain text")
