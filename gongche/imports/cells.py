"""Cells of a sheet as values; each raises CellError, which says what is wrong and what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from fleet.name import plain_name
from fleet.plate import normal_plate
from fleet.position import E7
from fleet.span import Span
from geofence.datum import DatumError, datum_of, to_wgs84
from gongche.sheet import Row

T = TypeVar("T")

_DAY = r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?"
_TIME = r"(\d{1,2})(?::|时|点)(?:(\d{1,2})分?)?(?::?(\d{1,2})(?:\.\d+)?秒?)?"
_MOMENT = re.compile(rf"{_DAY}(?:[T\s]*{_TIME})?\s*(Z|[+-]\d{{2}}:?\d{{2}})?", re.IGNORECASE)

_SERIAL = re.compile(r"([3-7]\d{4})(?:\.(\d+))?")
_SERIAL_DAY_0 = date(1899, 12, 30)


class CellError(ValueError):
    """A cell that cannot be taken: which column, what it holds, and why, in Chinese and English."""

    def __init__(self, column: str, value: str, zh: str, en: str) -> None:
        super().__init__(f"{column}={value!r}: {zh} / {en}")
        self.column = column
        self.value = value
        self.zh = zh
        self.en = en


def needed(row: Row, column: str) -> str:
    """The cell's text; CellError when it is empty."""
    if not row[column]:
        raise CellError(column, "", "不能为空", "must not be empty")
    return row[column]


def nothing_beyond(row: Row) -> None:
    """CellError when the row has more cells than the sheet has columns: its values stand in the wrong ones."""
    if row.beyond:
        raise CellError(
            "",
            ", ".join(row.beyond),
            "单元格多于列数：文字中的逗号要加引号",
            "more cells than columns: a text with a comma in it needs quotation marks",
        )


def not_again(row: Row, column: str, key: Hashable, first_lines: dict[object, int]) -> None:
    """CellError when an earlier row had this key; ``first_lines`` remembers them."""
    first = first_lines.setdefault(key, row.line)
    if first != row.line:
        raise CellError(
            column,
            row[column],
            f"与第 {first} 行重复。请只留一行",
            f"the same as line {first} is about. Keep one of them",
        )


def name(row: Row, column: str) -> str:
    """The cell's text in the one form of names; empty when it is empty."""
    return plain_name(row[column])


def plate(row: Row, column: str = "plate") -> str:
    """A plate in its one form."""
    text = needed(row, column)
    try:
        return normal_plate(text)
    except ValueError:
        raise CellError(
            column,
            text,
            "不是车牌号：应为省份简称、字母和 5 或 6 位，如 苏N12345",
            "not a plate: a province's character, a letter and 5 or 6 more, such as 苏N12345",
        ) from None


def choice(row: Row, column: str, words: Mapping[str, T]) -> T | None:
    """What a word stands for; None when the cell is empty."""
    text = row[column]
    if not text:
        return None
    return word(column, text, words)


def word(column: str, text: str, words: Mapping[str, T]) -> T:
    """What a word stands for, whatever its case and width."""
    plain = _plain_word(unicodedata.normalize("NFKC", text))
    for known, value in words.items():
        if _plain_word(known) == plain:
            return value
    known_words = "、".join(words)
    raise CellError(column, text, f"应为其一：{known_words}", f"must be one of: {known_words}")


@lru_cache(maxsize=4096)
def _plain_word(text: str) -> str:
    """Without spaces, dashes and case. A column holds the same few words ten thousand times."""
    return re.sub(r"[\s_\-]", "", text).casefold()


def moment(row: Row, column: str, zone: ZoneInfo, *, ending: bool = False) -> datetime | None:
    """A moment, in the district's time where no offset is written; None when the cell is empty.

    A day alone is its beginning; as an end (``ending``) it is included: the beginning of the next day.
    """
    text = row[column]
    if not text:
        return None
    return moment_of_text(column, text, zone, ending=ending)


