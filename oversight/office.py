"""How the office works: deadlines, urging and points, from TOML. The shipped one counts where nothing else is said."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from importlib.resources import files
from typing import Any

from fleet.decision import Outcome
from fleet.vehicle import UseClass
from fleet.violation import Severity
from oversight.case import Step
from oversight.standard import Standard


class OfficeError(ValueError):
    """What is wrong in the file, and where, in both languages."""

    def __init__(self, where: str, zh: str, en: str) -> None:
        super().__init__(f"{where}：{zh} / {where}: {en}")


class Measure(StrEnum):
    """What is due when a unit's points have fallen so far: a reminder 提醒 or a letter 督办函."""

    REMIND = "remind"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Threshold:
    """Due once a unit has ``at`` points or fewer."""

    at: int
    does: Measure


@dataclass(frozen=True, slots=True)
class PointRules:
    """What a unit begins a year with, and what costs it how many."""

    start: int
    costs: Mapping[tuple[Outcome, Severity], int]
    repeated: int
    repeated_most: int
    thresholds: tuple[Threshold, ...]
    """from the highest down"""


@dataclass(frozen=True, slots=True)
class Office:
    """Workdays for each step that has so many, when to escalate, the points, and what a new car may be."""

    workdays: Mapping[Step, int]
    escalate_workdays: int
    points: PointRules
    standards: tuple[Standard, ...] = ()


_STEPS = tuple(step for step in Step if step is not Step.RECTIFY)  # its deadline is told with it
_CONFIRMING = tuple(outcome for outcome in Outcome if outcome.confirms)


def office_of(text: str) -> Office:
    """An office from TOML; what the text leaves out is as shipped. Raises OfficeError."""
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OfficeError("office", f"不是 TOML（{error}）", f"is not TOML ({error})") from error
    return _office(_merged(_shipped_tables(), own, ""))


def _shipped_tables() -> dict[str, Any]:
    return tomllib.loads(files("oversight").joinpath("office.toml").read_text(encoding="utf-8"))


def _merged(shipped: dict[str, Any], own: Mapping[str, Any], where: str) -> dict[str, Any]:
    merged = dict(shipped)
    for name, value in own.items():
        place = f"{where}{name}"
        if name not in shipped:
            raise OfficeError(place, "没有此项", "there is no such setting")
        known = shipped[name]
        if isinstance(known, dict):
            if not isinstance(value, dict):
                raise OfficeError(place, "应为表", "must be a table")
            merged[name] = _merged(known, value, f"{place}.")
        else:
            merged[name] = value
    return merged


def _office(tables: Mapping[str, Any]) -> Office:
    points = tables["points"]
    costs = {
        (outcome, severity): _whole(points["costs"][outcome], severity, f"points.costs.{outcome}")
        for outcome in _CONFIRMING
        for severity in Severity
    }
    return Office(
        {step: _whole(tables["workdays"], step, "workdays", least=1) for step in _STEPS},
        _whole(tables["urging"], "escalate_workdays", "urging", least=1),
        PointRules(
            _whole(points, "start", "points", least=1),
            costs,
            _whole(points, "repeated", "points"),
            _whole(points, "repeated_most", "points"),
            _thresholds(points["thresholds"]),
        ),
        _standards(tables["purchases"]["standards"]),
    )


def _standards(tables: Any) -> tuple[Standard, ...]:
    where = "purchases.standards"
    known = {"use", "price_yuan", "displacement_l", "source"}
    if not isinstance(tables, list) or not all(isinstance(one, dict) and set(one) <= known for one in tables):
        raise OfficeError(
            where, "每条可有 use、price_yuan、displacement_l、source", f"each one may have {', '.join(sorted(known))}"
        )
    return tuple(_standard(one, where) for one in tables)


def _standard(table: Mapping[str, Any], where: str) -> Standard:
    try:
        use_class = UseClass(table.get("use", ""))
    except ValueError:
        uses = ", ".join(UseClass)
        raise OfficeError(where, f"use 应为 {uses} 之一", f"use must be one of {uses}") from None
    source = table.get("source")
    if not isinstance(source, str) or not source.strip():
        raise OfficeError(where, "须注明 source：依据的文件与条款", "source is needed: the document and its article")
    price, displacement = (_limit(table, name, where) for name in ("price_yuan", "displacement_l"))
    if price is None and displacement is None:
        raise OfficeError(where, "price_yuan 与 displacement_l 至少填一项", "price_yuan or displacement_l is needed")
    return Standard(use_class=use_class, price_yuan=price, displacement_l=displacement, source=source.strip())


def _limit(table: Mapping[str, Any], name: str, where: str) -> Decimal | None:
    value = table.get(name)
    if value is None:
        return None
    try:
        limit = Decimal(str(value))
    except InvalidOperation:
        limit = Decimal()
    if isinstance(value, bool) or not limit.is_finite() or limit <= 0:
        raise OfficeError(f"{where}.{name}", "应为大于 0 的数", "must be a number over 0")
    return limit


def _thresholds(tables: Any) -> tuple[Threshold, ...]:
    where = "points.thresholds"
    if not isinstance(tables, list) or not all(isinstance(one, dict) and set(one) == {"at", "does"} for one in tables):
        raise OfficeError(where, "每档应有 at 与 does", "each one needs at and does")
    read = _of_word(Measure, where)
    found = [Threshold(_whole(one, "at", where), read(one["does"])) for one in tables]
    if len({one.at for one in found}) < len(found):
        raise OfficeError(where, "两档分数相同", "two are the same")
    return tuple(sorted(found, key=lambda one: -one.at))


def _of_word(words: type[Measure], where: str) -> Callable[[Any], Measure]:
    def read(said: Any) -> Measure:
        try:
            return words(said)
        except ValueError:
            known = ", ".join(words)
            raise OfficeError(where, f"does 应为 {known} 之一", f"does must be one of {known}") from None

    return read


def _whole(table: Mapping[str, Any], name: str, where: str, *, least: int = 0) -> int:
    value = table[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 1000:
        raise OfficeError(
            f"{where}.{name}", f"应为 {least}–1000 的整数", f"must be a whole number from {least} to 1000"
        )
    return value


SHIPPED = office_of("")
"""The office as shipped."""
