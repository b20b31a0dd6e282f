"""What was claimed for the cars of the season: fuel and tolls that fit, misdeeds, and what only looks like some.

Claims change no drive: each is made from what the diary of its car says. What is planted keeps clear of the rules'
thresholds. A car that plays a part has no other fuel claims.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np

from fleet.expense import FuelFamily, FuelKind
from gongche.district.claimant import Claimant
from gongche.district.diary import Diary
from gongche.district.places import Places
from gongche.district.season import LENGTH_S, WORKDAYS, clock

OCTOBER_S = clock(date(2026, 10, 1), 0)
MONTHS_S = ((0.0, OCTOBER_S), (OCTOBER_S, LENGTH_S))
UNKNOWN_STATION, UNKNOWN_GATE = "沭阳服务区加油站", "京沪高速沭阳收费站"
STRANGERS = ("苏N90001", "苏N90002", "苏N90003")
HOUR_S = 3600.0
GAP_FROM_S = 500.0
"""A silence this long may make a gap, for which kilometres are granted."""

Part = Callable[[Claimant], bool]


def make_claims(diaries: list[Diary], places: Places, rng: np.random.Generator) -> None:
    """Fills the diaries' ``expenses``, and what must be found for them into their ``misdeeds``."""
    claimants = [Claimant(diary, places, rng) for diary in diaries]
    free = [claimants[number] for number in rng.permutation(len(claimants)).tolist()]
    innocent = [claimant for claimant in free if claimant.burns_fuel and claimant.diary.harmless]
    for part, times in PARTS:
        for _ in range(times):
            # A part says whether the car can play it; only then has it claimed anything.
            player = next(claimant for claimant in innocent if part(claimant))
            innocent.remove(player)
            free.remove(player)
    for claimant in free:
        if all(misdeed.rule != "R01" for misdeed in claimant.diary.misdeeds):
            _ordinary(claimant)
    for number, plate in enumerate(STRANGERS):
        claimants[number].fuel(clock(WORKDAYS[number], 10), 40, plate=plate)


def _ordinary(claimant: Claimant) -> None:
    """A fill in each month at a station that it was seen to come by, and perhaps a toll."""
    filled_s = -LENGTH_S
    for month in MONTHS_S if claimant.burns_fuel else ():
        passed = claimant.passed_station(*month)
        if passed is not None and _seen(claimant, passed.at_s) and passed.at_s > filled_s + 12 * HOUR_S:
            claimant.fuel(passed.at_s, claimant.usual_litres(*month), passed.name)
            filled_s = passed.at_s
    if claimant.chance() < 0.3 and (passed := claimant.passed_gate()) is not None and _seen(claimant, passed.at_s):
        claimant.toll(passed.at_s, passed.name)


def _seen(claimant: Claimant, at_s: float) -> bool:
    """Its tracker was not silent just then."""
    near_s = 180.0
    return not any(one.start_s - near_s < at_s < one.end_s + near_s for one in claimant.diary.silences)


# R18 ---------------------------------------------------------------------------------------------------------------


def overused(claimant: Claimant) -> bool:
    if not _claims_for_september(claimant, 1.8, 335, 1_000):
        return False
    claimant.diary.misdeed("R18", 0, OCTOBER_S, "九月油耗约为定额的1.8倍")
    return True


def used_a_little_more(claimant: Claimant) -> bool:
    return _claims_for_september(claimant, 1.15, 325, 1_000)


def drove_too_little_to_tell(claimant: Claimant) -> bool:
    return _claims_for_september(claimant, 2.5, 150, 260)


def _claims_for_september(claimant: Claimant, times_norm: float, least_km: float, most_km: float) -> bool:
    """So much as days alone: whether the car was there is not asked."""
    driven_km = claimant.driven_km(*MONTHS_S[0])
    silences = [silence for silence in claimant.diary.silences if silence.start_s < MONTHS_S[0][1]]
    hidden = any(silence.end_s - silence.start_s > GAP_FROM_S for silence in silences)
    if not least_km <= driven_km <= most_km or hidden or not claimant.diary.car.habits.is_plain:
        return False
    litres = times_norm * claimant.norm_l_per_100km * driven_km / 100
    fills = int(np.ceil(litres / (0.85 * claimant.tank_l)))
    for number in range(fills):
        claimant.fuel(clock(WORKDAYS[1 + number], 0), litres / fills, claimant.some_station(), day_alone=True)
    return True


