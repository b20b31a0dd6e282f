"""Cars that drive around from now on and report over MQTT, as the district's trackers would."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from fleet.clock import SHANGHAI
from gongche.addresses import BrokerAddress
from gongche.district.cars import Car
from gongche.district.history import District
from gongche.district.movement import Leg, drive
from gongche.district.places import Place
from gongche.district.plane import Points, to_degrees
from gongche.publish import Publisher, payload_of, topic_of

LIVE_CARS = 60
AFTER_HOURS_CARS = 6
BUSY_FROM_H, BUSY_TO_H = 7, 19
DRIVING_EVERY_S = 5.0
PARKED_EVERY_S = 60.0
TICK_S = 1.0
NOISE_M = 4.0


@dataclass(frozen=True, slots=True)
class Report:
    """What a car sends: where it is at a moment (seconds since 1970)."""

    at_s: float
    point: Points
    speed_kmh: float
    heading_deg: float
    ignition: bool

    def payload(self) -> bytes:
        lon, lat = to_degrees(self.point)
        return payload_of(
            {
                "ts": datetime.fromtimestamp(round(self.at_s), UTC).isoformat(),
                "lon": round(float(lon), 7),
                "lat": round(float(lat), 7),
                "speed_kmh": round(self.speed_kmh, 1),
                "heading_deg": round(self.heading_deg),
                "ignition": self.ignition,
            }
        )


class LiveCar:
    """One car that starts in its yard, goes to places and comes back. Seconds are since 1970."""

    def __init__(self, car: Car, district: District, rng: np.random.Generator, start_s: float) -> None:
        self.car = car
        self._district = district
        self._rng = rng
        self._place = car.slot
        self._leg: Leg | None = None
        self._leave_s = start_s + float(rng.uniform(0, 120))
        self._report_s = start_s

    def report(self, now_s: float, *, may_leave: bool) -> Report | None:
        """What it sends now, if it is time; ``may_leave`` lets it set out from where it stands."""
        if self._leg is not None and now_s >= self._leg.arrive_s:
            self._place, self._leg = self._leg.end, None
            self._leave_s = now_s + self._stay_s(self._place)
            self._report_s = now_s
        away = self._place is not self.car.slot
        if self._leg is None and now_s >= self._leave_s and (may_leave or away):
            self._leg = drive(self._district.roads, self._place, self._next_place(), now_s, self._rng)
            self._report_s = now_s
        if now_s < self._report_s:
            return None
        self._report_s = now_s + (PARKED_EVERY_S if self._leg is None else DRIVING_EVERY_S)
        return self._standing(now_s) if self._leg is None else self._driving(self._leg, now_s)

    def _stay_s(self, place: Place) -> float:
        if place is self.car.slot:
            return float(self._rng.uniform(5, 30)) * 60
        return float(self._rng.uniform(18, 25) if place.area is not None else self._rng.uniform(2, 12)) * 60

    def _next_place(self) -> Place:
        """Home after an outing; else a usual place, once in a while one where it has no business."""
        if self._place is not self.car.slot:
            return self.car.slot
        places, chance = self._district.places, self._rng.random()
        usual = self._district.routine.usual[self.car.unit_code]
        among = places.sensitive if chance < 0.05 else places.outside if chance < 0.08 else usual
        return among[int(self._rng.integers(len(among)))]

    def _standing(self, now_s: float) -> Report:
        return Report(now_s, self._place.spot + self._noise(), 0.0, 0.0, ignition=False)

    def _driving(self, leg: Leg, now_s: float) -> Report:
        before, here, after = leg.at(np.array([now_s - 1, now_s, now_s + 1]))
        east, north = (after - before).tolist()
        speed_kmh = math.hypot(east, north) / 2 * 3.6
        heading_deg = math.degrees(math.atan2(east, north)) % 360
        return Report(now_s, here + self._noise(), speed_kmh, heading_deg, ignition=True)

    def _noise(self) -> Points:
        return self._rng.uniform(-NOISE_M, NOISE_M, 2)


def cars_allowed(now: datetime) -> int:
    """How many may set out at a moment: all in ordinary working time, a few at other times."""
    local = now.astimezone(SHANGHAI)
    busy = local.weekday() < 5 and BUSY_FROM_H <= (local - timedelta(minutes=40)).hour < BUSY_TO_H - 1
    return LIVE_CARS if busy else AFTER_HOURS_CARS


async def drive_around(
    address: BrokerAddress,
    district: District,
    seed: int,
    stop: asyncio.Event,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Lets some cars drive until ``stop`` is set; survives the broker's absence."""
    rng = np.random.Generator(np.random.PCG64(seed))
    start_s = clock().timestamp()
    chosen = [district.cars[int(number)] for number in rng.permutation(len(district.cars))[:LIVE_CARS]]
    cars = [LiveCar(car, district, rng, start_s) for car in chosen]
    async with Publisher(address, "gongche-demonstration", window=1000) as publisher:
        while not stop.is_set():
            now = clock()
            allowed = cars_allowed(now)
            for number, live_car in enumerate(cars):
                report = live_car.report(now.timestamp(), may_leave=number < allowed)
                if report is not None:
                    await publisher.publish(topic_of(live_car.car.tracker), report.payload())
            try:
                await asyncio.wait_for(stop.wait(), TICK_S)
            except TimeoutError:
                continue
