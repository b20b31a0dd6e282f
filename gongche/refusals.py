"""What the embedded broker refuses: sign-ins and publishes, read in its log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from store.credentials import Refusal

# Names and topics are quoted as Go does it: a quotation mark within is escaped, so that nobody's name or client id
# reads like the words around it.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_REFUSED = re.compile(
    rf"\[ERR\] (?P<address>\S+) - \w+:\d+(?: - (?P<client>{_QUOTED}))? - "
    rf"(?:authentication error - User (?P<user>{_QUOTED})"
    rf"|Publish Violation - (?:User {_QUOTED}, )?Subject (?P<subject>{_QUOTED}))\s*$"
)
_PIECE_BYTES = 1_000_000


class BrokerLog:
    """The log of a server from where it ends now; it is begun anew when the server starts with a long one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_bytes = file.stat().st_size if file.exists() else 0

    def new_lines(self) -> list[str]:
        """Whole lines since the last call, a megabyte at most."""
        try:
            with self._file.open("rb") as log:
                if log.seek(0, 2) < self._read_bytes:
                    self._read_bytes = 0
                log.seek(self._read_bytes)
                piece = log.read(_PIECE_BYTES)
        except FileNotFoundError:
            return []
        whole = piece[: piece.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        return whole.decode("utf-8", "replace").splitlines()


def refusals_in(lines: Iterable[str], at: datetime) -> list[Refusal]:
    """What was refused to whom, added up by kind and name; ``at`` is when the lines were read.

    Of a publish over MQTT the log tells the client id and not the user.
    """
    found: dict[tuple[str, str], Refusal] = {}
    for line in lines:
        told = _REFUSED.search(line)
        if told is None:
            continue
        kind, name, topic = "sign_in", told["user"], ""
        if told["subject"] is not None:
            kind, name, topic = "publish", told["client"] or '""', _unquoted(told["subject"]).replace(".", "/")
        name = _unquoted(name)
        times = 1 + (found[kind, name].times if (kind, name) in found else 0)
        found[kind, name] = Refusal(kind, name, times, at, at, topic, told["address"])
    return list(found.values())


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:  # Go escapes some characters in ways of its own
        return text[1:-1]
