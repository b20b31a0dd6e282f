"""The truth on its own: cars with something planted, judged word by word from the design, slowly."""

from __future__ import annotations

from datetime import datetime

import pytest
import shapely

from fleet.clock import SECOND_US, SHANGHAI, moment_of, us_of
from gongche.district.diary import Diary
from gongche.district.history import District, History
from gongche.district.plane import to_degrees
from gongche.district.season import START_US
from gongche.district.silence import OUTAGE
from gongche.district.truth import Misdeed, compare
from tests.reference.agreement import RULES
from tests.reference.papers import Order, Papers, State, Waiver
from tests.reference.places import Zone, area_of
from tests.reference.signals import Message
from tests.reference.verdicts import Around, judged


def papers_of(diary: Diary) -> Papers:
    orders = [
        Order(
            us(order.during.start),
            us(order.during.end),
            us(order.filed_at),
            order.approved_at is not None,
            order.cancelled_at is not None,
            order.destination_zone,
            order.out_of_district,
            None
            if order.destination_lon_e7 is None or order.destination_lat_e7 is None
            else (order.destination_lon_e7, order.destination_lat_e7),
            order.planned_distance_m,
        )
        for order in diary.orders
    ]
    waivers = [Waiver(waiver.kind.value, us(waiver.during.start), us(waiver.during.end)) for waiver in diary.waivers]
    enrolments = [(us(span.start), None if span.end is None else us(span.end)) for span in diary.enrolled]
    states = [
        State(state.state.value, us(state.during.start), None if state.during.end is None else us(state.during.end))
        for state in diary.states
    ]
    return Papers(orders, waivers, enrolments, states, diary.car.use_class.value)


def us(moment: datetime | None) -> int:
    assert moment is not None
    return us_of(moment)


def judged_slowly(history: History, diary: Diary) -> list[Misdeed]:
    positions = history.positions
    own = positions.take(positions.vehicle_id == diary.car.number)
    columns = own.ts_us, own.lon_e7, own.lat_e7, own.speed_kmh, own.odometer_km, own.flags
    messages = [Message(*said) for said in zip(*(column.tolist() for column in columns), strict=True)]
    return [
        Misdeed(found.rule, diary.car.plate, moment_of(found.start_us).astimezone(SHANGHAI), moment_of(found.end_us))
        for found in judged(messages, 1, papers_of(diary), surroundings(history.district, diary)).verdicts
    ]


def surroundings(district: District, diary: Diary) -> Around:
    """The car's own home, the jurisdiction, the sensitive places, and the platform's outage; no own days."""
    places = district.places
    shapes = [("home", "home", shapely.transform(diary.car.slot.area, to_degrees))]
    shapes += [("district", "jurisdiction", places.outline)]
    shapes += [(place.name, "sensitive", shapely.transform(place.area, to_degrees)) for place in places.sensitive]
    zones = [
        Zone(number, name, kind, area_of(shapely.geometry.mapping(shape)))
        for number, (name, kind, shape) in enumerate(shapes)
    ]
    outage = START_US + round(OUTAGE.start_s * SECOND_US), START_US + round(OUTAGE.end_s * SECOND_US)
    return Around(zones, {}, silences=[outage])


@pytest.mark.parametrize("rule", RULES)
def test_planted_cars_did_what_the_truth_says(history: History, rule: str) -> None:
    diary = next(diary for diary in history.diaries if any(misdeed.rule == rule for misdeed in diary.misdeeds))
    misdeeds = [misdeed for misdeed in diary.misdeeds if misdeed.rule in RULES]
    assert compare(judged_slowly(history, diary), misdeeds) == ([], [])


def test_excused_cars_did_nothing(history: History) -> None:
    excused = [diary for diary in history.diaries if diary.waivers and not diary.misdeeds]
    assert len(excused) > 5
    for diary in excused[:3]:
        assert judged_slowly(history, diary) == []
