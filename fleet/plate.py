"""Number plates: one written form, so that the same car is found however a sheet writes it."""

from __future__ import annotations

import re
import unicodedata

_PLATE = re.compile(r"[\u4e00-\u9fff][A-Z][A-Z0-9\u4e00-\u9fff]{5,6}")


def normal_plate(text: str) -> str:
    """The plate in its one form: half width, upper case, without spaces, dots and dashes.

    Nothing is guessed: an O stays an O. Raises ValueError when what is left is not a plate of 7 or 8 characters
    that begins with a province's character (GA 36-2018).
    """
    plate = re.sub(r"[\s·•・.\-—_]", "", unicodedata.normalize("NFKC", text)).upper()
    if not _PLATE.fullmatch(plate):
        raise ValueError(f"不是车牌号 not a plate: {text!r}")
    return plate
