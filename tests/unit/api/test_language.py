"""Texts and how things are written, in both languages."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from api.car_state import CarState
from api.language import Language, Speech, catalogue
from api.routes.audit import What
from fleet.clock import SHANGHAI
from fleet.expense import ExpenseType, FuelKind
from fleet.order import WaiverKind
from fleet.role import Role
from fleet.vehicle import UseClass
from fleet.violation import Severity
from geofence.zone import ZoneKind
from oversight.sheets import Finding
from rules.calendar import DayKind
from rules.papers import Fault
from store.violations import Sorting, State

ZH, EN = Speech(Language.ZH, SHANGHAI), Speech(Language.EN, SHANGHAI)
TEMPLATES = Path(str(files("api"))) / "templates"
MONDAY_0830 = datetime(2026, 9, 28, 0, 30, tzinfo=UTC)


def test_both_catalogues_have_the_same_keys() -> None:
    assert catalogue(Language.ZH).keys() == catalogue(Language.EN).keys()


@pytest.mark.parametrize("key", sorted(catalogue(Language.ZH)))
def test_a_text_has_the_same_places_in_both_languages(key: str) -> None:
    places = [{name for _, name, _, _ in string.Formatter().parse(catalogue(lang)[key]) if name} for lang in Language]
    assert places[0] == places[1]


def test_english_texts_are_english() -> None:
    assert not [key for key, text in catalogue(Language.EN).items() if re.search(r"[\u3000-\u9fff\uff00-\uffef]", text)]


def test_chinese_texts_use_full_width_punctuation() -> None:
    half = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?(][\u4e00-\u9fff]")
    assert not [key for key, text in catalogue(Language.ZH).items() if half.search(text)]


def test_templates_ask_only_for_texts_that_there_are_and_for_all_of_them() -> None:
    asked = "".join(template.read_text(encoding="utf-8") for template in TEMPLATES.glob("*.html"))
    for module in ("language.py", "claims.py", "registry_words.py"):
        asked += (Path(str(files("api"))) / module).read_text(encoding="utf-8")
    keys = set(re.findall(r"""["']([a-z_]+\.(?!html["'])[a-z_0-9]*[a-z0-9])["']""", asked))
    families = set(re.findall(r"""["']([a-z]+)\.(?:bar_)?["'] [~+]""", asked))
    known = catalogue(Language.ZH).keys()
    sections = {key.partition(".")[0] for key in known}
    assert {key for key in keys if key.partition(".")[0] in sections} - known == set()
    assert {key for key in known if key not in keys and key.partition(".")[0] not in families} == set()


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("car", CarState),
        ("severity", Severity),
        ("state", State),
        ("sort", Sorting),
        ("zone", ZoneKind),
        ("use", UseClass),
        ("day", DayKind),
        ("why", Fault),
        ("paper", WaiverKind),
        ("expense", ExpenseType),
        ("fuel", FuelKind),
        ("role", Role),
        ("task", Role),
        ("what", What),
        ("found", Finding),
        ("means", Finding),
    ],
)
def test_every_value_that_is_shown_has_its_word(section: str, values: list[str]) -> None:
    assert not [value for value in values if not ZH.has(f"{section}.{value}")]


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        ZH.t("site.nothing")


def test_days_and_moments_are_local() -> None:
    assert (ZH.day(date(2026, 10, 8), year=True), EN.day(date(2026, 10, 8))) == ("2026年10月8日 周四", "Thu 8 Oct")
    late = datetime(2026, 10, 7, 17, 5, tzinfo=UTC)
    assert (ZH.moment(late), EN.moment(late)) == ("10月8日 周四 01:05", "Thu 8 Oct 01:05")
    assert ZH.clock(late, seconds=True) == "01:05:00"


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (1, "9月28日 周一 08:30—09:30", "Mon 28 Sep 08:30 – 09:30"),
        (24, "9月28日 周一 08:30—9月29日 周二 08:30", "Mon 28 Sep 08:30 – Tue 29 Sep 08:30"),
    ],
)
def test_a_span_names_its_last_day_only_when_it_is_another(hours: int, zh: str, en: str) -> None:
    end = MONDAY_0830 + timedelta(hours=hours)
    assert (ZH.span(MONDAY_0830, end), EN.span(MONDAY_0830, end)) == (zh, en)


def test_what_does_not_last_is_a_moment() -> None:
    minute = timedelta(seconds=59, microseconds=999_999)
    assert ZH.span(MONDAY_0830, MONDAY_0830 + minute) == ZH.span(MONDAY_0830, MONDAY_0830) == "9月28日 周一 08:30"
    assert not ZH.is_moment(MONDAY_0830, MONDAY_0830 + timedelta(minutes=1))
    assert not ZH.is_moment(MONDAY_0830, MONDAY_0830 + timedelta(days=1))


def test_a_span_says_which_side_is_open() -> None:
    assert ZH.span(MONDAY_0830, None) == "9月28日 周一 08:30 起"
    assert EN.span(None, MONDAY_0830) == "until Mon 28 Sep 08:30"
    assert ZH.span(None, None) == "一直有效"


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 s"),
        (59.4, "59 秒", "59 s"),
        (59.6, "1 分", "1 min"),
        (3569, "59 分", "59 min"),
        (3599, "1 小时", "1 h"),
        (5100, "1 小时 25 分", "1 h 25 min"),
        (47 * 3600 + 3599, "2 天", "2 d"),
        (50 * 3600, "2 天 2 小时", "2 d 2 h"),
    ],
)
def test_a_duration_is_rounded_once_and_carried(seconds: float, zh: str, en: str) -> None:
    assert (ZH.duration(seconds), EN.duration(timedelta(seconds=seconds))) == (zh, en)


@pytest.mark.parametrize(("metres", "zh"), [(849.6, "850 米"), (999.4, "999 米"), (12_340, "12.3 公里")])
def test_a_distance_is_in_metres_below_a_kilometre(metres: float, zh: str) -> None:
    assert ZH.distance(metres) == zh
