"""Pictures: what is let in, and that what is let in is drawn."""

from __future__ import annotations

import io
import struct

import docx
import numpy as np
import pypdfium2
import pytest

from gongche.press import Format, render
from gongche.press.fonts import fonts_in
from gongche.press.picture import DOTS_PER_INCH, checked, height_mm, png_of
from maps.still import still_map
from oversight.document import Document, PageBreak, Paragraph, Picture
from tests.builders.reports import SVG, document
from tests.unit.maps.build import drive, track

OPENING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'


def with_picture(svg: str, width_mm: float = 156.0) -> Document:
    return document(Picture(svg=svg, caption="图1", description="一周轨迹", width_mm=width_mm))


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<foreignObject/>",
        '<image href="file:///etc/passwd"/>',
        '<use href="#a"/>',
        '<rect onclick="alert(1)"/>',
        '<rect style="fill:url(http://x)"/>',
        '<rect fill="url(#a)"/>',
        '<a xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:alert(1)"/>',
        "<style>@import 'x'</style>",
        '<b xmlns="http://www.w3.org/1999/xhtml"/>',
    ],
)
@pytest.mark.parametrize("format", [Format.PDF, Format.DOCX, Format.HTML])
def test_a_picture_that_does_or_refers_to_something_is_refused(inside: str, format: Format) -> None:
    with pytest.raises(ValueError, match="a picture"):
        render(with_picture(f"{OPENING}{inside}</svg>"), format)


@pytest.mark.parametrize(
    "svg",
    [
        "",
        "no picture",
        "<svg/>",
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">&a;</svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 9"/>',
    ],
)
def test_what_is_no_picture_is_refused(svg: str) -> None:
    with pytest.raises(ValueError, match="a picture"):
        checked(svg)


def test_still_maps_are_let_in() -> None:
    svg = still_map("zh", "Asia/Shanghai", positions=track(*drive(minutes=10)))

    assert checked(svg) == svg


def test_a_picture_keeps_its_proportions() -> None:
    assert height_mm(SVG, 78.0) == pytest.approx(45.0)


def test_a_picture_of_a_docx_is_drawn_for_print_with_its_words_and_described() -> None:
    silent = SVG.replace("停放点", "")

    [drawn], [without] = (png_of([(svg, 156.0)], fonts_in()) for svg in (SVG, silent))
    width, height = struct.unpack(">II", drawn[16:24])
    word = docx.Document(io.BytesIO(render(with_picture(SVG), Format.DOCX)))

    assert (width, height) == pytest.approx((156 / 25.4 * DOTS_PER_INCH, 90 / 25.4 * DOTS_PER_INCH), abs=1)
    assert drawn != without, "the words on the map were not drawn"
    [shape] = word.inline_shapes
    assert shape.width.mm == pytest.approx(156)
    assert shape._inline.docPr.get("descr") == "一周轨迹"


def test_the_picture_of_a_pdf_is_seen_with_its_words() -> None:
    pages = pypdfium2.PdfDocument(
        render(document(Paragraph(text="甲"), PageBreak(), *with_picture(SVG).blocks), Format.PDF)
    )

    page = pages[1]
    seen = page.render(scale=1, rev_byteorder=True).to_numpy()[:, :, :3].astype(int)

    blue = (np.abs(seen - [0x17, 0x69, 0xAA]).sum(axis=2) < 30).sum()
    assert blue > 300, "the line of the map"
    assert "停放点" in page.get_textpage().get_text_range()


def test_a_picture_wider_or_higher_than_a_page_is_made_to_fit() -> None:
    tall = SVG.replace("0 0 156 90", "0 0 156 900")

    pages = pypdfium2.PdfDocument(render(with_picture(tall, width_mm=900), Format.PDF))
    word = docx.Document(io.BytesIO(render(with_picture(tall, width_mm=900), Format.DOCX)))

    assert len(pages) == 3  # the title, the picture, the signature
    assert word.inline_shapes[0].height.mm <= 200.5
