"""Random weeks of cars: everything that the definitions speak of, near the thresholds. A seed tells a *world*.

A world has zones and own days, and a few weeks in each of which some cars drive.

In the words of :mod:`tests.reference`; :mod:`tests.builders.matter` says them to the program.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import hypot, inf, isnan, nan
from random import Random

from fleet.clock import MINUTE_US, SECOND_US, SHANGHAI, us_of
from tests.builders.tracks import at as point_at
from tests.reference.days import OwnDay
from tests.reference.facts import Fix
from tests.reference.intervals import Intervals, union
from tests.reference.papers import Order, Papers, State, Waiver
from tests.reference.places import Area, Ring, Zone
from tests.reference.signals import ANTENNA_CUT, ANTENNA_SHORT, NO_FIX, POWER_CUT, Message, fixes_in

UNITS = (1, 2, 3)
FIRST_DAYS = [
    date.fromisoformat(day)
    for day in (
        "2024-06-05",  # 端午: the Monday alone carries its name
        "2025-09-26",  # 国庆 and 中秋 in one span, a make-up Sunday before it
        "2025-12-29",  # 元旦 across the year's end, a make-up Sunday after it
        "2026-02-10",  # 春节, make-up days before
        "2026-02-22",  # and after
        "2026-04-01",  # 清明
        "2026-04-29",  # 五一
        "2026-07-08",  # nothing but a weekend
        "2026-09-23",  # 中秋, and make-up days
        "2049-12-26",  # UNKNOWN
    )
]
NEAR_S = (-301, -300, -299, -60, -1, 0, 0, 1, 30, 299, 300, 301, 599, 600, 601)
CLOCKS = ("00:00", "05:00", "07:30", "19:00", "22:00", "23:50")


@dataclass
class Car:
    id: int
    unit: int
    messages: list[Message] = field(default_factory=list)
    papers: Papers = field(default_factory=Papers)

    @property
    def fixes(self) -> list[Fix]:
        return fixes_in(self.messages)


@dataclass
class World:
    zones: list[Zone]
    own_days: dict[date, OwnDay]
    cars: list[Car]
    silences: Intervals = field(default_factory=list)
    """When the fleet as a whole was silent, as if it were known."""


def world(seed: int, weeks: int = 4, cars: int = 2, days: int = 7) -> World:
    """The world of a seed, with so many cars in each week."""
    chance = Random(seed)
    firsts = [chance.choice(FIRST_DAYS) + timedelta(days=chance.randint(-2, 2)) for _ in range(weeks)]
    made = World(_zones(chance, firsts), _own_days(chance, firsts), [])
    for first in firsts:
        for _ in range(cars):
            car = Car(len(made.cars) + 1, chance.choice(UNITS))
            _Drive(chance, car, first, made.zones).until(_us(first + timedelta(days=days)))
            car.papers = _papers(chance, car, made.zones)
            made.cars.append(car)
    made.silences = union(_span(chance, chance.choice(made.cars)) for _ in range(chance.choice([0, 1, 3])))
    return made


# Zones -----------------------------------------------------------------------------------------------------


def _zones(chance: Random, firsts: list[date]) -> list[Zone]:
    """Homes for some units, some of them moved within a week; a jurisdiction in two parts, in one or none; sensitive
    zones that overlap, with holes and in parts; some for a time or for one unit only.
    """

    def moment() -> int:
        """In the middle of one of the weeks."""
        return _us(chance.choice(firsts) + timedelta(days=3), chance.choice(CLOCKS))

    moved, opened, redrawn = moment(), moment(), moment()
    zones = [
        Zone(1, "院甲", "home", _area(chance, 0, 0, 60), 1, None, chance.choice([None, moment()])),
        Zone(2, "院乙", "home", _area(chance, 1500, 0, 80), 2, None, moved),
        Zone(3, "院乙", "home", _area(chance, 1500, chance.choice([90, 900]), 80), 2, moved),
        Zone(4, "辖区", "jurisdiction", _area(chance, 0, 0, 9_000), None, chance.choice([None, None, opened])),
        Zone(5, "飞地", "jurisdiction", _area(chance, 9_000, 3_000, 4_000)),
        Zone(6, "宾馆", "sensitive", _area(chance, 3_000, 0, 150), None, None, redrawn),
        Zone(7, "宾馆", "sensitive", _area(chance, 3_000, 60, 150), None, redrawn),
        Zone(8, "山庄", "sensitive", _area(chance, 3_100, 50, 120, parts=2)),
        Zone(9, "湖", "sensitive", _area(chance, -4_000, 500, 300, hole=True), chance.choice([None, 1])),
        Zone(10, "油站", "refuel", _area(chance, 0, 2_000, 100)),
    ]
    return [zone for zone in zones if chance.random() < 0.8]


def _area(chance: Random, east_m: float, north_m: float, half_m: float, hole: bool = False, parts: int = 1) -> Area:
    rings: list[Ring] = []
    for part in range(parts):
        middle = (east_m + part * 3 * half_m, north_m)
        rings.append(_ring(chance, *middle, half_m))
        if hole or chance.random() < 0.2:
            rings.append(_ring(chance, *middle, half_m / 3))
    return Area(rings)


def _ring(chance: Random, east_m: float, north_m: float, half_m: float) -> Ring:
    """A square, or a star around its middle: corners between 0.7 and 1.4 of the half side."""
    if chance.random() < 0.5:
        ways = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
    else:
        corners = [(-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0)]
        ways = [(x * far, y * far) for x, y in corners for far in [chance.uniform(0.7, 1.4)]]
    points = [point_at(east_m=east_m + x * half_m, north_m=north_m + y * half_m) for x, y in ways]
    ring = [(point.lon_e7, point.lat_e7) for point in points]
    return [*ring, ring[0]]


# Days ------------------------------------------------------------------------------------------------------


def _own_days(chance: Random, firsts: list[date]) -> dict[date, OwnDay]:
    kinds = [OwnDay(True, "建县纪念日"), OwnDay(True), OwnDay(False), OwnDay(False, "国庆")]
    return {
        first + timedelta(days=number): chance.choice(kinds)
        for first in firsts
        for number in chance.sample(range(-2, 9), chance.choice([0, 0, 1, 2, 4]))
    }


def _us(day: date, clock: str = "00:00") -> int:
    return us_of(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SHANGHAI))


# Driving ---------------------------------------------------------------------------------------------------


class _Drive:
    """A car on its way: legs that follow each other, each with something to get wrong."""

    def __init__(self, chance: Random, car: Car, first: date, zones: list[Zone]) -> None:
        self.chance, self.car, self.zones = chance, car, zones
        self.ts_us = _us(first) + chance.randint(0, 8 * 60) * MINUTE_US
        self.x, self.y = chance.choice([(0.0, 0.0), (1500.0, 0.0), (3_000.0, 50.0)])
        self.odometer_km = chance.choice([0.0, 1_000.0, 123_456.7])
        self.tells_km = chance.choice([0.0, 0.9, 1.0])
        self.flags = 0

    def until(self, end_us: int) -> None:
        legs = [self.to_place] * 5 + [self.stand] * 4 + [self.sleep] * 3 + [self.to_clock] * 5 + [self.silence]
        legs += [self.drift, self.creep, self.wild, self.island, self.pause, self.repeat, self.no_fix, self.at_border]
        legs += [self.race] * 2 + [self.alarm] * 2 + [self.blind] * 2 + [self.unseen] * 2
        while self.ts_us < end_us:
            self.chance.choice(legs)()

    def report(self, after_s: float = 0, x: float | None = None, y: float | None = None, said_kmh: float = nan) -> None:
        """A fix, with the speed that it needs to get there unless it says another."""
        was = self.x, self.y
        self.ts_us += round(after_s * SECOND_US)
        self.x, self.y = self.x if x is None else x, self.y if y is None else y
        far_m = hypot(self.x - was[0], self.y - was[1])
        self.odometer_km += far_m / 1000
        if isnan(said_kmh) and after_s:
            said_kmh = self.chance.choice([round(far_m / after_s * 3.6), nan])
        self.say(said_kmh, self.flags)

    def say(self, speed_kmh: float = nan, flags: int = 0) -> None:
        told_km = self.odometer_km if self.chance.random() < self.tells_km else nan
        self.car.messages.append(Message(self.ts_us, *self.place(), speed_kmh, told_km, flags))

    def place(self) -> tuple[int, int]:
        """Longitude and latitude, whole 1e-7 degrees."""
        place = point_at(east_m=self.x, north_m=self.y)
        return place.lon_e7, place.lat_e7

    def go(self, x: float, y: float, kmh: float, every_s: float) -> None:
        far_m = ((x - self.x) ** 2 + (y - self.y) ** 2) ** 0.5
        steps = max(1, round(far_m / (kmh / 3.6 * every_s)))
        from_x, from_y = self.x, self.y
        for n in range(1, steps + 1):
            self.report(every_s, from_x + (x - from_x) * n / steps, from_y + (y - from_y) * n / steps)

    def to_place(self) -> None:
        places = [(0, 0), (1500, 0), (1500, 900), (3000, 20), (3100, 50), (-4000, 500), (9000, 3000), (17_000, 0)]
        x, y = self.chance.choice(places)
        self.go(x, y + self.chance.choice([0, 0, 95, 150, 180, 205]), *self.pace())

    def pace(self) -> tuple[float, float]:
        return self.chance.choice([20, 40, 60, 90]), self.chance.choice([20, 60, 149, 299, 301, 600])

    def at_border(self) -> None:
        """Just inside, on or just outside a zone's border or its buffer."""
        if not self.zones:
            return
        zone = self.chance.choice(self.zones)
        lon_e7, lat_e7 = self.chance.choice(self.chance.choice(zone.area.rings))
        away_e7 = round(self.chance.choice([0, 49.9, 50.1, 99.9, 100.1, 499.9, 500.1]) * 89.93)
        self.ts_us += 300 * SECOND_US
        for _ in range(self.chance.choice([2, 3, 4])):
            self.ts_us += self.chance.choice([100, 300, 599]) * SECOND_US
            self.car.messages.append(Message(self.ts_us, lon_e7, lat_e7 + away_e7 * self.chance.choice([1, 1, 1, -1])))

    def stand(self) -> None:
        """For as long as some rule asks, or a second more or less."""
        for _ in range(self.chance.choice([1, 2, 3, 6])):
            self.report(self.chance.choice([149, 299, 299.7, 300, 301, 450, 599, 600, 600.5, 60]))

    def sleep(self) -> None:
        """A parked tracker reports again after long, at most 100 m away or a little more."""
        self.report(self.chance.choice([601, 1799, 3600, 5 * 3600]), self.x + self.chance.choice([0, 60, 99.7, 100.3]))

    def to_clock(self) -> None:
        """Asleep until around a time of day that matters, and a drive that crosses it."""
        now = datetime.fromtimestamp(self.ts_us / 1e6, SHANGHAI).date()
        moments = [_us(now + timedelta(days=n), clock) for n in (0, 1) for clock in CLOCKS]
        near_us = self.chance.choice(NEAR_S) * SECOND_US
        later = [us for moment in moments if (us := moment + near_us) > self.ts_us + 700 * SECOND_US]
        self.report((self.chance.choice(later[:3]) - self.ts_us) / SECOND_US)
        if self.chance.random() < 0.7:
            minutes = self.chance.choice([4.9, 5, 5.1, 9.9, 10, 10.1, 20])
            self.go(self.x + self.chance.choice([-1, 1]) * minutes * 700, self.y, 42, self.chance.choice([30, 60, 98]))

    def pause(self) -> None:
        """Two drives with less or more than 5 min, or than 30 min, between them."""
        self.go(self.x + 2_000, self.y, 40, 60)
        self.report(self.chance.choice([299, 299.7, 300, 301]))
        if self.chance.random() < 0.5:
            self.report(self.chance.choice([299, 300, 301]))
            self.report(self.chance.choice([1199, 1200, 1201]))
        self.go(self.x - 3_000, self.y, 40, 60)

    def silence(self) -> None:
        self.report(self.chance.choice([700, 4_000, 20_000]), self.x + self.chance.choice([150, 8_000]))

    def drift(self) -> None:
        """To and fro around a parked car, up to just under or over 200 m."""
        x = self.x
        for _ in range(self.chance.randint(2, 5)):
            self.report(60, x + self.chance.choice([0, 90, 190, 199.96, 200.04, -150]))
        self.report(60, x)

    def creep(self) -> None:
        """At 5 km/h, or just under or over."""
        metres = self.chance.choice([83.2, 83.3, 83.4, 84])
        for _ in range(self.chance.randint(2, 6)):
            self.report(60, self.x, self.y + metres)

    def wild(self) -> None:
        """One fix far off, or at about 200 km/h."""
        x = self.x
        self.report(60, x + self.chance.choice([3_330, 3_332.5, 3_334, 40_000]))
        self.report(60, x)

    def island(self) -> None:
        x = self.x
        self.report(30, x + 30_000)
        for _ in range(self.chance.choice([1, 3])):
            self.report(self.chance.choice([199, 200, 599, 599.95, 600]))
        self.report(30, x)

    def repeat(self) -> None:
        """Of one instant a report twice, and another place."""
        self.report(60)
        said = self.car.messages[-1]
        away_e7, flags = self.chance.choice([-5_000_000, -3, 1, 5_000_000]), self.chance.choice([0, NO_FIX, POWER_CUT])
        odometer_km = said.odometer_km + self.chance.choice([-1, 1, 1e8, inf, nan])
        self.car.messages += [said, said._replace(lon_e7=said.lon_e7 + away_e7, odometer_km=odometer_km, flags=flags)]

    def no_fix(self) -> None:
        """Somewhere, after a while or at the very time of a fix."""
        lon_e7, lat_e7 = self.place()
        ts_us = self.ts_us + self.chance.choice([0, 30]) * SECOND_US
        self.car.messages.append(Message(ts_us, lon_e7 + self.chance.choice([-1, 5_000_000]), lat_e7, flags=NO_FIX))

    # What trackers say ---------------------------------------------------------------------------------------

    def race(self) -> None:
        """A stretch or two at about 120 km/h, by what is told or by what it takes; about 30 s, 5 min apart."""
        self.go(self.x + 3_000, self.y, 60, 30)
        for _ in range(self.chance.choice([1, 1, 2])):
            kmh, said_kmh = self.chance.choice([(130, 130), (130, 121), (130, 120), (119, 130), (121, 121), (199, 150)])
            for _ in range(self.chance.choice([1, 2, 3, 12])):
                every_s = self.chance.choice([10, 14.9, 15, 30])
                told_kmh = said_kmh if self.chance.random() < 0.95 else self.chance.choice([nan, 119, 180])
                self.report(every_s, self.x + kmh / 3.6 * every_s, self.y, told_kmh)
            self.report(30, self.x + 200, self.y, 60)
            self.go(self.x + 2_400, self.y, 36, 30)
            self.report(self.chance.choice([29, 30, 31, 200]), self.x + 500, self.y, said_kmh)
        self.go(self.chance.choice([0, 3_000]), self.y, 90, 60)

    def alarm(self) -> None:
        """About 5 min of an alarm, or of two that follow each other; standing or on the way, with and without a fix."""
        for _ in range(self.chance.choice([1, 1, 2])):
            flag = self.chance.choice([POWER_CUT, ANTENNA_CUT, ANTENNA_SHORT, POWER_CUT | ANTENNA_CUT, 1 << 11])
            self.flags = flag
            steps_s: list[list[float]] = [[149, 150], [150, 150], [600], [601], [300.000001], [60] * 9]
            for every_s in self.chance.choice(steps_s):
                self.report(every_s, self.x + self.chance.choice([0, 0, 900]))
                self.flags = flag | self.chance.choice([0, 0, NO_FIX])
            self.report(self.chance.choice([0.000001, 30]))
            self.flags = 0
            self.report(self.chance.choice([60, 1799, 1800, 1801]))

    def blind(self) -> None:
        """About 20 min without a fix in which the odometer grows by about 1 km; perhaps with something in between."""
        kept, self.tells_km = self.tells_km, self.chance.choice([1.0, 0.8])
        minutes, km = self.chance.choice([4, 10, 19.99, 20, 20.01, 45]), self.chance.choice([0, 0.999, 1, 1.001, 9])
        steps = self.chance.choice([3, 10, 40])
        begin_km, whole = round(self.odometer_km, 3), self.chance.random() < 0.2
        for n in range(steps + 1):
            self.ts_us += round((minutes * 60 / steps if n else 30) * SECOND_US)
            self.odometer_km = begin_km + (n * km // steps if whole else n * km / steps)
            self.say(flags=NO_FIX | self.chance.choice([0] * 9 + [POWER_CUT]))
            self.interrupt()
        self.tells_km = kept
        if self.chance.random() < 0.7:
            self.report(self.chance.choice([60, 1500, 1800]), self.x + min(km * 1000, 5_000))

    def interrupt(self) -> None:
        """Now and then a fix or another message at the same instant, a stray reading, an odometer set anew."""
        match self.chance.choice([None] * 40 + ["fix", "twice", "stray", "anew", "back"]):
            case "fix":
                self.car.messages.append(self.car.messages[-1]._replace(lat_e7=self.place()[1] + 1, flags=0))
            case "twice":
                said, km = self.car.messages[-1], self.chance.choice([inf, 1e8, -1e8, self.odometer_km - 0.5])
                self.car.messages.append(said._replace(lat_e7=said.lat_e7 + 1, odometer_km=km))
            case "stray":
                self.car.messages[-1] = self.car.messages[-1]._replace(odometer_km=self.chance.choice([inf, 1e8, 0.0]))
            case "anew":
                self.odometer_km += self.chance.choice([500, -900])
            case "back":
                self.odometer_km -= 0.4

    def unseen(self) -> None:
        """Silent for about half an hour and then about 2 km away: borne out by what follows, or a wild fix alone."""
        x = self.x
        away_m = self.chance.choice([1_998, 2_002, 2_002, 9_000, 30_000])
        self.report(self.chance.choice([1799, 1800, 1801, 4 * 3600]), x + away_m)
        if self.chance.random() < 0.2:
            self.say(flags=NO_FIX)  # at the very end of the silence, so not in it
            self.car.messages[-1] = self.car.messages[-1]._replace(lon_e7=self.place()[0] + self.chance.choice([-9, 9]))
        if self.chance.random() < 0.2:
            ts_us = self.ts_us - self.chance.choice([1, 60, 1_500]) * SECOND_US
            self.car.messages.append(Message(ts_us, *self.place(), flags=NO_FIX))
        if self.chance.random() < 0.7:
            self.report(self.chance.choice([60, 3_600]), self.x + 20)
        else:
            self.report(self.chance.choice([60, 3_600]), x)


# Papers ----------------------------------------------------------------------------------------------------


def _papers(chance: Random, car: Car, zones: list[Zone]) -> Papers:
    """Orders and waivers that begin and end near what the car did; some that excuse nothing."""
    names = [None, *sorted({zone.name for zone in zones if zone.kind == "sensitive"})]
    orders, waivers = [], []
    for _ in range(chance.choice([0, 1, 3, 6])):
        start_us, end_us = _span(chance, car)
        filed_s = chance.choice([-3600, 0, 24 * 3600 - 1, 24 * 3600, 24 * 3600 + 1, 90_000])
        approved, cancelled = chance.random() < 0.85, chance.random() < 0.15
        zone, out = chance.choice(names), chance.random() < 0.4
        filed_us = start_us + filed_s * SECOND_US
        order = Order(start_us, end_us, filed_us, approved, cancelled, zone, out, *_route(chance, car))
        orders.append(order)
    for _ in range(chance.choice([0, 0, 1, 3])):
        start_us, end_us = _span(chance, car)
        open_side = chance.choice([None, None, None, "start", "end"])
        kind = chance.choice(["duty", "emergency", "emergency", "repair", "repair", "test_drive", "other"])
        waivers.append(Waiver(kind, None if open_side == "start" else start_us, None if open_side == "end" else end_us))
    use_class = chance.choice(["general", "general", "general", "emergency", "confidential_mail", "law_enforcement"])
    enrolments, states, fittings = _enrolments(chance, car), _states(chance, car), _fittings(chance, car)
    return Papers(orders, waivers, enrolments, states, use_class, fittings)


def _enrolments(chance: Random, car: Car) -> list[tuple[int | None, int | None]]:
    """Mostly for ever; else with a day or an hour missing, or none at all."""
    start_us, end_us = _span(chance, car)
    ever: list[tuple[int | None, int | None]] = [(None, None)]
    return chance.choice([*[ever] * 5, [(None, start_us), (end_us, None)], [(end_us, None)], [(None, start_us)], []])


def _fittings(chance: Random, car: Car) -> list[tuple[int | None, int | None]]:
    """Mostly nothing on record; else one for ever, or one after the other: at once, later, or after a silence."""
    start_us, end_us = _span(chance, car)
    silent_us, heard_us = chance.choice(_longest_silences(car))
    return chance.choice(
        [[]] * 6
        + [
            [(None, None)],
            [(None, start_us), (start_us, None)],
            [(None, start_us), (end_us, None)],
            [(None, silent_us + MINUTE_US), (heard_us - MINUTE_US, None)],
            [(None, silent_us + MINUTE_US), (heard_us - MINUTE_US, None)],
        ]
    )


def _longest_silences(car: Car) -> list[tuple[int, int]]:
    """The three longest times without a message."""
    told_us = sorted(message.ts_us for message in car.messages)
    return sorted(pairwise(told_us), key=lambda silence: silence[0] - silence[1])[:3]


def _states(chance: Random, car: Car) -> list[State]:
    """Spans of one car that do not overlap."""
    spans = sorted(_span(chance, car) for _ in range(chance.choice([0, 0, 1, 2])))
    apart = [span for number, span in enumerate(spans) if not number or spans[number - 1][1] <= span[0]]
    return [State(chance.choice(["laid_up", "scrapped"]), *span) for span in apart]


def _route(chance: Random, car: Car) -> tuple[tuple[int, int] | None, int | None]:
    """Where an order leads, about 5 km from somewhere the car was; and what was planned, near a trip's length."""
    fix = chance.choice(car.messages)
    north_e7 = chance.choice([0, 4_999.9, 5_000.1, -5_000.1, 12_000]) * 89.9322
    point = chance.choice([None, (fix.lon_e7, fix.lat_e7 + round(north_e7))])
    return point, chance.choice([None, 1, 300, 1_000, 3_000, 5_000, 9_000])


def _span(chance: Random, car: Car) -> tuple[int, int]:
    at = chance.choice(car.messages).ts_us
    start_us = at + chance.choice([0, -1, 1, -60, -299, 60, -3600]) * SECOND_US
    minutes = chance.choice([1, 5, 15, 30, 60, 300, 1500])
    return start_us, start_us + minutes * MINUTE_US + chance.choice([0, 0, 1, -1])
