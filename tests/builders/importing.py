"""Somebody at the centre who imports files."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gongche.imports.orders import import_orders
from gongche.imports.report import Report
from gongche.imports.vehicles import import_vehicles
from gongche.imports.zones import import_zones
from store.database import Connection

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 12, 9, tzinfo=SHANGHAI)
HEADINGS = "车牌号,用车单位,终端号,安装日期,纳管日期\n"


class Office:
    """Someone at the centre with a database, who writes a file and imports it."""

    def __init__(self, conn: Connection, folder: Path) -> None:
        self.conn = conn
        self.folder = folder

    def file(self, content: str | bytes) -> Path:
        path = self.folder / "file"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    async def vehicles(self, content: str | bytes, *, dry_run: bool = False) -> Report:
        return await import_vehicles(self.conn, self.file(content), SHANGHAI, dry_run=dry_run, now=NOW)

    async def orders(self, content: str, *, datum: str | None = None, dry_run: bool = False) -> Report:
        return await import_orders(self.conn, self.file(content), SHANGHAI, datum=datum, dry_run=dry_run)

    async def zones(self, *features: dict[str, Any], dry_run: bool = False) -> Report:
        collection = {"type": "FeatureCollection", "datum": "wgs84", "features": features}
        file = self.file(json.dumps(collection, ensure_ascii=False))
        return await import_zones(self.conn, file, SHANGHAI, datum=None, dry_run=dry_run)

    async def rows(self, sql: Any) -> list[tuple[Any, ...]]:
        return await (await self.conn.execute(sql)).fetchall()

    async def fittings(self) -> list[tuple[Any, ...]]:
        """Tracker, plate, and the local days from and to."""
        found = await self.rows(
            """select t.code, v.plate, lower(during), upper(during) from fittings
            join trackers t on t.id = tracker_id join vehicles v on v.id = vehicle_id order by 3, 1"""
        )
        return [
            (tracker, plate, *(at and at.astimezone(SHANGHAI).date().isoformat() for at in during))
            for tracker, plate, *during in found
        ]

    async def marks(self) -> int:
        """How many marks there are; taken."""
        return (await self.conn.execute("delete from marks")).rowcount


def counts(new: int = 0, changed: int = 0, same: int = 0, refused: int = 0) -> dict[str, int]:
    return {"new": new, "changed": changed, "same": same, "refused": refused}


def refusals(report: Report) -> list[tuple[int, str]]:
    return [(refusal.at, refusal.column) for refusal in report.refused]
