"""What the pages ask of whoever can send: reading an address, sending a trial letter."""

from __future__ import annotations

from typing import Protocol

from oversight.target import QuietHours, Target
from store.people import By
from store.targets import Door


class TargetDesk(Protocol):
    """Raises RefusedError for what cannot be; nothing of it repeats an address."""

    def read_address(self, address: str) -> tuple[str, bool]:
        """An address as it is kept, and whether it is a webhook of our own."""
        ...

    def read_quiet(self, text: str) -> QuietHours | None:
        """Quiet hours as people write them."""
        ...

    async def test(self, target: Target, door: Door, by: By) -> tuple[str, str]:
        """Sends a trial letter: how it ended, and why, without secrets."""
        ...
