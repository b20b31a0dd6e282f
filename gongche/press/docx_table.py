"""Tables of DOCX as elements: python-docx looks a cell up anew each time, which thousands of rows do not forgive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm

from oversight.document import Align

Said = tuple[str, Align]
"""A cell's text and where it stands."""

_WIDTH_MM = 156.0
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
_JUSTIFIED = {Align.START: "left", Align.CENTRE: "center", Align.END: "right"}


def table_element(
    widths: Sequence[float],
    titles: Sequence[str] | None,
    rows: Iterable[Sequence[Said]],
    totals: Sequence[Said] | None,
    *,
    size: float,
    fonts: tuple[str, str],
) -> Any:
    """A ``w:tbl`` as wide as the text: thin rules, titles again on each page, no row over two pages.

    ``widths``: shares. ``size`` in points; ``fonts``: for Latin and for Chinese letters.
    """
    twips = [round(Mm(_WIDTH_MM).twips * width / sum(widths)) for width in widths]
    looks = _run_properties(size, fonts)
    table = _new("tbl", children=[_table_properties(), _new("tblGrid", children=[_new("gridCol", w=w) for w in twips])])
    if titles is not None:
        cells = [(title, Align.CENTRE) for title in titles]
        table.append(_row(cells, twips, looks, is_title=True))
    for row in rows:
        table.append(_row(row, twips, looks, leads=titles is None))
    if totals is not None:
        table.append(_row(totals, twips, looks, shade="EEEEEE"))
    return table


def _table_properties() -> Any:
    borders = [_new(side, val="single", sz=4, space=0, color="000000") for side in _SIDES]
    margins = [_new(side, w=60, type="dxa") for side in ("left", "right")]
    return _new(
        "tblPr",
        children=[
            _new("tblW", w=Mm(_WIDTH_MM).twips, type="dxa"),
            _new("tblBorders", children=borders),
            _new("tblLayout", type="fixed"),
            _new("tblCellMar", children=margins),
        ],
    )


def _run_properties(size: float, fonts: tuple[str, str]) -> list[Any]:
    latin, chinese = fonts
    return [_new("rFonts", ascii=latin, hAnsi=latin, cs=latin, eastAsia=chinese), _new("sz", val=round(size * 2))]


def _row(
    cells: Sequence[Said],
    twips: Sequence[int],
    looks: Sequence[Any],
    *,
    is_title: bool = False,
    leads: bool = False,
    shade: str | None = None,
) -> Any:
    properties = [_new("cantSplit"), *([_new("tblHeader")] if is_title else [])]
    made = _new("tr", children=[_new("trPr", children=properties)])
    for place, ((text, align), width) in enumerate(zip(cells, twips, strict=True)):
        cell_properties = [_new("tcW", w=width, type="dxa")]
        if shade is not None:
            cell_properties.append(_new("shd", val="clear", color="auto", fill=shade))
        cell_properties.append(_new("vAlign", val="center"))
        is_bold = is_title or (leads and place == 0)
        paragraph = _paragraph(text, align, looks, is_bold=is_bold)
        made.append(_new("tc", children=[_new("tcPr", children=cell_properties), paragraph]))
    return made


def _paragraph(text: str, align: Align, looks: Sequence[Any], *, is_bold: bool) -> Any:
    properties = _new(
        "pPr",
        children=[_new("spacing", before=30, after=30, line=240, lineRule="auto"), _new("jc", val=_JUSTIFIED[align])],
    )
    run = _new(
        "r", children=[_new("rPr", children=[_copied(looks[0]), *([_new("b")] if is_bold else []), _copied(looks[1])])]
    )
    for number, line in enumerate(text.split("\n")):
        if number:
            run.append(_new("br"))
        letters = _new("t")
        letters.text = line
        letters.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(letters)
    return _new("p", children=[properties, run])


def _copied(element: Any) -> Any:
    return element.__copy__()


def _new(name: str, children: Iterable[Any] = (), **attributes: object) -> Any:
    element = OxmlElement(f"w:{name}", {qn(f"w:{key}"): str(value) for key, value in attributes.items()})
    element.extend(children)
    return element
