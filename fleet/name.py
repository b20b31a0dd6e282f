"""Names and numbers as people write them, in one form, so that the same thing is found however it is written."""

from __future__ import annotations

import re
import unicodedata

_SPACE_BESIDE_CHINESE = re.compile("(?<=[\u4e00-\u9fff（）]) | (?=[\u4e00-\u9fff（）])")
_FULL_WIDTH_BRACKETS = str.maketrans("()", "（）")


def plain_name(text: str) -> str:
    """A name in half width with single spaces. Beside Chinese there are none, and brackets are full width."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if re.search("[\u4e00-\u9fff]", plain):
        plain = plain.translate(_FULL_WIDTH_BRACKETS)
    return _SPACE_BESIDE_CHINESE.sub("", plain)
