"""The weekly draw as the pages ask for it (api.draw_desk)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.problem import RefusedError
from fleet.week import Week
from gongche.drawing import commit_week, draw_week
from gongche.problem import Problem
from gongche.settings import Settings
from oversight.draw import Terms
from store.database import Connection


@dataclass(frozen=True, slots=True)
class PageDraws:
    """Draws by the settings' share and longest wait."""

    settings: Settings

    async def commit(
        self, conn: Connection, week: Week, *, at: datetime, by: str, role: str, reason: str | None
    ) -> None:
        """See api.draw_desk."""
        try:
            await commit_week(conn, week, at=at, by=by, role=role, reason=reason)
        except Problem as problem:
            raise RefusedError(409, "not_now", problem.zh, problem.en) from problem

    async def draw(self, conn: Connection, week: Week, *, at: datetime, by: str, role: str) -> None:
        """See api.draw_desk."""
        terms = Terms(self.settings.draw_share_percent, self.settings.draw_overdue_weeks)
        try:
            await draw_week(conn, week, at=at, by=by, role=role, terms=terms, zone=self.settings.zone)
        except Problem as problem:
            raise RefusedError(409, "not_now", problem.zh, problem.en) from problem
