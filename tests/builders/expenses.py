"""Claims that come into a database, as importing adds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.builders.district import Connection


def add_expense(conn: Connection, key: str, plate: str, at: datetime, type_: str = "fuel", **more: Any) -> None:
    """A new entry; under a known key, its next version. Known to the minute unless ``at_precision`` says otherwise."""
    columns: dict[str, Any] = {
        "key": key,
        "plate": plate,
        "plate_given": plate,
        "at": at,
        "at_precision": "minute",
        "type": type_,
        "amount": 100,
        "source": "sheet.csv",
        "source_row": 2,
    } | more
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    conn.execute(
        f"insert into expenses (version, {names})"
        f" values ((select coalesce(max(version), 0) + 1 from expenses where key = %s), {places})",
        (key, *columns.values()),
    )
