"""Drives: from spot to spot, at speeds and with accelerations that cars have."""

from __future__ import annotations

import numpy as np

from gongche.district.history import District
from gongche.district.movement import Leg, drive, usual_minutes


def legs(district: District, count: int = 60) -> list[Leg]:
    rng = np.random.default_rng(1)
    official = district.places.official
    return [
        drive(district.roads, district.cars[number * 4 % 403].slot, official[number % 105], 1000.0, rng)
        for number in range(count)
    ]


def test_a_drive_begins_and_ends_at_its_places(district: District) -> None:
    for leg in legs(district):
        here = leg.at(np.array([leg.depart_s - 60, leg.depart_s, leg.arrive_s, leg.arrive_s + 60]))
        assert np.allclose(here[:2], leg.start.spot)
        assert np.allclose(here[2:], leg.end.spot)


def test_speeds_and_accelerations_are_those_of_a_car(district: District) -> None:
    for leg in legs(district):
        seconds = np.arange(leg.depart_s, leg.arrive_s, 1.0)
        speed_ms = np.diff(np.interp(seconds - leg.depart_s, leg.times_s, leg.along_m))
        assert speed_ms.min() >= 0
        assert speed_ms.max() * 3.6 < 80
        assert np.abs(np.diff(speed_ms)).max() < 6.0
        assert leg.length_m / (leg.minutes * 60) * 3.6 > 10


def test_some_crossings_make_it_wait_and_none_for_long(district: District) -> None:
    waits_s = [
        waited
        for leg in legs(district)
        for waited, went_m in zip(np.diff(leg.times_s), np.diff(leg.along_m), strict=True)
        if went_m == 0
    ]
    assert len(waits_s) > 60
    assert max(waits_s) < 60


def test_it_takes_about_as_long_as_usual(district: District) -> None:
    for leg in legs(district, 100):
        usual = usual_minutes(district.roads, leg.start, leg.end)
        assert 0.8 * usual - 1 < leg.minutes < 1.25 * usual + 1.5
