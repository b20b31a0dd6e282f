"""What a tracker signs in to the broker with: its id, and a password that is kept as hashes only."""

from __future__ import annotations

import re
from dataclasses import dataclass

USERS = ("ingest", "gateway", "trackers")
"""Users of the program's own at the broker: no tracker may be called so."""

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Credential:
    """One tracker's user: the id is its name. ``bcrypt`` (``$2a$``) is for NATS, ``pbkdf2_sha512`` (``$7$``) for
    Mosquitto."""

    tracker: str
    bcrypt: str
    pbkdf2_sha512: str


def fault_of(tracker: str) -> tuple[str, str] | None:
    """Why a tracker cannot have a user of its id, in Chinese and English; None when it can.

    The id stands in topics, in rights of brokers and in their files, where other characters mean something.
    """
    if tracker in USERS:
        return f"{tracker} 是系统自用的用户名", f"{tracker} is a user of the program's own"
    if not _NAME.fullmatch(tracker):
        return (
            "终端编号须为字母、数字、连字符或下划线（最多 64 个），才能有自己的用户名",
            "to have a user of its own a tracker's id must be letters, digits, - and _, at most 64",
        )
    return None
