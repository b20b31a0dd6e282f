"""Number plates: one written form, so that the same car is found however a sheet writes it."""

from __future__ import annotations

import re
import unicodedata

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# GA 36-2018: five or six places after the letter; the last may be a character of a kind of car. Emergency
# services' plates end in 应急. Lower case is spelled out: other scripts have letters whose upper case is Latin.
_PLATE = re.compile(f"[{_PROVINCES}][A-Za-z](?:[A-Za-z0-9]{{5,6}}|[A-Za-z0-9]{{4}}(?:[警学挂港澳使领试超]|应急))")
_MARKS = re.compile(r"[\s·•・.\-_‐‑‒–—―−\u200b\ufeff]")


def normal_plate(text: str) -> str:
    """The plate in its one form: half width, upper case, without spaces, dots and dashes.

    Nothing is guessed: an O stays an O. Raises ValueError when what is left is not a plate of 7 or 8 characters
    that begins with a province's character (GA 36-2018).
    """
    plate = _MARKS.sub("", unicodedata.normalize("NFKC", text))
    if not _PLATE.fullmatch(plate):
        raise ValueError(f"不是车牌号 not a plate: {text!r}")
    return plate.upper()


def plates_in(text: str) -> list[str]:
    """The plates of a text that holds several, parted by 、 , ; / or spaces, each once. Raises ValueError(part)."""
    found: list[str] = []
    for part in re.split(r"[、,;/\n]+", unicodedata.normalize("NFKC", text)):
        # A plate may hold spaces itself: only a province's character begins one.
        for piece in re.split(f"(?=[{_PROVINCES}])", part):
            if not piece.strip():
                continue
            try:
                found.append(normal_plate(piece))
            except ValueError:
                raise ValueError(piece.strip()) from None
    return list(dict.fromkeys(found))
