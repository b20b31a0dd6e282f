"""What stands in XML before its first element; read without reading on."""

from __future__ import annotations

from typing import IO
from xml.parsers import expat

_AT_ONCE = 4096


class _FoundError(Exception):
    """Ends the parsing: what was looked for is known."""

    def __init__(self, declared: bool) -> None:
        self.declared = declared


def declares_a_type(content: IO[bytes]) -> bool:
    """Whether there is a DOCTYPE, which is where entities that expand without end would be declared.

    Raises ``xml.parsers.expat.ExpatError`` when it is no XML up to there.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: _end(declared=True)
    parser.StartElementHandler = lambda *_: _end(declared=False)
    try:
        while chunk := content.read(_AT_ONCE):
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except _FoundError as found:
        return found.declared
    return False


def _end(*, declared: bool) -> None:
    raise _FoundError(declared)
