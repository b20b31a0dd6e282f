"""Use TimescaleDB for the position table where the server has it."""

from __future__ import annotations

from store.database import Connection


async def use_timescaledb(connection: Connection) -> list[str]:
    """Remarks for the operator."""
    del connection
    return []
