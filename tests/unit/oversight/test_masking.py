"""What is shown of plates and names: one table, tried whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.decision import Outcome
from oversight.masking import Audience, Stage, masked_person, masked_plate, person_shown, plate_shown, stage_of

PUBLIC, UNIT, CENTRE = Audience.PUBLIC, Audience.UNIT, Audience.CENTRE


@pytest.mark.parametrize(
    ("audience", "stage", "plate", "person"),
    [
        (PUBLIC, Stage.SUSPECTED, "", ""),
        (PUBLIC, Stage.CLEARED, "", ""),
        (PUBLIC, Stage.CONFIRMED, "苏N1***5", "张某"),
        (UNIT, Stage.SUSPECTED, "苏N12345", "张三"),
        (UNIT, Stage.CONFIRMED, "苏N12345", "张三"),
        (UNIT, Stage.CLEARED, "苏N12345", "张三"),
        (CENTRE, Stage.SUSPECTED, "苏N12345", "张三"),
        (CENTRE, Stage.CONFIRMED, "苏N12345", "张三"),
        (CENTRE, Stage.CLEARED, "苏N12345", "张三"),
    ],
)
def test_what_is_shown_to_whom_and_when(audience: Audience, stage: Stage, plate: str, person: str) -> None:
    assert plate_shown("苏N12345", audience, stage) == plate
    assert person_shown("张三", audience, stage) == person


def test_the_table_has_a_row_for_each() -> None:
    assert all(isinstance(plate_shown("苏N12345", one, stage), str) for one in Audience for stage in Stage)


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [
        (None, Stage.SUSPECTED),
        (Outcome.VIOLATION, Stage.CONFIRMED),
        (Outcome.PROCEDURAL, Stage.CONFIRMED),
        (Outcome.JUSTIFIED, Stage.CLEARED),
        (Outcome.DEVICE_FAULT, Stage.CLEARED),
        (Outcome.INSUFFICIENT_EVIDENCE, Stage.CLEARED),
    ],
)
def test_the_outcome_says_the_stage(outcome: Outcome | None, stage: Stage) -> None:
    assert stage_of(outcome) is stage


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张某"),
        ("欧阳修", "欧阳某"),
        ("欧阳", "欧某"),
        (" 李 四 ", "李某"),
        ("John Smith", "J."),
        ("", ""),
        ("王小二", "王某"),
    ],
)
def test_of_a_person_the_surname_is_left(name: str, masked: str) -> None:
    assert masked_person(name) == masked


@pytest.mark.parametrize(
    ("plate", "masked"), [("苏N12345", "苏N1***5"), ("苏AD12345", "苏AD****5"), ("苏N1", "***"), ("", "")]
)
def test_of_a_plate_the_ends_are_left(plate: str, masked: str) -> None:
    assert masked_plate(plate) == masked


@given(st.text(alphabet="苏ABN0123456789", min_size=7, max_size=8))
def test_a_masked_plate_fits_many(plate: str) -> None:
    assert masked_plate(plate).count("*") >= 3
    assert len(masked_plate(plate)) == len(plate)
