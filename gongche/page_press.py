"""The press as the pages ask for it (api.printing)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from api.printing import FileForm
from api.problem import RefusedError
from gongche.press import Format, render
from gongche.problem import Problem
from oversight.document import Document


@dataclass(frozen=True, slots=True)
class PagePress:
    """Prints in a thread of its own; ``font_folder``: the office's own fonts."""

    font_folder: Path | None = None

    async def printed(self, document: Document, form: FileForm) -> tuple[bytes, str]:
        """See api.printing."""
        wanted = Format(form.value)
        try:
            return await asyncio.to_thread(render, document, wanted, self.font_folder), wanted.media_type
        except Problem as problem:
            raise RefusedError(503, "cannot_print", problem.zh, problem.en) from problem
