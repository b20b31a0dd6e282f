"""What the pages ask of the finance gate; the program wires in who does it (the sheets are read above this room)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSent:
    """A claims sheet as it was sent, by whom, and how it is to be checked."""

    name: str
    content: bytes
    by: str
    role: str
    worksheet: str | None = None
    again: bool = False
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class PlateTold:
    """What is known of a plate on a day: verdict, reasons, the registry's state (None where nothing may be told)."""

    plate: str
    verdict: str
    reasons: Sequence[dict[str, Any]]
    registry: dict[str, Any] | None = field(default=None)


class ClaimsDesk(Protocol):
    """The finance gate. What it cannot do it says by RefusedError, with a detail for each cell to be mended."""

    async def check(self, sent: SheetSent, now: datetime) -> tuple[int, bool]:
        """The check's number, and whether it is a new one; once this returns, it is stored."""
        ...

    async def result(self, conn: Connection, check_id: int) -> tuple[str, bytes] | None:
        """A check's workbook with its name."""
        ...

    async def look_up(self, plate: str, day: date, now: datetime) -> PlateTold:
        """What a parking fee of that day would get."""
        ...
