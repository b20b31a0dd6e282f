"""The district's 403 cars: plates, trackers and how each tracker behaves. No real plate or device is meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from fleet.vehicle import UseClass
from gongche.district.places import Place, Yard

ENROLLED_FROM = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = ["大众帕萨特", "别克GL8", "丰田凯美瑞", "江铃全顺", "长城炮", "大众途观", "比亚迪秦", "五菱宏光"]
ELECTRIC_MODELS = ["比亚迪汉EV", "广汽埃安S", "吉利几何A", "上汽荣威Ei5"]
USE_CLASSES = list(UseClass)
USE_SHARES = [0.62, 0.22, 0.05, 0.08, 0.03]


@dataclass(frozen=True, slots=True)
class Habits:
    """How a tracker reports: while driving, while parked (None: it sleeps), and how badly it sees the sky."""

    driving_every_s: float
    parked_every_s: float | None
    drift_m: float
    in_garage: bool = False

    @property
    def is_plain(self) -> bool:
        """Good enough for what is planted not to hang on noise."""
        return self.drift_m <= 12 and not self.in_garage


@dataclass(frozen=True, slots=True, eq=False)
class Car:
    """One car. ``number`` counts from 0 and stands for the vehicle until the database gives it an id."""

    number: int
    plate: str
    unit_code: str
    use_class: UseClass
    model: str
    tracker: str
    habits: Habits
    slot: Place


def make_cars(yards: list[Yard], rng: np.random.Generator) -> list[Car]:
    """The cars of all yards. Plates and trackers are all different."""
    count = sum(yard.cars for yard in yards)
    serials = rng.permutation(90_000)[:count] + 10_000
    imeis = rng.permutation(9_000_000)[:count] + 1_000_000
    cars: list[Car] = []
    for yard in yards:
        for _ in range(yard.cars):
            number = len(cars)
            electric = rng.random() < 0.15
            serial = int(serials[number])
            cars.append(
                Car(
                    number,
                    f"苏ND{serial}" if electric else f"苏N{serial}",
                    yard.unit_code,
                    USE_CLASSES[int(rng.choice(len(USE_CLASSES), p=USE_SHARES))],
                    str(rng.choice(ELECTRIC_MODELS if electric else MODELS)),
                    _tracker_code(int(imeis[number]), rng),
                    _habits(rng),
                    yard.slot(rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5)),
                )
            )
    return cars


def _tracker_code(serial: int, rng: np.random.Generator) -> str:
    """An IMEI of 15 digits, or a terminal number of 12 as JT/T 808 (2013) has it."""
    return f"86123405{serial}" if rng.random() < 0.6 else f"01391{serial}"


def _habits(rng: np.random.Generator) -> Habits:
    driving_every_s = float(rng.choice([10.0, 15.0, 20.0], p=[0.3, 0.5, 0.2]))
    parked_every_s = 300.0 if rng.random() < 0.55 else None
    drift_m = float(rng.choice([4.0, 8.0, 12.0, 25.0, 45.0], p=[0.35, 0.3, 0.2, 0.1, 0.05]))
    return Habits(driving_every_s, parked_every_s, drift_m, in_garage=rng.random() < 0.06)
