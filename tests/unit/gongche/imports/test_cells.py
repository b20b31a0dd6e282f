"""Cells as values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.name import plain_name
from geofence.datum import from_wgs84
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.sheet import Row

SHANGHAI = ZoneInfo("Asia/Shanghai")


def row(**texts: str) -> Row:
    return Row(2, texts)


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-02 08:30",
        "2026-10-02 08:30:00",
        "2026-10-2 8:30",
        "2026/10/2 8:30",
        "2026.10.02 08:30",
        "2026年10月2日 8时30分",
        "2026年10月2日8点30分",
        "2026-10-02T08:30",
        "2026-10-02T08:30+08:00",
        "2026-10-02T08:30:00.000+0800",
        "2026-10-02T00:30Z",
        "2026-10-02 00:30z",
        "２０２６－１０－０２　０８：３０",
    ],
)
def test_a_moment_is_read_however_it_is_written(text: str) -> None:
    assert cells.moment(row(at=text), "at", SHANGHAI) == datetime(2026, 10, 2, 0, 30, tzinfo=UTC)


def test_a_day_alone_is_its_beginning_and_as_an_end_is_included() -> None:
    assert cells.moment(row(at="2026-10-02"), "at", SHANGHAI) == datetime(2026, 10, 2, tzinfo=SHANGHAI)
    assert cells.moment(row(at="2026-10-31"), "at", SHANGHAI, ending=True) == datetime(2026, 11, 1, tzinfo=SHANGHAI)
    assert cells.moment(row(at="2026-10-31 09:00"), "at", SHANGHAI, ending=True) == datetime(
        2026, 10, 31, 9, tzinfo=SHANGHAI
    )


def test_a_day_may_end_at_24_hours() -> None:
    assert cells.moment(row(at="2026-12-31 24:00"), "at", SHANGHAI) == datetime(2027, 1, 1, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        "明天",
        "16297",  # a spreadsheet program's day number
        "10/02/2026",  # October or February?
        "2026-02-30",
        "2026-10-02 25:00",
        "2026-10-02 24:01",
        "2026-10-02 08:61",
        "2026-10-02+08:00",
        "26-10-02",
        "0000-01-01",
        "9999-12-31",
        "2026-10-02 08:30 09:30",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(CellError) as told:
        cells.moment(row(at=text), "at", SHANGHAI, ending=True)
    assert (told.value.column, told.value.value) == ("at", text)


@given(st.datetimes(min_value=datetime(1992, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - local times
def test_a_local_time_goes_out_and_comes_back(local: datetime) -> None:
    text = local.strftime("%Y-%m-%d %H:%M:%S")
    at = cells.moment(row(at=text), "at", SHANGHAI)
    assert at is not None
    assert at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") == text


@given(st.text(max_size=20))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    try:
        at = cells.moment_of_text("at", text, SHANGHAI)
    except CellError as error:
        assert error.value == text  # noqa: PT017 - both ways out are right
    else:
        assert at.tzinfo is not None


def test_a_span_that_ends_before_it_starts_is_refused_with_both() -> None:
    with pytest.raises(CellError, match="2026-10-03") as told:
        cells.span(row(start="2026-10-03 08:00", end="2026-10-02 08:00"), "start", "end", SHANGHAI)
    assert told.value.column == "end"


def test_a_day_is_a_day_alone() -> None:
    assert cells.day(row(day="2027年1月1日"), "day", SHANGHAI) == date(2027, 1, 1)
    for text in ("2027-01-01 08:00", "2027-01-01 00:00", ""):
        with pytest.raises(CellError):
            cells.day(row(day=text), "day", SHANGHAI)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 水利局 ", "水利局"),
        ("水利局(本级)", "水利局（本级）"),
        ("水利局（本级）", "水利局（本级）"),
        ("第１　中学", "第1中学"),
        ("水利局\n（本级）", "水利局（本级）"),
        ("No. 1  School", "No. 1 School"),
        ("Office (north)", "Office (north)"),
    ],
)
def test_a_name_has_one_form(text: str, name: str) -> None:
    assert plain_name(text) == name


@given(st.text(max_size=20))
def test_the_one_form_of_a_name_is_its_own(text: str) -> None:
    assert plain_name(plain_name(text)) == plain_name(text)


def test_words_are_known_whatever_their_case_and_width() -> None:
    words = {"值班": 1, "law_enforcement": 2}
    assert cells.word("kind", "ＬＡＷ Enforcement", words) == 2
    with pytest.raises(CellError, match="值班、law_enforcement"):
        cells.word("kind", "休假", words)


def test_a_point_is_converted_from_its_datum() -> None:
    lon, lat = (float(value) for value in from_wgs84(118.3, 33.95, "gcj02"))
    written = row(lon=f"{lon:.9f}", lat=f"{lat:.9f}")
    assert cells.point_e7(written, "lon", "lat", "gcj02") == (1_183_000_000, 339_500_000)
    assert cells.point_e7(row(), "lon", "lat", None) is None


@pytest.mark.parametrize(
    ("texts", "datum", "column"),
    [
        ({"lon": "118.3", "lat": "33.9"}, None, "datum"),
        ({"lon": "118.3", "lat": "33.9"}, "beijing54", "datum"),
        ({"lon": "118.3"}, "wgs84", "lat"),
        ({"lat": "33.9"}, "wgs84", "lon"),
        ({"lon": "东经118", "lat": "33.9"}, "wgs84", "lon"),
        ({"lon": "nan", "lat": "33.9"}, "wgs84", "lon"),
        ({"lon": "33.9", "lat": "118.3"}, "wgs84", "lon"),
    ],
)
def test_a_point_that_is_none_is_refused(texts: dict[str, str], datum: str | None, column: str) -> None:
    with pytest.raises(CellError) as told:
        cells.point_e7(row(**texts), "lon", "lat", datum)
    assert told.value.column == column