# R19 ---------------------------------------------------------------------------------------------------------------


def fuelled_while_parked(claimant: Claimant) -> bool:
    at_s = claimant.seen_parked()
    return at_s is not None and _fuelled_away(claimant, at_s, "车停在单位，却报销加油")


def fuelled_while_driving_elsewhere(claimant: Claimant) -> bool:
    at_s = claimant.seen_driving()
    return at_s is not None and _fuelled_away(claimant, at_s, "行驶在别处，却报销加油")


def _fuelled_away(claimant: Claimant, at_s: float, why: str) -> bool:
    station = claimant.station_away(at_s, 2_000.0)
    if station is None or claimant.driven_km(*MONTHS_S[0]) > 270:
        return False
    claimant.fuel(at_s, 35, station)
    claimant.misdeed("R19", at_s, f"{why}（{station}）")
    return True


def fuelled_on_a_day(claimant: Claimant) -> bool:
    """The sheet tells the day alone."""
    if claimant.driven_km(*MONTHS_S[0]) > 270:
        return False
    claimant.fuel(clock(WORKDAYS[3], 0), 35, claimant.some_station(), day_alone=True)
    return True


def fuelled_while_asleep(claimant: Claimant) -> bool:
    """The tracker slept in the yard; nobody saw that the car stayed there."""
    at_s = claimant.asleep()
    station = None if at_s is None else claimant.station_away(at_s, 2_000.0)
    if at_s is None or station is None or claimant.driven_km(*MONTHS_S[0]) > 270:
        return False
    claimant.fuel(at_s, 35, station)
    return True


def fuelled_in_a_dead_spot(claimant: Claimant) -> bool:
    """Not seen for more than ten minutes of a drive."""
    at_s = claimant.lost_from_sight()
    station = None if at_s is None else claimant.station_away(at_s, 500.0)
    if at_s is None or station is None or claimant.driven_km(*MONTHS_S[0]) > 270:
        return False
    claimant.fuel(at_s, 35, station)
    return True


def fuelled_at_an_unknown_station(claimant: Claimant) -> bool:
    at_s = claimant.seen_parked()
    if at_s is None or claimant.driven_km(*MONTHS_S[0]) > 270:
        return False
    claimant.fuel(at_s, 35, UNKNOWN_STATION)
    return True


def fuelled_on_a_drive_uploaded_late(claimant: Claimant) -> bool:
    """For hours the car seemed to have stayed where it was."""
    passed = claimant.passed_station(0, LENGTH_S, claimant.diary.late)
    if passed is None or claimant.driven_km(*MONTHS_S[0]) > 270:
        return False
    claimant.fuel(passed.at_s, 35, passed.name)
    return True


# R20 ---------------------------------------------------------------------------------------------------------------


def overfilled(claimant: Claimant) -> bool:
    return _claims_in_october(claimant, [(10 * HOUR_S, 1.3)], "R20", "一次加油超过油箱容积三成")


def filled_again(claimant: Claimant) -> bool:
    fills = [(10 * HOUR_S, 0.6), (11.9 * HOUR_S, 0.5)]
    return _claims_in_october(claimant, fills, "R20", "两小时内加油两次")


def filled_with_another_fuel(claimant: Claimant) -> bool:
    other = FuelKind.PETROL_92 if claimant.family is FuelFamily.DIESEL else FuelKind.DIESEL_0
    return _claims_in_october(claimant, [(10 * HOUR_S, 0.5)], "R20", "所加油品与车辆不符", other)


def filled_to_the_brim(claimant: Claimant) -> bool:
    return _claims_in_october(claimant, [(10 * HOUR_S, 1.03)])


def filled_again_after_lunch(claimant: Claimant) -> bool:
    return _claims_in_october(claimant, [(9 * HOUR_S, 0.6), (13.5 * HOUR_S, 0.5)])


def filled_with_another_grade(claimant: Claimant) -> bool:
    other = FuelKind.DIESEL_10 if claimant.family is FuelFamily.DIESEL else FuelKind.PETROL_98
    return _claims_in_october(claimant, [(10 * HOUR_S, 0.5)], kind=other)


