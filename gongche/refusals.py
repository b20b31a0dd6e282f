"""What the embedded broker refuses: sign-ins and publishes, read in its log."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

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
    """The log of a server from where it ends now. The server begins it anew when it is long: what stands last in the
    one before is read first, as it is held open."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._log: BinaryIO | None = None
        self._is_more = False
        self._open()
        if self._log is not None:
            self._log.seek(0, os.SEEK_END)

    def new_lines(self) -> list[str]:
        """Whole lines since the last call, a megabyte of each log at most."""
        is_current = self._is_current()  # asked before: what comes into the one that is no more is in it by then
        lines = self._whole_lines()
        if not is_current and not self._is_more:
            self._open()
            lines += self._whole_lines()
        return lines

    def close(self) -> None:
        """Lets go of it."""
        if self._log is not None:
            self._log.close()

    def _whole_lines(self) -> list[str]:
        if self._log is None:
            return []
        piece = self._log.read(_PIECE_BYTES)
        self._is_more = len(piece) == _PIECE_BYTES
        whole = piece[: piece.rfind(b"\n") + 1]
        self._log.seek(len(whole) - len(piece), os.SEEK_CUR)
        return whole.decode("utf-8", "replace").splitlines()

    def _is_current(self) -> bool:
        try:
            there = self._file.stat()
        except FileNotFoundError:
            return True
        return self._log is not None and os.path.samestat(there, os.fstat(self._log.fileno()))

    def _open(self) -> None:
        self.close()
        with suppress(FileNotFoundError):
            self._log = self._file.open("rb")


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
