"""Targets as the pages ask for them (api.target_desk)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from api.problem import RefusedError
from gongche.carrier import is_webhook, written_for_apprise
from gongche.problem import Problem
from gongche.target_form import quiet_of, try_target
from oversight.target import QuietHours, Target
from store.people import By
from store.targets import Door


@dataclass(frozen=True, slots=True)
class PageTargets:
    """Sends from the pages' own process. ``public_url``: where the pages are."""

    public_url: str | None = None

    def read_address(self, address: str) -> tuple[str, bool]:
        """See api.target_desk."""
        try:
            kept = written_for_apprise(address)
            return kept, is_webhook(kept)
        except Problem as problem:
            raise RefusedError(422, "address_refused", problem.zh, problem.en) from None

    def read_quiet(self, text: str) -> QuietHours | None:
        """See api.target_desk."""
        try:
            return quiet_of(text)
        except Problem as problem:
            raise RefusedError(422, "quiet_hours_refused", problem.zh, problem.en) from None

    async def test(self, target: Target, door: Door, by: By) -> tuple[str, str]:
        """See api.target_desk."""
        carried = await asyncio.to_thread(try_target, target, door, self.public_url, by)
        return carried.outcome.value, carried.error
