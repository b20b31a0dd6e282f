"""A week drawn as ``gongche work`` draws it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from fleet.clock import SHANGHAI
from fleet.week import Week
from gongche.drawing import commit_week, draw_week
from oversight.draw import Terms
from store.database import connect
from store.draws import StoredDraw


def draw_now(dsn: str, at: datetime, *, share_percent: int = 100, reason: str | None = None) -> StoredDraw:
    """The week of a moment, its seed committed three days before; again where there is a reason."""
    week = Week.of(at.astimezone(SHANGHAI).date())
    before = at - timedelta(seconds=1) if reason else at - timedelta(days=3)

    async def drawn() -> StoredDraw:
        async with await connect(dsn, autocommit=True) as conn:
            await commit_week(conn, week, at=before, by="gongche work", role="system", reason=reason)
            terms = Terms(share_percent)
            return await draw_week(conn, week, at=at, by="gongche work", role="system", terms=terms, zone=SHANGHAI)

    return asyncio.run(drawn())
