"""Plates: one written form for each car, and no guessing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.plate import normal_plate, plates_in

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"

plates = st.builds(
    lambda province, letter, rest, end: province + letter + rest + end,
    st.sampled_from(PROVINCES),
    st.sampled_from(LETTERS),
    st.text(LETTERS + DIGITS, min_size=5, max_size=5),
    st.sampled_from(["", *DIGITS, *LETTERS]),
)


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@given(
    plates,
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from([" ", "　", "·", "•", "・", ".", "-", "—", "\t"]))),
    st.sampled_from([str, str.lower, full_width, lambda text: full_width(text.lower())]),
)
def test_however_a_sheet_writes_it_a_plate_has_one_form(
    plate: str, marks: list[tuple[int, str]], write: Callable[[str], str]
) -> None:
    written = write(plate)
    for at, mark in marks:
        written = written[:at] + mark + written[at:]
    assert normal_plate(written) == plate


@given(plates)
def test_the_normal_form_is_its_own_normal_form(plate: str) -> None:
    assert normal_plate(normal_plate(plate)) == plate


@given(st.text(max_size=12))
def test_any_text_is_a_plate_or_refused(text: str) -> None:
    try:
        plate = normal_plate(text)
    except ValueError as error:
        assert repr(text) in str(error)  # noqa: PT017 - both ways out are right
    else:
        assert len(plate) in (7, 8)
        assert normal_plate(plate) == plate


@given(plates, plates)
def test_two_cars_never_become_one(one: str, other: str) -> None:
    assert (normal_plate(one) == normal_plate(other)) == (one == other)


@pytest.mark.parametrize(
    ("written", "plate"),
    [
        ("苏N·12345", "苏N12345"),
        ("苏n 1234A", "苏N1234A"),
        ("苏Ｎ－１２３４５", "苏N12345"),
        ("苏ND12345", "苏ND12345"),  # new energy: 8 characters
        ("苏NO0O01", "苏NO0O01"),  # an O stays an O
        ("苏N1234警", "苏N1234警"),
        ("苏N1234学", "苏N1234学"),
        ("苏N1234应急", "苏N1234应急"),
        ("粤Z1234港", "粤Z1234港"),
    ],
)
def test_plates_as_they_are_written(written: str, plate: str) -> None:
    assert normal_plate(written) == plate


@pytest.mark.parametrize(
    "text",
    ["", " ", "苏N", "N12345", "苏N1234", "苏N1234567", "112345", "苏N12#45", "苏112345", "苏N12345、苏N12346"],
)
def test_what_is_no_plate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="不是车牌号 not a plate"):
        normal_plate(text)


@pytest.mark.parametrize("text", ["苏车辆编号一二", "苏N一二三四五", "我A12345", "苏N警2345"])
def test_chinese_characters_stand_only_where_plates_have_them(text: str) -> None:
    with pytest.raises(ValueError, match="不是车牌号 not a plate"):
        normal_plate(text)


@pytest.mark.parametrize(
    "text",
    [
        "苏N12345、苏N12346",
        "苏N12345，苏n12346；",
        "苏N·12345 苏N 12346",
        "苏N12345苏N12346",
        "苏N12345\n苏Ｎ１２３４６",
        "苏N12345/苏N12346/苏N12345",
    ],
)
def test_several_plates_in_a_text_are_found_however_they_are_parted(text: str) -> None:
    assert plates_in(text) == ["苏N12345", "苏N12346"]


def test_plates_that_end_in_a_character_are_not_cut_there() -> None:
    assert plates_in("苏N1234警 苏N1234学、苏N1234应急") == ["苏N1234警", "苏N1234学", "苏N1234应急"]


@pytest.mark.parametrize(
    ("text", "part"), [("苏N12345、张三", "张三"), ("苏N12345 苏N1", "苏N1"), ("12345 苏N12345", "12345")]
)
def test_what_is_no_plate_among_several_is_named(text: str, part: str) -> None:
    with pytest.raises(ValueError, match=f"^{part}$"):
        plates_in(text)
