"""The shipped rules, each held against what a driver and an inspector would say of it; and what loading refuses."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fleet.clock import DAY_US, SHANGHAI, moment_of, us_of
from fleet.violation import Severity
from rules.calendar import WorkCalendar
from rules.catalogue import CATALOGUE, rules_of
from rules.evaluate import judge_rule
from rules.kinds import Argument
from rules.language import parse
from rules.quantity import QuantityError
from rules.rule import CatalogueError, rule_of
from rules.spans import Spans

CALENDAR = WorkCalendar()
FIRST_US = us_of(datetime(2026, 9, 20, tzinfo=SHANGHAI))
LAST_US = FIRST_US + 30 * DAY_US


def local(text: str) -> int:
    """``10-01 08:30`` of 2026, Shanghai."""
    return us_of(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI))


def during(*texts: str) -> Spans:
    """Spans of one vehicle, each ``10-01 08:30 +40`` (minutes) or ``10-01 08:30 10-02 09:00``."""
    starts, ends = [], []
    for text in texts:
        start = local(text[:11])
        minutes = text[12:].startswith("+")
        starts.append(start)
        ends.append(start + int(text[13:]) * 60_000_000 if minutes else local(text[12:]))
    return Spans.of(0, starts, ends)


class OneCar:
    """A car of which only what is told is known; days and hours are those of the calendar."""

    def __init__(self, **told: Spans) -> None:
        self.told = told

    def term(self, name: str, arguments: tuple[Argument, ...]) -> Spans:
        if name in self.told:
            return self.told[name]
        if name == "between":
            from_us, to_us = map(int, arguments)
            return Spans.for_all(*CALENDAR.between(FIRST_US, LAST_US, from_us, to_us), 1)
        kinds = {"workday": CALENDAR.workdays, "weekend": CALENDAR.weekends, "holiday": CALENDAR.holidays}
        return Spans.for_all(*kinds[name](FIRST_US, LAST_US), 1) if name in kinds else Spans.empty()

    def frame(self) -> Spans:
        return Spans.of(0, [FIRST_US], [LAST_US])


def found(rule_id: str, **told: Spans) -> list[str]:
    """Suspected violations as ``09-29 21:00 +40``: start, and minutes from start to end."""
    groups = judge_rule(CATALOGUE[rule_id], OneCar(**told))
    return [
        f"{moment_of(start).astimezone(SHANGHAI):%m-%d %H:%M} +{(end - start) // 60_000_000}"
        for start, end in zip(groups.start_us.tolist(), groups.end_us.tolist(), strict=True)
    ]


# R04 off hours ----------------------------------------------------------------------------------------------


def test_driving_ten_minutes_on_a_workday_evening_is_off_hours_use() -> None:
    assert found("R04", driving=during("09-29 21:00 +10")) == ["09-29 21:00 +10"]
    assert found("R04", driving=during("09-29 21:00 +9")) == []


def test_only_the_part_outside_work_hours_counts() -> None:
    assert found("R04", driving=during("09-29 18:00 +69")) == []
    assert found("R04", driving=during("09-29 18:00 +80")) == ["09-29 19:00 +20"]


def test_a_night_drive_from_one_workday_into_the_next_is_one_violation() -> None:
    assert found("R04", driving=during("09-28 23:30 +60")) == ["09-28 23:30 +60"]


def test_a_night_drive_into_a_holiday_is_parted_at_midnight() -> None:
    drive = during("09-30 23:30 +60")
    assert found("R04", driving=drive) == ["09-30 23:30 +30"]
    assert found("R06", driving=drive) == ["10-01 00:00 +30"]


def test_short_drives_of_one_evening_add_up_but_those_of_morning_and_evening_do_not() -> None:
    assert found("R04", driving=during("09-29 20:00 +6", "09-29 20:26 +6")) == ["09-29 20:00 +32"]
    assert found("R04", driving=during("09-29 20:00 +6", "09-29 20:36 +6")) == []
    assert found("R04", driving=during("09-29 07:22 +8", "09-29 19:00 +8")) == []


def test_an_order_excuses_the_part_it_covers() -> None:
    drive, order = during("09-29 19:30 +60"), during("09-29 17:00 09-29 20:00")
    assert found("R04", driving=drive, ordered=order) == ["09-29 20:00 +30"]
    assert found("R04", driving=drive, ordered=during("09-29 17:00 09-29 20:21")) == []


@pytest.mark.parametrize("excuse", ["ordered", "on_duty", "waived"])
@pytest.mark.parametrize(("rule_id", "day"), [("R04", "09-29 21:00"), ("R05", "10-11 10:00"), ("R06", "10-03 10:00")])
def test_orders_duty_and_waivers_excuse_driving(rule_id: str, day: str, excuse: str) -> None:
    drive = during(f"{day} +40")
    assert found(rule_id, driving=drive) == [f"{day} +40"]
    assert found(rule_id, driving=drive, **{excuse: during(f"{day} +40")}) == []


def test_repair_does_not_excuse_driving() -> None:
    assert found("R06", driving=during("10-03 10:00 +40"), in_repair=during("10-01 00:00 10-08 00:00"))


# R05 weekend, R06 holiday -----------------------------------------------------------------------------------


def test_a_weekend_drive_is_weekend_use_and_nothing_else() -> None:
    drive = during("10-17 10:00 +5")
    assert [found(rule_id, driving=drive) for rule_id in ("R04", "R05", "R06")] == [[], ["10-17 10:00 +5"], []]
    assert found("R05", driving=during("10-17 10:00 +4")) == []


def test_a_make_up_workday_is_no_weekend() -> None:
    drive = during("10-10 10:00 +60")
    assert [found(rule_id, driving=drive) for rule_id in ("R04", "R05", "R06")] == [[], [], []]
    assert found("R04", driving=during("10-10 20:00 +60")) == ["10-10 20:00 +60"]


def test_a_weekend_within_a_holiday_is_holiday_use_only() -> None:
    drive = during("10-03 10:00 +5")
    assert [found(rule_id, driving=drive) for rule_id in ("R04", "R05", "R06")] == [[], [], ["10-03 10:00 +5"]]


def test_a_holiday_runs_from_midnight_to_midnight() -> None:
    assert found("R06", driving=during("09-30 23:50 +14", "10-07 23:54 +20")) == ["10-07 23:54 +6"]


def test_driving_into_and_out_of_a_weekend_is_judged_on_either_side() -> None:
    assert found("R05", driving=during("10-16 23:50 +14")) == []
    assert found("R04", driving=during("10-16 23:50 +14")) == ["10-16 23:50 +10"]


# R08 not home at night ---------------------------------------------------------------------------------------

AWAY = during("09-29 12:00 09-30 12:00")


def test_an_hour_away_from_home_within_the_night_is_not_home() -> None:
    assert found("R08", standing=during("09-29 21:00 +120"), outside=AWAY) == ["09-29 22:00 +60"]
    assert found("R08", standing=during("09-29 21:00 +119"), outside=AWAY) == []


def test_a_whole_night_away_is_one_violation_with_or_without_a_short_drive() -> None:
    assert found("R08", standing=during("09-29 20:00 09-30 07:00"), outside=AWAY) == ["09-29 22:00 +420"]
    moved = during("09-29 20:00 09-30 01:00", "09-30 01:20 09-30 07:00")
    assert found("R08", standing=moved, outside=AWAY) == ["09-29 22:00 +420"]


def test_each_night_away_is_its_own_violation() -> None:
    standing = during("09-28 20:00 09-30 08:00")
    assert found("R08", standing=standing, outside=standing) == ["09-28 22:00 +420", "09-29 22:00 +420"]


def test_standing_at_home_and_being_on_the_road_are_not_accused() -> None:
    assert found("R08", standing=during("09-29 20:00 09-30 07:00")) == []
    assert found("R08", driving=during("09-29 20:00 09-30 07:00"), outside=AWAY) == []


@pytest.mark.parametrize("excuse", ["ordered", "on_duty", "in_repair"])
def test_orders_duty_and_repair_excuse_a_night_away(excuse: str) -> None:
    standing = during("09-29 20:00 09-30 07:00")
    assert found("R08", standing=standing, outside=AWAY, **{excuse: AWAY}) == []
    assert found("R08", standing=standing, outside=AWAY, waived=AWAY) == ["09-29 22:00 +420"]


def test_an_order_until_midnight_leaves_the_rest_of_the_night() -> None:
    order = during("09-29 08:00 09-30 00:00")
    assert found("R08", standing=AWAY, outside=AWAY, ordered=order) == ["09-30 00:00 +300"]


# R09 left the district, R10 sensitive stop --------------------------------------------------------------------


def test_five_minutes_outside_is_leaving_the_district() -> None:
    assert found("R09", outside_without_order=during("09-29 10:00 +5")) == ["09-29 10:00 +5"]
    assert found("R09", outside_without_order=during("09-29 10:00 +4")) == []


def test_a_road_along_the_boundary_does_not_add_up() -> None:
    assert found("R09", outside_without_order=during("09-29 10:00 +4", "09-29 10:06 +4", "09-29 10:12 +4")) == []


def test_a_day_outside_in_pieces_is_one_violation() -> None:
    pieces = during("09-29 10:00 +50", "09-29 11:05 +60", "09-29 12:10 +50")
    assert found("R09", outside_without_order=pieces) == ["09-29 10:00 +180"]


def test_fifteen_minutes_standing_at_a_sensitive_place_is_a_sensitive_stop() -> None:
    standing = during("09-29 12:00 +90")
    assert found("R10", standing=standing, inside_without_order=during("09-29 11:55 +20")) == ["09-29 12:00 +15"]
    assert found("R10", standing=standing, inside_without_order=during("09-29 11:55 +19")) == []


def test_passing_a_sensitive_place_is_no_stop() -> None:
    assert found("R10", driving=during("09-29 12:00 +90"), inside_without_order=during("09-29 12:00 +90")) == []


def test_a_stop_cut_in_two_by_a_stray_fix_is_one_stop_and_only_time_inside_counts() -> None:
    standing = during("09-29 12:00 +90")
    inside = during("09-29 12:00 +8", "09-29 12:10 +8")
    assert found("R10", standing=standing, inside_without_order=inside) == ["09-29 12:00 +18"]
    assert found("R10", standing=standing, inside_without_order=during("09-29 12:00 +7", "09-29 12:11 +7")) == []


# The rules as data -------------------------------------------------------------------------------------------


def test_the_shipped_rules_are_those_of_the_design() -> None:
    assert {rule.id: (rule.name_zh, rule.severity, rule.alert) for rule in CATALOGUE.values()} == {
        "R01": ("未纳管", Severity.MEDIUM, False),
        "R07": ("未封存停驶", Severity.HIGH, True),
        "R17": ("停用车辆行驶", Severity.HIGH, True),
        "R02": ("无派车单", Severity.MEDIUM, False),
        "R03": ("超出派车单", Severity.MEDIUM, True),
        "R04": ("非工作时间用车", Severity.MEDIUM, True),
        "R05": ("周末用车", Severity.MEDIUM, True),
        "R06": ("节假日用车", Severity.HIGH, True),
        "R08": ("未回单位停放", Severity.MEDIUM, True),
        "R09": ("驶出辖区", Severity.HIGH, True),
        "R10": ("敏感地点停留", Severity.HIGH, True),
        "R11": ("长时间停留", Severity.INFO, False),
        "R12": ("绕道", Severity.INFO, False),
        "R13": ("超速", Severity.MEDIUM, True),
        "R14": ("终端离线", Severity.MEDIUM, True),
        "R15": ("断电/拆除", Severity.HIGH, True),
        "R16": ("疑似屏蔽", Severity.HIGH, True),
    }


def test_a_rule_can_be_had_with_other_settings() -> None:
    early = CATALOGUE["R04"].with_settings(work_start="08:00", work_end="17:30", lasting="20 min")
    assert early.expression == parse(
        'driving & workday - between("08:00", "17:30") - ordered - on_duty - waived - law_enforcement'
    )
    assert (early.lasting_us, early.join_us) == (20 * 60_000_000, CATALOGUE["R04"].join_us)
    assert CATALOGUE["R04"].with_settings() == CATALOGUE["R04"]


def test_settings_keep_within_their_limits() -> None:
    rule = CATALOGUE["R04"]
    with pytest.raises(QuantityError, match="beyond its limits"):
        rule.with_settings(work_start="13:00")
    with pytest.raises(QuantityError, match="no time of day"):
        rule.with_settings(work_start="8")
    with pytest.raises(QuantityError, match="too long"):
        rule.with_settings(join="2 d")
    with pytest.raises(KeyError, match="no setting lunch"):
        rule.with_settings(lunch="12:00")


def test_reach_covers_what_is_joined() -> None:
    assert timedelta(microseconds=CATALOGUE["R09"].reach_us) == timedelta(minutes=35)


GOOD = {
    "version": 1,
    "name": {"zh": "例", "en": "Example"},
    "basis": "例",
    "when": "driving - ordered",
    "severity": "info",
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"when": None}, "when is missing"),
        ({"when": "driving & nigt"}, "did you mean night"),
        ({"when": "holiday - ordered"}, "would hold where there is no data"),
        ({"name": {"zh": "例"}}, "en is missing"),
        ({"name": {"zh": "例", "en": "x", "fr": "y"}}, "unknown keys: fr"),
        ({"severity": "grave"}, "grave"),
        ({"version": "1"}, "version cannot be '1'"),
        ({"version": True}, "version cannot be True"),
        ({"alert": "yes"}, "alert cannot be 'yes'"),
        ({"basis": ""}, "basis cannot be ''"),
        ({"jion": "5 min"}, "unknown keys: jion"),
        ({"join": "5"}, "is no duration"),
        ({"lasting": "40 d"}, "too long"),
        ({"parameters": {"night": {"kind": "clock", "default": "07:30", "zh": "x", "en": "x"}}}, "night"),
        ({"parameters": {"a": {"kind": "time", "default": "07:30", "zh": "x", "en": "x"}}}, "time"),
        ({"parameters": {"a": {"kind": "spans", "default": "driving", "zh": "x", "en": "x"}}}, "cannot be spans"),
        ({"parameters": {"a": {"kind": "clock", "default": "7", "zh": "x", "en": "x"}}}, "no time of day"),
        ({"parameters": {"a": {"kind": "count", "default": 9, "most": 5, "zh": "x", "en": "x"}}}, "limits"),
        ({"parameters": {"a": {"kind": "place", "default": "x", "most": "y", "zh": "x", "en": "x"}}}, "no limits"),
        ({"parameters": []}, "parameters"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_by_name(change: dict[str, object], said: str) -> None:
    data = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(CatalogueError, match="R99") as caught:
        rule_of("R99", data)
    assert said in str(caught.value)


def test_a_file_that_is_no_catalogue_is_refused() -> None:
    with pytest.raises(CatalogueError, match="warn must be less"):
        rules_of(
            "[R99]\nversion = 1\nname = { zh = '离', en = 'x' }\nbasis = 'x'\nwhen = 'driving'\n"
            "severity = 'high'\nlasting = '1 h'\nwarn = '1 h'"
        )
    with pytest.raises(CatalogueError, match="not TOML"):
        rules_of("[R04")
    with pytest.raises(CatalogueError, match="must be a table"):
        rules_of("R04 = 1")
    with pytest.raises(CatalogueError, match="must be like R04"):
        rules_of("[holiday]\nversion = 1")
