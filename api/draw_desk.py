"""What the pages ask of the weekly draw; the program wires in who does it (it stands above this room)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from fleet.week import Week
from store.database import Connection


class DrawDesk(Protocol):
    """Draws when somebody asks. What it cannot do it says by RefusedError.

    The two are called in a transaction each: the seed stands before the frame is known.
    """

    async def commit(
        self, conn: Connection, week: Week, *, at: datetime, by: str, role: str, reason: str | None
    ) -> None:
        """Commits the seed of a week unless one waits for its draw; ``reason``: of a week that is drawn already."""
        ...

    async def draw(self, conn: Connection, week: Week, *, at: datetime, by: str, role: str) -> None:
        """Draws, with the seed that was committed before ``at``."""
        ...
