"""Pictures in documents: checked before anything reads them, and rendered for who cannot draw SVG."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from gongche.press.fonts import PressFonts
from gongche.press.typesetting import typeset

DOTS_PER_INCH = 200.0
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset({"svg", "g", "path", "line", "polyline", "polygon", "rect", "circle", "ellipse", "text", "tspan",
                       "title", "desc"})  # fmt: skip
_REFERRING = re.compile(r"url\s*\(|javascript:|^on|href|^style$", re.IGNORECASE)
_BOX = re.compile(r"\s*0[\s,]+0[\s,]+([\d.]+)[\s,]+([\d.]+)\s*")

_SHEETS = b"""
#let (sheets, fonts) = json(bytes(sys.inputs.data))
#set text(font: fonts)
#for sheet in sheets {
  page(width: sheet.width_mm * 1mm, height: sheet.height_mm * 1mm, margin: 0mm, fill: white,
    image(bytes(sheet.svg), format: "svg", width: 100%, height: 100%))
}
"""


def checked(svg: str) -> str:
    """The picture, if it is shapes and texts that refer to nothing. Raises ValueError that says what else it holds."""
    try:
        root: Element = fromstring(svg)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(f"a picture that is no SVG: {error}") from error
    if root.tag != f"{_NAMESPACE}svg":
        raise ValueError(f"a picture that is no SVG: {root.tag}")
    for element in root.iter():
        name = str(element.tag).removeprefix(_NAMESPACE)
        if name not in _ELEMENTS:
            raise ValueError(f"a picture with <{name}>, which is neither shape nor text")
        for key, value in element.attrib.items():
            if _REFERRING.search(key) or _REFERRING.search(value):
                raise ValueError(f"a picture whose <{name}> refers to something or is styled: {key}={value!r}")
    _box(root)
    return svg


def height_mm(svg: str, width_mm: float) -> float:
    """How high a picture is at a width, by its ``viewBox``."""
    width, height = _box(fromstring(svg))
    return width_mm * height / width


def _box(root: Element) -> tuple[float, float]:
    found = _BOX.fullmatch(root.get("viewBox", ""))
    if found is None or float(found[1]) == 0 or float(found[2]) == 0:
        raise ValueError("a picture without a viewBox that begins at 0 0")
    return float(found[1]), float(found[2])


def png_of(pictures: Sequence[tuple[str, float]], fonts: PressFonts) -> list[bytes]:
    """Pictures (SVG, width in mm) as PNG of DOTS_PER_INCH, all in one go."""
    if not pictures:
        return []
    sheets = [{"svg": checked(svg), "width_mm": width, "height_mm": height_mm(svg, width)} for svg, width in pictures]
    data = {"sheets": sheets, "fonts": fonts.families["hei"]}
    return typeset(_SHEETS, data, fonts, "png", dots_per_inch=DOTS_PER_INCH)
