"""typst, handed fixed templates and data only: nothing that people wrote is ever read as markup or code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import typst

from gongche.press.fonts import PressFonts

FOLDER = Path(str(files("gongche"))) / "press"


def typeset(
    template: bytes,
    data: Mapping[str, Any],
    fonts: PressFonts,
    form: Literal["pdf", "png"],
    *,
    timestamp: datetime | None = None,
    dots_per_inch: float | None = None,
) -> list[bytes]:
    """The files that a template makes of ``data``, which it reads from ``sys.inputs.data``: a PDF, or a PNG a page."""
    made = typst.Compiler(
        template,
        root=FOLDER,
        font_paths=fonts.found,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, allow_nan=False)},
    ).compile(format=form, ppi=dots_per_inch, timestamp=timestamp)
    if made is None:
        return []
    return made if isinstance(made, list) else [made]
