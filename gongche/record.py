"""A record: the cells of one line of a sheet, before anything is known of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Fault(NamedTuple):
    """Why what a cell holds cannot be used, and what to do."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Record:
    """``line`` is where it stands in the file, from 1.

    ``numbers``: the cells that a spreadsheet program keeps as a number, not as text. ``faults``: those that hold
    no value at all. ``merged``: those whose value stands in a cell above that is merged with them. All by their place,
    from 0; none is known of CSV.
    """

    line: int
    texts: list[str]
    numbers: frozenset[int] = frozenset()
    faults: Mapping[int, Fault] = field(default_factory=dict)
    merged: frozenset[int] = frozenset()

    @property
    def is_blank(self) -> bool:
        return not self.faults and not any(text.strip() for text in self.texts)
