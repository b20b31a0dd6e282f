"""In pieces as at once: the same facts, checkpoints and violations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.position import Positions
from rules.calendar import WorkCalendar
from rules.catalogue import CATALOGUE
from rules.checkpoint import Beginning
from rules.judging import Findings, Matter, findings_of
from rules.papers import Papers
from rules.pieces import Piece, pieces_of
from rules.records import History
from rules.rulebook import RuleBook
from rules.units import Units
from tests.builders.ruling import zone
from tests.builders.tracks import Message, positions, reports

BOOK = RuleBook(
    list(CATALOGUE.values()),
    [zone("jurisdiction", half_m=4000), zone("home", half_m=100), zone("sensitive", east_m=3000)],
    WorkCalendar(),
)
NONE = Positions.empty()


def matter_of(cars: list[list[Message]]) -> Matter:
    count = len(cars)
    return Matter(
        np.arange(10, 10 + count, dtype=np.int32),
        Units.always(np.ones(count, np.int32)),
        Positions.concatenate([NONE, *(positions(car, 10 + row) for row, car in enumerate(cars) if car)]),
        Beginning.first_fixes(count),
        History.empty(),
        Papers(),
    )


def rows_of(found: Findings) -> list[list[tuple[object, ...]]]:
    """Every record of the facts, and of the checkpoints with their vehicle and moment instead of their number."""
    cuts = list(zip(found.checkpoints.vehicle.tolist(), found.checkpoints.cut_us.tolist(), strict=True))
    names = ("trips", "stops", "gaps", "visits", "signals")
    facts = [sorted(getattr(found.history, name).rows()) for name in names]
    opened = [
        sorted((cuts[number], *record) for number, *record in getattr(found.checkpoints.open, name).rows())
        for name in names
    ]
    return [*facts, sorted(cuts), *opened]


@settings(deadline=None, max_examples=60)
@given(cars=st.lists(st.one_of(st.just([]), reports()), min_size=1, max_size=6), most=st.integers(1, 60))
def test_in_pieces_as_at_once(cars: list[list[Message]], most: int) -> None:
    matter = matter_of(cars)
    whole = findings_of(matter, BOOK)
    later = going_on(matter, whole)
    assert rows_of(findings_of(matter, BOOK, most)) == rows_of(whole)
    assert rows_of(findings_of(later, BOOK, most)) == rows_of(findings_of(later, BOOK))


def going_on(matter: Matter, found: Findings) -> Matter:
    """The same, from each vehicle's last checkpoint on."""
    cut_us = matter.begin.cut_us.copy()
    number = np.zeros(len(cut_us), np.int64)
    for at, (row, us) in enumerate(zip(found.checkpoints.vehicle, found.checkpoints.cut_us, strict=True)):
        cut_us[row], number[row] = us, at
    row_of = {int(at): row for row, at in enumerate(number) if cut_us[row] != matter.begin.cut_us[row]}
    opened = []
    for name in ("trips", "stops", "gaps", "visits", "signals"):
        records = getattr(found.checkpoints.open, name)
        mine = records.take(np.isin(records.vehicle, list(row_of)))
        opened.append(mine.numbered(np.array([row_of[int(at)] for at in mine.vehicle], np.int32)))
    row = np.searchsorted(matter.vehicle_ids, matter.positions.vehicle_id)
    rest = matter.positions.take(matter.positions.ts_us >= cut_us[row])
    return replace(matter, positions=rest, begin=Beginning(cut_us, History(*opened)))


def test_pieces_hold_whole_vehicles_and_all_of_them() -> None:
    vehicle_ids = np.array([3, 5, 6, 9], np.int32)
    found = pieces_of(vehicle_ids, np.array([3, 3, 3, 6, 6, 9], np.int32), most=2)
    assert found == [Piece(slice(0, 1), slice(0, 3)), Piece(slice(1, 3), slice(3, 5)), Piece(slice(3, 4), slice(5, 6))]
    assert pieces_of(vehicle_ids, np.zeros(0, np.int32), most=2) == [Piece(slice(0, 4), slice(0, 0))]
