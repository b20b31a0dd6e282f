"""Rows that machines send: read one by one, each with the reasons why it cannot be taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.problem import ErrorDetail, Message, RefusedError, rows_refused
from api.violation_query import NO_NUL
from fleet.audit import Detail
from fleet.history import Outcome
from fleet.plate import normal_plate
from fleet.span import Span
from store.changes import Change
from store.database import Connection
from store.fleet import vehicles
from store.scope import Scope

MOST_ROWS = 500
In = TypeVar("In")
Out = TypeVar("Out")

Words = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
Plate = Annotated[str, Field(max_length=20, pattern=NO_NUL, description="In any width and case: 苏N12345, 苏Ｎ·12345")]
Moment = Annotated[AwareDatetime, Field(description="ISO 8601 with its offset: 2026-10-01T08:30:00+08:00")]


class Sent(BaseModel):
    """What a machine sends has no fields that nobody reads."""

    model_config = ConfigDict(extra="forbid")


class RowError(ValueError):
    """Why a row cannot be taken: which field, in Chinese and English."""

    def __init__(self, column: str, zh: str, en: str) -> None:
        super().__init__(f"{column}: {zh} / {en}")
        self.column = column
        self.zh = zh
        self.en = en


class RowReason(BaseModel):
    """The field that it is about, and why."""

    column: str
    reason: Message


class RowSaved(BaseModel):
    """What became of a row, by its place in what was sent, from 0."""

    at: int
    name: str
    outcome: Literal["new", "changed", "same", "refused"]
    refused: RowReason | None = None


class RowsSaved(BaseModel):
    """What became of all rows, in the order in which they were sent."""

    counts: dict[str, int]
    rows: list[RowSaved]


@dataclass(slots=True)
class Rows(Generic[Out]):
    """Good rows with their places, and the others with their errors."""

    good: dict[int, Out] = field(default_factory=dict)
    errors: dict[int, RowError] = field(default_factory=dict)

    def must_be_whole(self, where: str = "body") -> None:
        """Ends the request when a row cannot be taken. ``where`` the rows stand in it."""
        if self.errors:
            raise rows_refused(
                [
                    ErrorDetail(where=f"{where}.{at}.{error.column}", message=f"{error.zh} / {error.en}")
                    for at, error in self.errors.items()
                ]
            )

    def saved(self, outcomes: Sequence[Outcome], names: Sequence[str]) -> RowsSaved:
        """What is answered. ``outcomes`` are those of the good rows, ``names`` those of all."""
        rows = [
            RowSaved(at=at, name=names[at], outcome=outcome.value)
            for at, outcome in zip(self.good, outcomes, strict=True)
        ]
        rows += [
            RowSaved(
                at=at,
                name=names[at],
                outcome="refused",
                refused=RowReason(column=error.column, reason=Message(zh=error.zh, en=error.en)),
            )
            for at, error in self.errors.items()
        ]
        rows.sort(key=lambda row: row.at)
        kinds = [*(outcome.value for outcome in Outcome), "refused"]
        return RowsSaved(counts={kind: sum(row.outcome == kind for row in rows) for kind in kinds}, rows=rows)


def read_rows(sent: Sequence[In], read: Callable[[In], Out], key: Callable[[Out], object]) -> Rows[Out]:
    """What ``read`` makes of each; a RowError of it, or a key that came before, makes the row a refused one."""
    rows: Rows[Out] = Rows()
    first: dict[object, int] = {}
    for at, one in enumerate(sent):
        try:
            made = read(one)
            if (before := first.setdefault(key(made), at)) != at:
                raise RowError("", f"与第 {before} 行重复（从 0 数）", f"the same as row {before}, counted from 0")
            rows.good[at] = made
        except RowError as error:
            rows.errors[at] = error
    return rows


def told(
    things: Sequence[Out], changes: Sequence[Change], plate: Callable[[Out], str], words: Callable[[Out], str]
) -> dict[str, list[Detail]]:
    """For the audit chain: what was new and what changed, and of which cars; nothing where all was the same."""
    by_outcome = [(change.outcome, thing) for change, thing in zip(changes, things, strict=True)]
    details: dict[str, list[Detail]] = {
        outcome.value: [words(thing) for found, thing in by_outcome if found is outcome]
        for outcome in Outcome
        if outcome is not Outcome.SAME
    }
    plates = {plate(thing) for outcome, thing in by_outcome if outcome is not Outcome.SAME}
    return {**details, "plates": [*sorted(plates)]} if plates else {}


async def plates_within(conn: Connection, scope: Scope) -> set[str]:
    """Plates of the vehicles that somebody may see; of another one nothing is told, not even that it is."""
    return {vehicle.plate for vehicle in await vehicles(conn) if scope.shows(vehicle.use_class, vehicle.unit_id)}


def known_plate(plate: str, plates: set[str]) -> str:
    """The plate of a vehicle that is stored."""
    try:
        normal = normal_plate(plate)
    except ValueError:
        raise RowError("plate", "不是车牌号，应如 苏N12345", "not a plate; write it like 苏N12345") from None
    if normal not in plates:
        raise RowError("plate", f"没有这辆车：{normal}", f"no such vehicle: {normal}")
    return normal


def span_from(start: datetime, end: datetime) -> Span:
    """From one moment to a later one."""
    for name, moment in (("start", start), ("end", end)):
        in_range(name, moment)
    if end <= start:
        raise RowError("end", "结束早于或等于开始", "ends no later than it starts")
    return Span(start, end)


def in_range(name: str, moment: datetime) -> datetime:
    """The moment, of a year that can be meant."""
    if not 2000 <= moment.year <= 2199:
        raise RowError(name, "年份应在 2000 至 2199 之间", "its year must lie between 2000 and 2199")
    return moment


def asked_span(since: datetime, until: datetime) -> Span:
    """What a list is asked for; ends the request when it is no span."""
    try:
        return span_from(since, until)
    except RowError as error:
        name = {"start": "since", "end": "until"}[error.column]
        detail = ErrorDetail(where=f"query.{name}", message=f"{error.zh} / {error.en}")
        raise RefusedError(422, "invalid", f"参数 {name} 有误：{error.zh}", f"{name}: {error.en}", [detail]) from None


def asked_plate(plate: str) -> str:
    """In its one form; what is no plate is no car's."""
    try:
        return normal_plate(plate)
    except ValueError:
        return plate