def paid_in_two_parts(claimant: Claimant) -> bool:
    return _claims_in_october(claimant, [(10 * HOUR_S, 0.4), (10 * HOUR_S, 0.5)])


def filled_both_tanks(claimant: Claimant) -> bool:
    """One after the other, and more than the first one holds."""
    return _claims_in_october(claimant, [(10 * HOUR_S, 1.4), (10.5 * HOUR_S, 0.2)], second_tank=True)


def _claims_in_october(
    claimant: Claimant,
    fills: list[tuple[float, float]],
    rule: str = "",
    why: str = "",
    kind: FuelKind | None = None,
    second_tank: bool = False,
) -> bool:
    """Fills at times of a day, in parts of the tank, at a station that is no zone: the last one is the misdeed."""
    if claimant.has_second_tank is not second_tank:
        return False
    day_s = clock(WORKDAYS[-1], 0)
    for at_s, part in fills:
        claimant.fuel(day_s + at_s, part * claimant.tank_l, UNKNOWN_STATION, kind)
    if rule:
        claimant.misdeed(rule, day_s + fills[-1][0], why)
    return True


# R21 ---------------------------------------------------------------------------------------------------------------


def tolled_while_parked(claimant: Claimant) -> bool:
    at_s = claimant.seen_parked()
    gate = None if at_s is None else claimant.gate_away(at_s, 8_000.0, 60_000.0)
    if at_s is None or gate is None:
        return False
    claimant.toll(at_s, gate)
    claimant.misdeed("R21", at_s, f"车停在单位，却报销{gate}通行费")
    return True


def tolled_while_driving_elsewhere(claimant: Claimant) -> bool:
    at_s = claimant.seen_driving()
    gate = None if at_s is None else claimant.gate_away(at_s, 8_000.0, 60_000.0)
    if at_s is None or gate is None:
        return False
    claimant.toll(at_s, gate)
    claimant.misdeed("R21", at_s, f"行驶在别处，却报销{gate}通行费")
    return True


def tolled_within_five_kilometres(claimant: Claimant) -> bool:
    at_s = claimant.seen_parked()
    gate = None if at_s is None else claimant.gate_away(at_s, 1_000.0, 4_000.0)
    if at_s is None or gate is None:
        return False
    claimant.toll(at_s, gate)
    return True


def tolled_on_a_day(claimant: Claimant) -> bool:
    claimant.toll(clock(WORKDAYS[4], 0), claimant.places.toll_gates[0].name, day_alone=True)
    return True


def tolled_at_an_unknown_gate(claimant: Claimant) -> bool:
    at_s = claimant.seen_parked()
    if at_s is None:
        return False
    claimant.toll(at_s, UNKNOWN_GATE)
    return True


def tolled_in_a_dead_spot(claimant: Claimant) -> bool:
    at_s = claimant.lost_from_sight()
    gate = None if at_s is None else claimant.gate_away(at_s, 8_000.0, 60_000.0)
    if at_s is None or gate is None:
        return False
    claimant.toll(at_s, gate)
    return True


PARTS: list[tuple[Part, int]] = [
    (overused, 8),
    (used_a_little_more, 4),
    (filled_both_tanks, 3),
    (fuelled_in_a_dead_spot, 2),
    (tolled_in_a_dead_spot, 2),
    (fuelled_on_a_drive_uploaded_late, 3),
    (drove_too_little_to_tell, 4),
    (fuelled_while_parked, 5),
    (fuelled_while_driving_elsewhere, 4),
    (fuelled_on_a_day, 3),
    (fuelled_while_asleep, 3),
    (fuelled_at_an_unknown_station, 2),
    (overfilled, 3),
    (filled_again, 3),
    (filled_with_another_fuel, 3),
    (filled_to_the_brim, 2),
    (filled_again_after_lunch, 2),
    (filled_with_another_grade, 3),
    (paid_in_two_parts, 2),
    (tolled_while_parked, 5),
    (tolled_while_driving_elsewhere, 4),
    (tolled_within_five_kilometres, 3),
    (tolled_on_a_day, 2),
    (tolled_at_an_unknown_gate, 2),
]
"""What is played and how often, the rarest players first."""
