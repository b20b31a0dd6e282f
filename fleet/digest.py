"""The digest of positions: how many, and their SHA-256 in hexadecimal (docs/evidence.md)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Digest:
    """``None`` where none was kept."""

    count: int | None
    sha256: str | None

    @classmethod
    def of(cls, count: int | None, sha256: bytes | None) -> Digest:
        return cls(count, None if sha256 is None else bytes(sha256).hex())
