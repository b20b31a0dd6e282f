"""Comparing what was found with what was planted."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from fleet.clock import SHANGHAI
from gongche.district.truth import Misdeed, compare, write_truth

NOON = datetime(2026, 10, 2, 12, tzinfo=SHANGHAI)


def misdeed(from_min: float, to_min: float, rule: str = "R06", plate: str = "苏N12345") -> Misdeed:
    return Misdeed(rule, plate, NOON + timedelta(minutes=from_min), NOON + timedelta(minutes=to_min))


def test_what_overlaps_is_the_same() -> None:
    assert compare([misdeed(1, 9)], [misdeed(0, 10)]) == ([], [])


def test_another_rule_car_or_time_is_missed_and_extra() -> None:
    planted = misdeed(0, 10)
    for found in (misdeed(0, 10, rule="R05"), misdeed(0, 10, plate="苏N54321"), misdeed(10, 20)):
        assert compare([found], [planted]) == ([planted], [found])


def test_two_for_one_is_one_too_many() -> None:
    assert compare([misdeed(0, 3), misdeed(5, 9)], [misdeed(0, 10)]) == ([], [misdeed(5, 9)])
    assert compare([misdeed(0, 10)], [misdeed(0, 3), misdeed(5, 9)]) == ([misdeed(5, 9)], [])


def test_each_of_two_neighbours_finds_its_own() -> None:
    found, planted = [misdeed(0, 20), misdeed(15, 40)], [misdeed(10, 50), misdeed(0, 12)]
    assert compare(found, planted) == ([], [])


def test_it_is_written_as_a_list_of_objects(tmp_path: Path) -> None:
    write_truth(tmp_path / "truth.json", [misdeed(0, 10), misdeed(20, 30)])
    told = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    assert [one["start"] for one in told] == ["2026-10-02T12:00:00+08:00", "2026-10-02T12:20:00+08:00"]
    assert told[0].keys() == {"rule", "plate", "start", "end", "why"}
