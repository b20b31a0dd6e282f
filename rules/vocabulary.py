"""The words a rule may use: each one's arguments and how it reads in a sentence. A new word is one entry here.

In a sentence ``{name}`` stands for an argument; a part in ``[...]`` is left out when its argument is the default.
docs/rules.md tells every word's meaning; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from rules.kinds import Argument, Kind


class Origin(StrEnum):
    """Where a word's spans come from."""

    POSITIONS = "positions"
    """Claims, made only where positions support them."""
    PAPERS = "papers"
    """Orders, waivers and the registry: what excuses."""
    EXPENSES = "expenses"
    """What was claimed, held against what is known of the car then: the claim is the evidence."""
    DAY = "day"
    """The clock alone."""
    CALENDAR = "calendar"
    """The clock and the kind of day, which may be UNKNOWN."""
    SPANS = "spans"
    """A function over other spans."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a word. Without a default it must be given."""

    name: str
    kind: Kind
    default: Argument | None = None
    least: float = 0
    most: float = float("inf")


@dataclass(frozen=True, slots=True)
class Word:
    """A term or a function, and its sentences."""

    name: str
    origin: Origin
    zh: str
    en: str
    parameters: tuple[Parameter, ...] = ()
    side: Literal["inside", "outside"] | None = None
    without_order: bool = False
    chosen_from: str = ""
    """The word whose spans it takes or leaves whole, by what is known of each to its end."""
    by_papers: bool = False
    """It chooses by papers, from each span's start on."""
    asks_destination: bool = False
    """It asks where an order leads, not only when."""
    excuse_zh: str = ""
    excuse_en: str = ""
    by_fixes: bool = False
    """Whether it says where the car was or how it moved, which takes fixes; other words tell of silence and alarms."""


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """A zone kind in a sentence about being in one of them, and about being out of all of them."""

    zh: str
    en: str
    zh_all: str
    en_all: str


PLACES = {
    "home": PlaceWords("停放点", "its home zone", "停放点", "its home zone"),
    "jurisdiction": PlaceWords("辖区", "the jurisdiction", "辖区", "the jurisdiction"),
    "sensitive": PlaceWords("敏感地点", "a sensitive zone", "所有敏感地点", "all sensitive zones"),
    "refuel": PlaceWords("加油站", "a refuel zone", "所有加油站", "all refuel zones"),
    "toll_gate": PlaceWords("收费站", "a toll gate", "所有收费站", "all toll gates"),
    "no_go": PlaceWords("禁入区", "a no-go zone", "所有禁入区", "all no-go zones"),
}
"""Zone kinds by their names in rules; any other name is a zone's own and stands in quotes."""

_PLACE = Parameter("place", Kind.PLACE)
_BUFFER = Parameter("buffer", Kind.DISTANCE, 0.0, most=100_000)
_FIXES = Parameter("fixes", Kind.COUNT, 1, least=1, most=1_000)
_ZONE = (_PLACE, _BUFFER, _FIXES)
_A = Parameter("spans", Kind.SPANS)
_B = Parameter("others", Kind.SPANS)

