"""Units as sheets name them."""

from __future__ import annotations

import pytest

from fleet.vehicle import Unit
from gongche.imports.cells import CellError
from gongche.imports.units import UnitBook
from store.fleet import NewUnit

STORED = [Unit(1, "gov", "区政府"), Unit(2, "water", "水利局", 1), Unit(3, "a", "办公室", 1), Unit(4, "b", "办公室", 2)]


def test_a_known_unit_is_found_by_name_or_code_and_nothing_changes() -> None:
    book = UnitBook(STORED)
    assert book.take("水利局", "", "") == "water"
    assert book.wanted(["water"]) == [NewUnit("water", "水利局")]
    assert book.known("水利局") == book.known("water") == "water"


def test_a_new_unit_is_made_with_its_name_as_its_code_and_its_parent_too() -> None:
    book = UnitBook([])
    assert book.take("水利局", "", "区政府") == "水利局"
    assert sorted(book.wanted(["水利局"]), key=lambda unit: unit.code) == [
        NewUnit("区政府", "区政府"),
        NewUnit("水利局", "水利局", "区政府"),
    ]


def test_only_the_units_of_rows_that_go_in_are_made_with_all_above_them() -> None:
    book = UnitBook([])
    book.take("河道科", "", "水利局")
    book.take("水利局", "", "区政府")
    book.take("城管局", "", "区政府")
    assert {unit.code for unit in book.wanted(["河道科"])} == {"河道科", "水利局", "区政府"}


def test_a_name_that_two_units_have_needs_its_code() -> None:
    book = UnitBook(STORED)
    with pytest.raises(CellError, match="a, b"):
        book.take("办公室", "", "")
    assert book.take("办公室", "b", "") == "b"


def test_a_code_is_one_unit() -> None:
    book = UnitBook([])
    book.take("水利局", "01", "")
    with pytest.raises(CellError) as told:
        book.take("城管局", "01", "")
    assert told.value.column == "unit_code"


def test_a_unit_has_one_parent_in_a_sheet() -> None:
    book = UnitBook(STORED)
    book.take("城管局", "", "区政府")
    book.take("城管局", "", "")
    with pytest.raises(CellError) as told:
        book.take("城管局", "", "水利局")
    assert told.value.column == "parent"


def test_no_unit_is_above_itself() -> None:
    book = UnitBook(STORED)
    with pytest.raises(CellError):
        book.take("水利局", "", "水利局")
    with pytest.raises(CellError):
        book.take("区政府", "", "水利局")
    book.take("甲", "", "乙")
    book.take("乙", "", "丙")
    with pytest.raises(CellError):
        book.take("丙", "", "甲")


def test_an_unknown_unit_is_told() -> None:
    with pytest.raises(CellError) as told:
        UnitBook(STORED).known("水务局")
    assert told.value.value == "水务局"
