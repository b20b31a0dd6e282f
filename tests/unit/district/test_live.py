"""Cars that drive on from now: told by a clock of the test's own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import shapely

from gongche.district.history import District
from gongche.district.live import AFTER_HOURS_CARS, LIVE_CARS, LiveCar, Report, cars_allowed

START_S = datetime(2027, 3, 2, 1, 0, tzinfo=UTC).timestamp()


def drive_for(district: District, car_number: int, seconds: int, *, may_leave: bool = True) -> list[Report]:
    car = LiveCar(district.cars[car_number], district, np.random.default_rng(car_number), START_S)
    reports = (car.report(START_S + second, may_leave=may_leave) for second in range(seconds))
    return [report for report in reports if report is not None]


def test_a_live_car_leaves_its_yard_and_goes_on_without_jumps(district: District) -> None:
    reports = drive_for(district, 30, 7200)
    assert shapely.Point(reports[0].point).within(district.cars[30].slot.area)
    assert max(report.speed_kmh for report in reports) > 30
    for before, after in pairwise(reports):
        assert 0 < after.at_s - before.at_s <= 60
        went_m = float(np.linalg.norm(after.point - before.point))
        assert went_m <= (after.at_s - before.at_s) * 25 + 20


def test_a_car_that_may_not_leave_stands_and_says_so_each_minute(district: District) -> None:
    reports = drive_for(district, 31, 3600, may_leave=False)
    assert len(reports) == 60
    assert {report.ignition for report in reports} == {False}


def test_a_report_is_what_a_tracker_sends(district: District) -> None:
    told = json.loads(drive_for(district, 30, 600)[-1].payload())
    assert told.keys() == {"ts", "lon", "lat", "speed_kmh", "heading_deg", "ignition"}
    assert datetime.fromisoformat(told["ts"]).tzinfo is not None
    assert (round(told["lon"]), round(told["lat"])) == (118, 34)


def test_few_drive_outside_work_hours() -> None:
    tuesday_ten, tuesday_night, sunday = (
        datetime(2027, 3, 2, 2, tzinfo=UTC),
        datetime(2027, 3, 2, 14, tzinfo=UTC),
        datetime(2027, 3, 7, 2, tzinfo=UTC),
    )
    assert cars_allowed(tuesday_ten) == LIVE_CARS
    assert cars_allowed(tuesday_night) == cars_allowed(sunday) == AFTER_HOURS_CARS
