"""Truth: the misdeeds that were planted, and how what judging found compares with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Misdeed:
    """A rule that a car must be found to have broken, about from ``start`` to ``end`` (aware), and what it did."""

    rule: str
    plate: str
    start: datetime
    end: datetime
    why: str = ""

    def overlaps(self, other: Misdeed) -> bool:
        """The same rule and car, at a time in common."""
        same = (self.rule, self.plate) == (other.rule, other.plate)
        return same and self.start < other.end and other.start < self.end

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"start": self.start.isoformat(), "end": self.end.isoformat()}


def compare(found: Iterable[Misdeed], planted: Iterable[Misdeed]) -> tuple[list[Misdeed], list[Misdeed]]:
    """(missed, extra): planted ones that were not found, found ones that were not planted.

    Matched by rule, plate and a time in common, one to one: two findings for one planted misdeed are one too
    many. Earlier ends are matched first, which leaves the fewest unmatched.
    """
    missed, extra = [], sorted(found, key=lambda misdeed: misdeed.end)
    for misdeed in sorted(planted, key=lambda misdeed: misdeed.end):
        match = next((number for number, other in enumerate(extra) if other.overlaps(misdeed)), None)
        if match is None:
            missed.append(misdeed)
        else:
            del extra[match]
    return missed, extra


def write_truth(path: Path, planted: Sequence[Misdeed]) -> None:
    """A JSON list, one misdeed a line."""
    lines = ",\n".join(json.dumps(misdeed.as_json(), ensure_ascii=False) for misdeed in planted)
    path.write_text(f"[\n{lines}\n]\n", "utf-8")
