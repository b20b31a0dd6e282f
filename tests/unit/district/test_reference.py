"""The truth on its own: cars with something planted, judged word by word from the design, slowly."""

from __future__ import annotations

from datetime import date

import pytest
import shapely

from fleet.clock import SHANGHAI, moment_of, us_of
from fleet.order import WaiverKind
from fleet.position import Flag
from gongche.district.diary import Diary
from gongche.district.history import District, History
from gongche.district.plane import to_degrees
from gongche.district.season import HOLIDAYS, WEEKEND_DAYS
from gongche.district.truth import Misdeed, compare
from tests.reference.facts import Fix
from tests.reference.verdicts import Papers, Surroundings, reference_verdicts

FILED_WITHIN_US = 24 * 3600 * 1_000_000


def kind_of_day(day: date) -> str:
    return "holiday" if day in HOLIDAYS else "weekend" if day in WEEKEND_DAYS else "workday"


def papers_of(diary: Diary) -> Papers:
    papers = Papers()
    for order in diary.orders:
        assert order.during.start is not None
        assert order.during.end is not None
        span = us_of(order.during.start), us_of(order.during.end)
        if order.cancelled_at is not None or us_of(order.filed_at) > span[0] + FILED_WITHIN_US:
            continue
        papers.orders.append(span)
        if order.destination_zone is not None:
            papers.orders_to.setdefault(order.destination_zone, []).append(span)
        if order.out_of_district:
            papers.orders_out.append(span)
    by_kind = {WaiverKind.DUTY: papers.duty, WaiverKind.REPAIR: papers.repair}
    for waiver in diary.waivers:
        assert waiver.during.start is not None
        assert waiver.during.end is not None
        by_kind.get(waiver.kind, papers.waived).append((us_of(waiver.during.start), us_of(waiver.during.end)))
    return papers


def judged_slowly(history: History, diary: Diary) -> list[Misdeed]:
    positions = history.positions
    own = positions.take((positions.vehicle_id == diary.car.number) & ((positions.flags & Flag.NO_FIX) == 0))
    fixes = [
        Fix(*columns) for columns in zip(own.ts_us.tolist(), own.lon_e7.tolist(), own.lat_e7.tolist(), strict=True)
    ]
    around = surroundings(history.district, diary)
    return [
        Misdeed(rule, diary.car.plate, moment_of(start_us).astimezone(SHANGHAI), moment_of(end_us))
        for rule, start_us, end_us in reference_verdicts(fixes, papers_of(diary), around)
    ]


def surroundings(district: District, diary: Diary) -> Surroundings:
    def in_degrees(area: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(area, to_degrees)

    places = district.places
    sensitive = {place.name: in_degrees(place.area) for place in places.sensitive}
    return Surroundings(in_degrees(diary.car.slot.area), places.outline, sensitive, kind_of_day)


@pytest.mark.parametrize("rule", ["R04", "R05", "R06", "R08", "R09", "R10"])
def test_planted_cars_did_what_the_truth_says(history: History, rule: str) -> None:
    diary = next(diary for diary in history.diaries if any(misdeed.rule == rule for misdeed in diary.misdeeds))
    assert compare(judged_slowly(history, diary), diary.misdeeds) == ([], [])


def test_excused_cars_did_nothing(history: History) -> None:
    excused = [diary for diary in history.diaries if diary.waivers and not diary.misdeeds]
    assert len(excused) > 5
    for diary in excused[:3]:
        assert judged_slowly(history, diary) == []
