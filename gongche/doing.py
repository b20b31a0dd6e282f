"""What is done at the command line, as the audit chain tells it."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from fleet.audit import Deed, Detail
from store import audit
from store.database import Connection
from store.people import By

OPERATOR = "operator"
"""The role of whoever works at the command line, by whatever name."""


def actor(by: str = "") -> str:
    """The name that was given with ``--by``, else the operating system's user as ``cli:NAME``."""
    return by.strip() or f"cli:{_login()}"


def doer(by: str = "") -> By:
    """Who does it, now."""
    return By(actor(by), OPERATOR, _now())


def deed(act: str, subject: str, details: Mapping[str, Detail | list[Detail]], by: str = "") -> Deed:
    """What is done at the command line."""
    return Deed(actor=actor(by), role=OPERATOR, act=act, subject=subject, details=details)


async def record(
    conn: Connection, act: str, subject: str, details: Mapping[str, Detail | list[Detail]], by: str = ""
) -> None:
    """Enters what was done; call it last in its transaction."""
    await audit.record(conn, deed(act, subject, details, by), _now())


def file_told(path: Path) -> dict[str, Detail | list[Detail]]:
    """A file by its name and digest."""
    with path.open("rb") as file:
        return {"file": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _now() -> datetime:
    return datetime.now(UTC)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