def moment_of_text(column: str, text: str, zone: ZoneInfo, *, ending: bool = False) -> datetime:
    """As :func:`moment`, of a text. A number such as 46296.354 is days as spreadsheet programs count them."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if serial := _SERIAL.fullmatch(plain):
        on = _SERIAL_DAY_0 + timedelta(days=int(serial[1]))
        seconds = round(float(f"0.{serial[2] or 0}") * 86_400)
        whole_day = timedelta(days=ending and not seconds)
        return datetime.combine(on, time(), tzinfo=zone) + timedelta(seconds=seconds) + whole_day
    found = _MOMENT.fullmatch(plain)
    if found is None:
        raise _no_moment(column, text)
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        on = date(int(year), int(month), int(day))
        if hour is None:
            if offset is not None:
                raise _no_moment(column, text)
            return datetime.combine(on + timedelta(days=ending), time(), tzinfo=zone)
        past_midnight = int(hour) == 24 and not int(minute or 0) and not int(second or 0)  # a day ends at 24:00
        at = time(0 if past_midnight else int(hour), int(minute or 0), int(second or 0))
    except (ValueError, OverflowError):
        raise _no_moment(column, text) from None
    tz = zone if offset is None else datetime.fromisoformat(f"2000-01-01T00:00{offset.upper()}").tzinfo
    return datetime.combine(on + timedelta(days=past_midnight), at, tzinfo=tz)


def _no_moment(column: str, text: str) -> CellError:
    return CellError(
        column,
        text,
        "不是日期或时间：应如 2026-10-01、2026-10-01 08:30 或 2026-10-01T08:30+08:00",
        "not a date or time: write 2026-10-01, 2026-10-01 08:30 or 2026-10-01T08:30+08:00",
    )


def span(row: Row, start_column: str, end_column: str, zone: ZoneInfo) -> Span:
    """From one cell up to another; an empty cell is open on that side. CellError when it ends before it starts."""
    start = moment(row, start_column, zone)
    end = moment(row, end_column, zone, ending=True)
    if start is not None and end is not None and end <= start:
        raise CellError(
            end_column,
            row[end_column],
            f"结束早于或等于开始（{row[start_column]}）",
            f"ends no later than it starts ({row[start_column]})",
        )
    return Span(start, end)


def point_e7(row: Row, lon_column: str, lat_column: str, datum: str | None) -> tuple[int, int] | None:
    """A place in WGS-84, whole 1e-7 degrees, from two cells of a stated datum; None when both are empty."""
    texts = unicodedata.normalize("NFKC", row[lon_column]), unicodedata.normalize("NFKC", row[lat_column])
    if texts == ("", ""):
        return None
    for column, text in zip((lon_column, lat_column), texts, strict=True):
        if not re.fullmatch(r"-?\d{1,3}(\.\d+)?", text):
            raise CellError(column, text, "不是以度为单位的数字，如 118.3", "not a number of degrees such as 118.3")
    lon, lat = map(float, texts)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise CellError(
            lon_column,
            f"{texts[0]}, {texts[1]}",
            "超出范围：经度 ±180、纬度 ±90。是否写反？",
            "out of range: longitude ±180, latitude ±90. Are they swapped?",
        )
    try:
        wgs_lon, wgs_lat = to_wgs84(lon, lat, datum_of(datum))
    except DatumError as error:
        raise CellError("datum", datum or "", error.zh, error.en) from None
    return round(float(wgs_lon) * E7), round(float(wgs_lat) * E7)


def day(row: Row, column: str, zone: ZoneInfo) -> date:
    """A day; CellError when the cell is empty or holds a time of day as well.

    Midnight to the second is how programs write a day into a cell of dates and times.
    """
    text = needed(row, column).removesuffix(" 00:00:00")
    at = moment_of_text(column, text, zone)
    if at.tzinfo is not zone or at.time() != time() or re.search(r"[T:时点]", text):
        raise CellError(column, text, "应只写日期，如 2026-10-01", "a day alone is wanted, such as 2026-10-01")
    return at.date()