_WORDS = (
    Word("driving", Origin.POSITIONS, "行驶", "driving", by_fixes=True),
    Word("standing", Origin.POSITIONS, "停留", "standing", by_fixes=True),
    Word("silent", Origin.POSITIONS, "失联", "silent"),
    Word(
        "no_fix",
        Origin.POSITIONS,
        "有消息而无定位[（里程增加至少 {grown}）]",
        "reporting without a fix[ while the odometer grows by at least {grown}]",
        (Parameter("grown", Kind.DISTANCE, 0.0, most=1_000_000),),
        chosen_from="no_fix",
    ),
    Word("offline", Origin.POSITIONS, "超过 24 小时没有任何消息", "without any message for over 24 h"),
    Word(
        "moved_unseen",
        Origin.POSITIONS,
        "失联期间移动超过 {distance}",
        "silent while it moved more than {distance}",
        (Parameter("distance", Kind.DISTANCE, most=1_000_000),),
        chosen_from="silent",
    ),
    Word(
        "faster_than",
        Origin.POSITIONS,
        "车速超过 {speed_kmh} 公里/小时",
        "faster than {speed_kmh} km/h",
        (Parameter("speed_kmh", Kind.NUMBER, least=1, most=400),),
        by_fixes=True,
    ),
    Word("alarm", Origin.POSITIONS, "终端报警 {name}", "under the alarm {name}", (Parameter("name", Kind.ALARM),)),
    Word(
        "inside",
        Origin.POSITIONS,
        "在{place}[（外扩 {buffer}）]内[（至少 {fixes} 个定位点）]",
        "inside {place}[ grown by {buffer}][ with at least {fixes} positions]",
        _ZONE,
        side="inside",
        by_fixes=True,
        chosen_from="inside",
    ),
    Word(
        "outside",
        Origin.POSITIONS,
        "在{place}外[超过 {buffer}][（至少 {fixes} 个定位点）]",
        "outside {place}[ by more than {buffer}][ with at least {fixes} positions]",
        _ZONE,
        side="outside",
        by_fixes=True,
        chosen_from="outside",
    ),
    Word(
        "inside_without_order",
        Origin.POSITIONS,
        "在{place}[（外扩 {buffer}）]内[（至少 {fixes} 个定位点）]且没有前往该处的派车单",
        "inside {place}[ grown by {buffer}][ with at least {fixes} positions], without an order to that place",
        _ZONE,
        side="inside",
        by_fixes=True,
        chosen_from="inside",
        without_order=True,
        asks_destination=True,
        excuse_zh="前往该处的派车单",
        excuse_en="an order to that place",
    ),
    Word(
        "outside_without_order",
        Origin.POSITIONS,
        "在{place}外[超过 {buffer}][（至少 {fixes} 个定位点）]且没有前往外面的派车单",
        "outside {place}[ by more than {buffer}][ with at least {fixes} positions], without an order leading out of it",
        _ZONE,
        side="outside",
        by_fixes=True,
        chosen_from="outside",
        without_order=True,
        asks_destination=True,
        excuse_zh="前往外面的派车单",
        excuse_en="an order leading out of it",
    ),
    Word(
        "trips_over",
        Origin.POSITIONS,
        "超过 {distance}的行程",
        "a trip of more than {distance}",
        (Parameter("distance", Kind.DISTANCE, most=1_000_000),),
        by_fixes=True,
        chosen_from="driving",
    ),
    Word(
        "detour",
        Origin.POSITIONS,
        "派车单下的行程超过计划里程的 {factor} 倍且多出 {distance}以上",
        "a trip under an order that is over {factor} times as long as planned and over {distance} longer",
        (Parameter("factor", Kind.NUMBER, least=1, most=1_000), Parameter("distance", Kind.DISTANCE, most=1_000_000)),
        by_fixes=True,
        chosen_from="driving",
        by_papers=True,
    ),
    Word(
        "near_destination",
        Origin.PAPERS,
        "停在派车单目的地 {distance}以内（或目的地不明）",
        "standing within {distance} of an order's destination (or of an unknown one)",
        (Parameter("distance", Kind.DISTANCE, most=100_000),),
        asks_destination=True,
        excuse_zh="前往该处的派车单",
        excuse_en="an order to that place",
    ),
    Word("ordered", Origin.PAPERS, "有派车单", "under an order", excuse_zh="派车单", excuse_en="an order"),
    Word("on_duty", Origin.PAPERS, "值班", "on duty", excuse_zh="值班", excuse_en="duty"),
    Word("waived", Origin.PAPERS, "豁免", "under a waiver", excuse_zh="豁免", excuse_en="a waiver"),
    Word("in_repair", Origin.PAPERS, "维修", "in repair", excuse_zh="维修", excuse_en="repair"),
    Word("emergency", Origin.PAPERS, "应急", "in an emergency", excuse_zh="应急", excuse_en="an emergency"),
    Word("claimed", Origin.EXPENSES, "有费用报销", "an expense is claimed"),
    Word(
        "overused",
        Origin.EXPENSES,
        "当月百公里油耗超过定额的 {factor} 倍（行驶至少 {distance}）",
        "more than {factor} times the norm of fuel in a month of at least {distance}",
        (
            Parameter("factor", Kind.NUMBER, least=1, most=1_000),
            Parameter("distance", Kind.DISTANCE, most=1_000_000),
        ),
    ),
    Word(
        "fuelled_away",
        Origin.EXPENSES,
        "报销加油，而前后 {within}内没有距该加油站 {distance}以内的定位点",
        "fuel is claimed at a station that the car was not within {distance} of, {within} before to {within} after",
        (Parameter("distance", Kind.DISTANCE, most=100_000), Parameter("within", Kind.DURATION, least=60_000_000)),
    ),
    Word(
        "tolled_away",
        Origin.EXPENSES,
        "报销通行费，而前后 {within}内没有距该收费站 {distance}以内的定位点",
        "a toll is claimed at a gate that the car was not within {distance} of, {within} before to {within} after",
        (Parameter("distance", Kind.DISTANCE, most=100_000), Parameter("within", Kind.DURATION, least=60_000_000)),
    ),
    Word(
        "overfilled",
        Origin.EXPENSES,
        "一次加油超过油箱容积的 {factor} 倍",
        "more fuel at once than {factor} times what the tanks hold",
        (Parameter("factor", Kind.NUMBER, least=1, most=1_000),),
    ),
    Word(
        "filled_again",
        Origin.EXPENSES,
        "{within}内加油次数多于油箱数",
        "filled up more often in {within} than it has tanks",
        (Parameter("within", Kind.DURATION, least=60_000_000),),
    ),
    Word("wrong_fuel", Origin.EXPENSES, "所加油品与车辆不符", "another fuel than the car takes"),
    Word(
        "fleet_silent",
        Origin.PAPERS,
        "平台性失联",
        "silent with much of the fleet",
        excuse_zh="平台性失联（大批车辆同时失联）",
        excuse_en="a silence of much of the fleet",
    ),
    Word(
        "unfitted",
        Origin.PAPERS,
        "未装终端",
        "without a tracker fitted",
        excuse_zh="终端经登记拆下",
        excuse_en="a tracker taken off as registered",
    ),
    Word("test_drive", Origin.PAPERS, "试车", "on a test drive", excuse_zh="试车", excuse_en="a test drive"),
    Word("enrolled", Origin.PAPERS, "已纳管", "enrolled", excuse_zh="纳管", excuse_en="enrolment"),
    Word(
        "disabled",
        Origin.PAPERS,
        "停用、报废或送修",
        "laid up, scrapped or in repair",
        excuse_zh="停用、报废或送修",
        excuse_en="being laid up, scrapped or in repair",
    ),
    Word(
        "law_enforcement",
        Origin.PAPERS,
        "执法执勤用车",
        "in law enforcement use",
        excuse_zh="执法执勤用车",
        excuse_en="use for law enforcement",
    ),
    Word("workday", Origin.CALENDAR, "在工作日", "on a workday"),
    Word("weekend", Origin.CALENDAR, "在周末", "on a weekend"),
    Word("holiday", Origin.CALENDAR, "在节假日", "in a holiday"),
    Word("unknown_day", Origin.CALENDAR, "在日历未公布的日子", "on a day without a published calendar"),
    Word("work_hours", Origin.CALENDAR, "在工作时间", "in work hours"),
    Word("night", Origin.DAY, "在夜间", "at night"),
    Word(
        "between",
        Origin.DAY,
        "在 {start} 至{end}",
        "between {start} and {end}",
        (Parameter("start", Kind.CLOCK), Parameter("end", Kind.CLOCK)),
    ),
    Word(
        "without",
        Origin.SPANS,
        "{spans}（整段，与{others}毫无重叠）",
        "whole spans of {spans} never {others}",
        (_A, _B),
    ),
    Word(
        "touching",
        Origin.SPANS,
        "{spans}（整段，与{others}有重叠）",
        "whole spans of {spans} at some time {others}",
        (_A, _B),
    ),
    Word(
        "after",
        Origin.SPANS,
        "{spans}（整段中，{others}结束之后）",
        "{spans} (of each whole span, what follows once it is no longer {others})",
        (_A, _B),
    ),
    Word(
        "longer",
        Origin.SPANS,
        "{spans}（每段至少 {duration}）",
        "{spans} for at least {duration} at a time",
        (_A, Parameter("duration", Kind.DURATION)),
    ),
    Word(
        "shorter",
        Origin.SPANS,
        "{spans}（每段不足 {duration}）",
        "{spans} for less than {duration} at a time",
        (_A, Parameter("duration", Kind.DURATION)),
    ),
    Word(
        "after_first",
        Origin.SPANS,
        "{spans}（每段自开始 {duration}后）",
        "{spans} (after the first {duration} of each)",
        (_A, Parameter("duration", Kind.DURATION)),
    ),
    Word(
        "grow",
        Origin.SPANS,
        "{spans}（[提前 {before}、]延后 {after}）",
        "{spans} ([from {before} before ]to {after} after)",
        (_A, Parameter("before", Kind.DURATION, 0), Parameter("after", Kind.DURATION)),
    ),
)

VOCABULARY = {word.name: word for word in _WORDS}
"""Every word by its name."""
