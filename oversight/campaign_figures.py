"""What a campaign's papers say of each car, and the figures that follow: by unit and in all. Pure.

A paper keeps a line a car. Figures are made of those lines that a reader may see, so that no total tells of a car that
is hidden from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from oversight.sealing import CarState, Obligation


@dataclass(frozen=True, slots=True, kw_only=True)
class CarLine:
    """A car in a notice, a list, a look at its sealing, a digest or a summary.

    ``state``: None where it says nothing of that (a notice, a list). ``alerts``, ``orders``: those that begin in the
    time of the paper; ``*_so_far``: from the beginning of the holiday on. ``violations``: of the holiday so far, by
    rule. ``unknown_days``, ``moved_days``: of the holiday, in a summary. ``confirmed``: the unit has said that it is
    sealed.
    """

    vehicle_id: int
    plate: str
    use_class: str
    unit_id: int
    unit_code: str
    unit: str
    obligation: Obligation
    excuses: tuple[str, ...] = ()
    state: CarState | None = None
    driving_s: int = 0
    alerts: int = 0
    alerts_so_far: int = 0
    orders: int = 0
    orders_so_far: int = 0
    violations: Mapping[str, int] = field(default_factory=dict)
    unknown_days: int = 0
    moved_days: int = 0
    confirmed: bool = False

    @property
    def is_on_list(self) -> bool:
        """Whether it stands on the sealing list."""
        return self.obligation.is_on_list

    def as_json(self) -> dict[str, Any]:
        """As papers keep it."""
        names = (name for name in self.__slots__ if name != "violations")
        told = {name: getattr(self, name) for name in names}
        return told | {"excuses": list(self.excuses), "violations": dict(self.violations)}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> CarLine:
        state = told["state"]
        more = {"obligation": Obligation(told["obligation"]), "excuses": tuple(told["excuses"])}
        return cls(**{**told, **more, "state": None if state is None else CarState(state)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """``cars``: enrolled in the holiday; ``listed``: of them on the sealing list. The states are of the listed ones."""

    cars: int
    listed: int
    exempt: int
    confirmed: int
    sealed: int
    moved: int
    away: int
    unknown: int
    offline: int
    alerts: int
    alerts_so_far: int
    orders: int
    orders_so_far: int
    violations: int
    unknown_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFigures:
    """A unit with its figures."""

    unit_id: int
    code: str
    unit: str
    figures: Figures

    @property
    def is_clean(self) -> bool:
        """Nothing was found, and each of its listed cars was seen on every day. Who was not seen is not clean."""
        return self.figures.violations == 0 and self.figures.unknown_days == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a report on the holiday takes. ``violations``: by rule. ``clean``: units without any violation whose
    cars were all seen; ``unseen``: units without any violation, of whose cars some days are unknown."""

    key: str
    total: Figures
    units: Sequence[UnitFigures]
    violations: Mapping[str, int]
    clean: Sequence[str]
    unseen: Sequence[str]
    lines: Sequence[CarLine]


def figures(lines: Iterable[CarLine]) -> Figures:
    """Of these cars."""
    cars = list(lines)
    listed = [car for car in cars if car.is_on_list]
    states = Counter(car.state for car in listed)
    return Figures(
        cars=len(cars),
        listed=len(listed),
        exempt=len(cars) - len(listed),
        confirmed=sum(car.confirmed for car in listed),
        sealed=states[CarState.SEALED],
        moved=states[CarState.MOVED],
        away=states[CarState.AWAY],
        unknown=states[CarState.UNKNOWN],
        offline=states[CarState.OFFLINE],
        alerts=sum(car.alerts for car in cars),
        alerts_so_far=sum(car.alerts_so_far for car in cars),
        orders=sum(car.orders for car in cars),
        orders_so_far=sum(car.orders_so_far for car in cars),
        violations=sum(sum(car.violations.values()) for car in cars),
        unknown_days=sum(car.unknown_days for car in listed),
    )


def by_unit(lines: Iterable[CarLine]) -> list[UnitFigures]:
    """Of each unit of these cars, by its code."""
    ordered = sorted(lines, key=lambda car: (car.unit_code, car.plate))
    return [
        UnitFigures(unit_id=cars[0].unit_id, code=code, unit=cars[0].unit, figures=figures(cars))
        for code, cars in ((code, list(some)) for code, some in groupby(ordered, key=lambda car: car.unit_code))
    ]


def summary_of(key: str, lines: Sequence[CarLine]) -> Summary:
    """Of the cars of a closing paper that a reader may see."""
    units = by_unit(lines)
    counted: Counter[str] = Counter()
    for car in lines:
        counted.update(car.violations)
    nothing = [one for one in units if one.figures.violations == 0]
    return Summary(
        key=key,
        total=figures(lines),
        units=units,
        violations=dict(sorted(counted.items())),
        clean=[one.unit for one in nothing if one.is_clean],
        unseen=[one.unit for one in nothing if not one.is_clean],
        lines=lines,
    )
