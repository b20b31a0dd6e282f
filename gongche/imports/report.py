"""What an import did, row by row: for people as tables, for programs as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from fleet.history import Outcome
from fleet.span import Span
from gongche.imports.cells import CellError
from gongche.sheet import Row, Warned
from store.changes import Change, FieldChange

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that did not go in: where, which cell, why and what to do. ``cell`` is its name in a workbook: 台账!C5."""

    at: int
    name: str
    column: str
    value: str
    zh: str
    en: str
    cell: str = ""

    @classmethod
    def of(cls, at: int, name: str, error: CellError, cell: str = "") -> Refusal:
        return cls(at, name, error.column, error.value, error.zh, error.en, cell)


@dataclass(frozen=True, slots=True)
class Result:
    """A row that went in (or would, in a dry run): what it did, and which fields differ from before."""

    at: int
    name: str
    outcome: Outcome
    fields: tuple[FieldChange, ...] = ()


def sort_out(
    rows: Sequence[Row], name_column: str, read: Callable[[Row], T]
) -> tuple[list[tuple[int, T]], list[Refusal]]:
    """What ``read`` makes of each row, with its line; and a refusal for each row that it raises CellError for.

    A row with a cell that holds no value is not read.
    """
    good: list[tuple[int, T]] = []
    refused: list[Refusal] = []
    for row in rows:
        try:
            for column, fault in row.faults.items():
                raise CellError(column, row[column], fault.zh, fault.en)
            good.append((row.line, read(row)))
        except CellError as error:
            refused.append(Refusal.of(row.line, row[name_column], error, row.cell(error.column)))
    return good, refused


def results_of(good: Sequence[tuple[int, T]], changes: Sequence[Change], name: Callable[[T], str]) -> list[Result]:
    """What saving good rows did, row by row."""
    return [
        Result(line, name(thing), change.outcome, change.fields)
        for (line, thing), change in zip(good, changes, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Report:
    """An import. ``at`` counts lines of a sheet or features of a collection (``counted_by``), from 1."""

    noun: str
    source: str
    counted_by: str
    zone: ZoneInfo
    results: Sequence[Result] = ()
    refused: Sequence[Refusal] = ()
    ignored_columns: Sequence[str] = ()
    dry_run: bool = False
    also: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """counts of other nouns that came with it: the units of vehicles"""
    warnings: Sequence[Warned] = ()
    """what went in and may not be what was meant"""

    @property
    def counts(self) -> dict[str, int]:
        """How many rows were new, changed, same, refused."""
        by_outcome = {outcome.value: sum(result.outcome is outcome for result in self.results) for outcome in Outcome}
        return {**by_outcome, "refused": len(self.refused)}

    @property
    def wrote(self) -> bool:
        """Whether it changed anything that is stored."""
        outcomes = [*self.counts.items(), *(pair for counts in self.also.values() for pair in counts.items())]
        return not self.dry_run and any(n for outcome, n in outcomes if outcome not in (Outcome.SAME, "refused"))

    @property
    def exit_status(self) -> int:
        return 1 if self.refused else 0

    def in_order(self) -> Report:
        """By place in the file."""
        return replace(
            self,
            results=sorted(self.results, key=lambda result: result.at),
            refused=sorted(self.refused, key=lambda refusal: refusal.at),
        )

    def as_json(self) -> dict[str, Any]:
        """Counts, every refused row, and every row that is new or changed."""
        return {
            "import": self.noun,
            "file": self.source,
            "dry_run": self.dry_run,
            "counts": self.counts,
            "also": {noun: dict(counts) for noun, counts in self.also.items()},
            "ignored_columns": list(self.ignored_columns),
            "refused": [
                {
                    self.counted_by: r.at,
                    "name": r.name,
                    "cell": r.cell or None,
                    "column": r.column,
                    "value": r.value,
                    "reason": {"zh": r.zh, "en": r.en},
                }
                for r in self.refused
            ],
            "warnings": [
                {"cell": w.cell, "column": w.column, "value": w.value, "reason": {"zh": w.zh, "en": w.en}}
                for w in self.warnings
            ],
            "rows": [
                {
                    self.counted_by: r.at,
                    "name": r.name,
                    "outcome": r.outcome.value,
                    "fields": {c.name: [self.text(c.old), self.text(c.new)] for c in r.fields},
                }
                for r in self.results
                if r.outcome is not Outcome.SAME
            ],
        }

    def text(self, value: object) -> str | None:
        """A field's value in words: moments in the district's time."""
        return text_of(value, self.zone)


def text_of(value: object, zone: ZoneInfo) -> str | None:
    """A value in words: moments and spans in the district's time, None as it is."""
    match value:
        case None:
            return None
        case datetime():
            return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00").removesuffix(" 00:00")
        case date():
            return value.isoformat()
        case Span():
            return f"{text_of(value.start, zone) or '…'} – {text_of(value.end, zone) or '…'}"
        case _:
            return str(value)
