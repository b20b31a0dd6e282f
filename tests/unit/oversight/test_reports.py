"""What reports say, in sentences; what they never say."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from datetime import date, timedelta

import pytest

from fleet.decision import Outcome
from fleet.week import Week
from oversight.bulletin import bulletin, for_bulletin
from oversight.case import Act, State
from oversight.case_file import CaseMatter, FiledEntry, FiledEvent, FiledPaper, FiledViolation, case_file
from oversight.document import PageBreak, Picture, freeze, thaw
from oversight.draw import Why
from oversight.report import DocumentNumber, Period, PeriodError, ReportKind, due
from oversight.report_holiday import HolidayMatter, SealingFigures, holiday_report
from oversight.report_ranking import MonthOfUnits, UnitMonth, ranked, ranking_report
from oversight.report_spot_check import spot_check_report
from oversight.report_week import WeekOfViolations, week_report
from oversight.report_words import LANGUAGES, texts
from oversight.sheets import Finding
from rules.calendar import HolidaySpan, WorkCalendar
from tests.builders.report_matter import (
    checked_car,
    decided_case,
    event,
    facts,
    head,
    local,
    said,
    spot_check,
    table,
    unit_cars,
    violation,
)

SEPTEMBER = date(2026, 9, 1)
IN_SEPTEMBER = (local("2026-09-01 00:00"), local("2026-10-01 00:00"))


# Words -----------------------------------------------------------------------------------------------------


def test_both_languages_have_the_same_words() -> None:
    assert texts("zh").keys() == texts("en").keys()


@pytest.mark.parametrize("key", sorted(texts("zh")))
def test_a_word_has_the_same_places_in_both(key: str) -> None:
    places = [{name for _, name, _, _ in string.Formatter().parse(texts(one)[key]) if name} for one in LANGUAGES]
    assert places[0] == places[1]


def test_english_is_english_and_chinese_has_its_punctuation() -> None:
    assert not [key for key, text in texts("en").items() if re.search(r"[\u3000-\u9fff\uff00-\uffef]", text)]
    half = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?(][\u4e00-\u9fff]")
    assert not [key for key, text in texts("zh").items() if half.search(text)]


# Periods ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (ReportKind.SPOT_CHECK, "2026-W41"),
        (ReportKind.WEEK, "2026-W53"),
        (ReportKind.RANKING, "2026-12"),
        (ReportKind.BULLETIN, "2026-01"),
        (ReportKind.HOLIDAY, "2026-10-01"),
        (ReportKind.CASE_FILE, "12"),
    ],
)
def test_a_period_is_read_as_it_is_written(kind: ReportKind, key: str) -> None:
    assert Period.read(kind, f" {key} ") == Period(kind, key)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ReportKind.WEEK, "2025-W53"),
        (ReportKind.WEEK, "2026-09"),
        (ReportKind.RANKING, "2026-13"),
        (ReportKind.BULLETIN, "2026-9"),
        (ReportKind.HOLIDAY, "20261001"),
        (ReportKind.HOLIDAY, "2026-02-30"),
        (ReportKind.CASE_FILE, "0"),
        (ReportKind.CASE_FILE, "x"),
        (ReportKind.CASE_FILE, ""),
    ],
)
def test_what_is_no_period_is_told_in_both_languages(kind: ReportKind, text: str) -> None:
    with pytest.raises(PeriodError) as error:
        Period.read(kind, text)
    assert error.value.zh
    assert error.value.en


def test_the_month_after_december_is_in_the_next_year() -> None:
    assert Period(ReportKind.RANKING, "2026-12").next_month == date(2027, 1, 1)


def test_a_number_is_written_as_offices_do() -> None:
    assert str(DocumentNumber("宿豫车管", 2026, 12)) == "宿豫车管〔2026〕12号"


def test_after_a_holiday_its_summary_is_due_first() -> None:
    found = list(due(date(2026, 10, 9), WorkCalendar()))
    assert found[0] == Period(ReportKind.HOLIDAY, "2026-10-01")
    assert found[1:5] == [
        Period(ReportKind.HOLIDAY, "2026-09-25"),
        Period(ReportKind.SPOT_CHECK, "2026-W41"),
        Period(ReportKind.WEEK, "2026-W40"),
        Period(ReportKind.BULLETIN, "2026-09"),
    ]


def test_during_a_holiday_nothing_is_due_about_it() -> None:
    assert not [one for one in due(date(2026, 10, 3), WorkCalendar()) if one.key == "2026-10-01"]


# The spot check --------------------------------------------------------------------------------------------


def test_the_spot_check_says_how_many_had_to_be_drawn_and_were() -> None:
    text = said(spot_check_report(spot_check(checked_car()), head()))
    assert "宿豫区公务用车每周抽查情况报告（2026年第41周）" in text
    assert "以在册车辆 403 辆固定名单并抽签。按不低于 10% 的比例应抽 41 辆，实抽 43 辆，其中随机抽中 41 辆" in text
    assert "另有 2 辆因 26 周以上未被抽中而补充抽查" in text
    assert "2026年9月28日至2026年10月4日" in text, "the week before the draw is what is checked"
    assert "d" * 64 in text


def test_sheets_that_nobody_signed_are_told_and_not_counted_as_found() -> None:
    check = spot_check(checked_car(1), checked_car(2, None), checked_car(3, Finding.DOUBTFUL, note="夜间外停"))
    text = said(spot_check_report(check, head()))
    assert "已签字 2 份：未见异常 1 份，存疑 1 份，设备问题 0 份，无数据 0 份。尚有 1 份未签字，其结论未定。" in text
    assert "已全部签字" not in text
    assert table(spot_check_report(check, head()), "存疑与设备问题").rows == (
        ("苏N00003", "区教育局", "存疑", "夜间外停"),
    )


def test_what_is_found_is_suspected_and_insufficient_evidence_is_held_against_nobody() -> None:
    found = [violation(1), violation(1, "R05"), violation(2, "R02", insufficient=True)]
    report = spot_check_report(spot_check(checked_car(1), checked_car(2), violations=found), head())
    text = said(report)
    assert "抽查车辆有疑似违规 2 条，涉及 1 辆车、1 个单位" in text
    assert "另有 1 条证据不足，不计入上述数字，也不作为对任何车辆的疑点" in text
    assert [row[2:9] for row in table(report, "抽查车辆").rows] == [
        ("苏N00001", 2, 24.6, 1, 3.0, 2, "未见异常"),
        ("苏N00002", 2, 24.6, 1, 3.0, 0, "未见异常"),
    ]
    assert "不等于违规" in text


def test_a_car_without_data_is_not_cleared_by_that() -> None:
    check = spot_check(
        checked_car(1, Finding.NO_DATA, facts=facts(trips=0, without_paper=0, fixes=0, silent_h=168)),
        checked_car(2, facts=facts(silent_h=30)),
        checked_car(3, facts=facts(fix_percent=70)),
    )
    text = said(spot_check_report(check, head()))
    assert "1 辆车在检查时段内没有有效定位，不能判断用车情况：苏N00001。" in text
    assert "1 辆车失联合计 24 小时以上，失联时段不作判断：苏N00002。" in text
    assert "1 辆车有效定位不足九成：苏N00003。" in text


def test_confidential_cars_are_a_number_and_nothing_else() -> None:
    text = said(spot_check_report(spot_check(checked_car(), hidden=2), head()))
    assert "机要通信车辆 2 辆，按规定由有权限的人员检查，本报告不列" in text


def test_a_redraw_and_unknown_days_are_told() -> None:
    check = spot_check(checked_car(), attempt=2, reason="漏了新纳管的车", unknown_days=[date(2027, 1, 1)])
    text = said(spot_check_report(check, head()))
    assert "以第 2 次抽签为准。重抽理由：漏了新纳管的车" in text
    assert "2027年1月1日的放假安排尚未公布" in text


def test_provisional_ones_are_told() -> None:
    text = said(spot_check_report(spot_check(checked_car(), violations=[violation(provisional=True)]), head()))
    assert "有 1 条发生在放假安排未知的日期，为暂定" in text


def test_each_map_stands_on_a_page_of_its_own() -> None:
    report = spot_check_report(spot_check(checked_car(1, svg="<svg/>"), checked_car(2)), head())
    assert [block.caption for block in report.blocks if isinstance(block, Picture)] == [
        "附图 1　苏N00001 2026年第40周轨迹"
    ]
    assert sum(isinstance(block, PageBreak) for block in report.blocks) == 1


def test_a_car_that_waited_long_is_told_so() -> None:
    assert "抽取缘由: 久未抽中，补充" in said(
        spot_check_report(spot_check(checked_car(why=Why.OVERDUE, svg="<svg/>")), head())
    )


# The week --------------------------------------------------------------------------------------------------


def week_matter(*found: object, **more: object) -> WeekOfViolations:
    values = {"week": Week.read("2026-W40"), "violations": found, "before": [violation(9, "R02")],
              "units": [unit_cars(), unit_cars(2, "区财政局", 3)]}  # fmt: skip
    return WeekOfViolations(**values | more)  # type: ignore[arg-type]  # of mixed builders


def test_the_week_compares_with_the_one_before_and_tells_how_far_they_are() -> None:
    report = week_report(
        week_matter(
            violation(1), violation(2, severity="high", case_id=7), violation(3, outcome="violation"),
            violation(4, insufficient=True),
        ),
        head(),
    )  # fmt: skip
    text = said(report)
    assert "本周研判出疑似违规 3 条，涉及 3 辆车、1 个单位，比上周多 2 条。其中严重程度高的 1 条，中的 2 条" in text
    assert "办理情况：属实 1 条、尚未认定 2 条（已立案 1 条）。" in text
    assert [row[-1] for row in table(report, "疑似违规").rows] == ["待认定", "待认定（案件 7）", "属实"]
    assert table(report, "按规则").totals == ("合计", 3, 3, 0, 1)
    assert "本报告不含机要通信车辆。" in text


def test_a_week_without_any_says_so_and_what_is_not_known() -> None:
    text = said(week_report(week_matter(units=[unit_cars(cars=5, driven=1, unheard=2)], before=()), head()))
    assert "本周没有研判出疑似违规，与上周持平。" in text
    assert "2 辆在册车辆本周没有上报任何定位，其用车情况不明：区教育局 2 辆。" in text


def test_a_week_that_is_not_over_and_cars_that_wait_are_told() -> None:
    text = said(week_report(week_matter(is_over=False, waiting=3), head()))
    assert "本周尚未结束" in text
    assert "3 辆车有新到数据尚待研判" in text


# The bulletin ----------------------------------------------------------------------------------------------


def test_a_bulletin_names_the_unit_and_masks_the_car_and_the_person() -> None:
    one = decided_case(1, Outcome.VIOLATION, Act.HANDLE, Act.SANCTION, Act.RECTIFY)
    document = bulletin(SEPTEMBER, [one], head())
    text = said(document)
    assert "关于2026年9月公务用车违规使用问题的通报" in text
    assert document.addressee == "各用车单位："
    assert "共有公务用车问题 1 起，涉及 1 个单位，其中认定属实 1 起，程序瑕疵 0 起" in text
    assert table(document, "案件").rows == (
        (1, "区教育局", "苏N1***1", "2026年9月26日", "节假日用车", "属实", 5, "王某 约谈", "整改中"),
    )
    for hidden in ("苏N12341", "王五", "赵六", "张三", "李四", "办私事"):
        assert hidden not in text


@pytest.mark.parametrize("outcome", [one for one in Outcome if not one.confirms])
def test_what_was_dismissed_has_no_place_in_a_bulletin(outcome: Outcome) -> None:
    one = decided_case(1, outcome)
    assert for_bulletin([one], *IN_SEPTEMBER) == []
    with pytest.raises(ValueError, match="no place in a bulletin"):
        bulletin(SEPTEMBER, [one], head())


def test_a_case_that_is_open_again_has_no_place_in_a_bulletin() -> None:
    assert for_bulletin([decided_case(1, Outcome.VIOLATION, Act.REOPEN)], *IN_SEPTEMBER) == []


def test_a_bulletin_holds_what_was_decided_in_its_month() -> None:
    one = decided_case(1)
    assert for_bulletin([one], *IN_SEPTEMBER) == [one]
    assert for_bulletin([one], local("2026-10-01 00:00"), local("2026-11-01 00:00")) == []
    assert one.case.decided_at
    assert for_bulletin([one], one.case.decided_at, one.case.decided_at + timedelta(days=1)) == [one]
    assert for_bulletin([one], local("2026-09-01 00:00"), one.case.decided_at) == []


def test_a_month_without_any_says_so() -> None:
    assert "没有认定属实或程序瑕疵的公务用车案件" in said(bulletin(SEPTEMBER, [], head()))


# The case file ---------------------------------------------------------------------------------------------


def filed(**more: object) -> FiledViolation:
    values = {
        "id": 3, "rule_id": "R06", "rule_name": "节假日用车", "rule_version": 2, "explanation": "行驶 且 在节假日。",
        "settings": "lasting = 5 min", "start_at": local("2026-09-26 14:00"), "end_at": local("2026-09-26 14:40"),
        "total_s": 2400.0, "severity": "high", "provisional": False, "insufficient": False, "evidence_changed": True,
        "withdrawn_at": None, "left_out": False, "outcome": "violation", "found_at": local("2026-09-26 14:41"),
        "positions_count": 241, "positions_sha256": "ab" * 32, "svg": "<svg/>",
    }  # fmt: skip
    return FiledViolation(**values | more)  # type: ignore[arg-type]  # of mixed builders


def matter(**more: object) -> CaseMatter:
    decided = decided_case(1, Outcome.VIOLATION, Act.HANDLE, Act.SANCTION, Act.RECTIFY)
    events = [
        FiledEvent(1, "staff", event(Act.OPEN, local("2026-09-21 10:00"))),
        FiledEvent(4, "unit_manager", event(Act.ANSWER, local("2026-09-24 10:00"))),
        FiledEvent(5, "head+admin", replace(event(Act.DECIDE, local("2026-09-30 10:00")), outcome=Outcome.VIOLATION)),
    ]
    values = {
        "id": 12, "plate": "苏N12345", "use_class": "general", "unit": "区教育局", "opened_at": events[0].event.at,
        "case": decided.case, "points": 5, "violations": [filed()], "events": events,
        "papers": [FiledPaper(4, "说明.pdf", "application/pdf", 12_345, "cd" * 32)],
        "entries": [FiledEntry(88, local("2026-09-30 10:00"), "李四", "head", "case_decide", "ef" * 32)],
    }  # fmt: skip
    return CaseMatter(**values | more)  # type: ignore[arg-type]  # of mixed builders


def test_a_case_file_holds_all_of_it_in_order() -> None:
    document = case_file(matter(), head())
    text = said(document)
    order = [
        "案件概况",
        "疑似违规与证据",
        "单位说明",
        "认定",
        "处理与整改",
        "办理经过",
        "附件清单",
        "审计链位置",
        "附图 1",
    ]
    places = [text.index(one if one == "附图 1" else f"、{one}\n") for one in order]
    assert places == sorted(places)
    for told in ("ab" * 32, "cd" * 32, "ef" * 32, "说明.pdf", "区纪委监委", "lasting = 5 min", "认定后证据有变", "241"):
        assert told in text
    assert table(document, "审计链").rows == ((88, "2026-09-30 10:00", "李四", "作出认定", "ef" * 32),)
    assert "车管中心负责人、系统管理员" in text


def test_before_a_decision_a_case_file_says_that_nothing_is_established() -> None:
    undecided = replace(matter().case, outcome=None, state=State.STATEMENT, decided_at=None, sanctions=())
    text = said(case_file(matter(case=undecided, events=(), violations=[filed(outcome=None)]), head()))
    assert "本案尚未作出认定，所列均为疑似违规。" in text
    assert "尚未作出认定。" in text
    assert "没有单位说明。" in text
    assert "属实" not in text


# The ranking -----------------------------------------------------------------------------------------------


def unit_month(number: int, cars: int = 20, **more: int) -> UnitMonth:
    values = {"points": 100, "taken": 0, "confirmed": 0, "procedural": 0, "suspected": 0, "sheets": 2, "signed": 2}
    return UnitMonth(unit_id=number, unit=f"单位{number}", cars=cars, **values | more)


def test_what_is_equal_shares_a_place_and_the_next_is_as_many_further_down() -> None:
    units = [unit_month(1, points=95), unit_month(2), unit_month(3), unit_month(4, points=95, confirmed=1)]
    assert [(place, unit.unit_id) for place, unit in ranked(units)] == [(1, 2), (1, 3), (3, 1), (4, 4)]


def test_what_is_only_suspected_ranks_nobody() -> None:
    assert [place for place, _ in ranked([unit_month(1), unit_month(2, suspected=50)])] == [1, 1]


def test_a_small_unit_has_no_rate() -> None:
    units = [unit_month(1, cars=2, confirmed=1, points=95, taken=-5), unit_month(2, cars=20, confirmed=1, points=95)]
    report = ranking_report(MonthOfUnits(month=SEPTEMBER, start=100, units=units), head())
    assert [row[7] for row in table(report, "排名").rows] == [None, 5.0]
    assert "只对车辆 10 辆以上的单位计算" in said(report)
    assert "本月被扣分的单位 1 个：单位1 5 分。" in said(report)


# The holiday -----------------------------------------------------------------------------------------------

NATIONAL_DAY = HolidaySpan(date(2026, 10, 1), date(2026, 10, 7), ("国庆节",))


def holiday(**more: object) -> HolidayMatter:
    found = [violation(1, "R06", severity="high"), violation(2, "R07"), violation(3, "R02"),
             violation(4, "R06", insufficient=True)]  # fmt: skip
    values = {"span": NATIONAL_DAY, "units": [unit_cars(), unit_cars(2, "区财政局", 3, driven=0, unheard=1)],
              "violations": found, "orders": [(1, 4)], "cases": [(1, 1)]}  # fmt: skip
    return HolidayMatter(**values | more)  # type: ignore[arg-type]  # of mixed builders


def test_the_holiday_summary_counts_use_and_sealing_by_unit() -> None:
    report = holiday_report(holiday(), head())
    text = said(report)
    assert "宿豫区2026年国庆节假期公务用车情况报告" in text
    assert "（7 天），在册车辆 15 辆，分属 2 个单位，其中有行驶记录的 12 辆，没有任何定位数据的 1 辆。" in text
    assert "假期内有效派车单 4 张。" in text
    assert "疑似节假日用车 1 条、未封存停驶 1 条，涉及 2 辆车，已就此立案 1 件" in text
    assert table(report, "按单位").rows == (("区教育局", 12, 12, 0, 4, 1, 1, 1), ("区财政局", 3, 0, 1, 0, 0, 0, 0))
    assert table(report, "按单位").totals == ("合计", 15, 12, 1, 4, 1, 1, 1)
    assert "另有 1 条证据不足" in text
    assert "封存停驶 4 辆" not in text


def test_the_campaigns_figures_of_sealing_are_told_where_there_are_some() -> None:
    text = said(holiday_report(holiday(sealing=SealingFigures(to_seal=15, exempt=2, sealed=11)), head()))
    assert "应封存停驶 15 辆，不封存 2 辆，放假两小时时在停放点见到 11 辆。" in text


# All -------------------------------------------------------------------------------------------------------

ALL = [
    lambda language: spot_check_report(
        spot_check(checked_car(1, svg="<svg/>"), checked_car(2, None), hidden=1, violations=[violation()]),
        head(language),
    ),
    lambda language: week_report(week_matter(violation(), violation(2, insufficient=True)), head(language)),
    lambda language: bulletin(SEPTEMBER, [decided_case(1, Outcome.PROCEDURAL)], head(language)),
    lambda language: case_file(matter(), head(language)),
    lambda language: ranking_report(MonthOfUnits(month=SEPTEMBER, start=100, units=[unit_month(1)]), head(language)),
    lambda language: holiday_report(holiday(), head(language)),
]


@pytest.mark.parametrize("made", range(len(ALL)))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_report_freezes_and_comes_back(made: int, language: str) -> None:
    document = ALL[made](language)
    assert document.language == language
    assert thaw(freeze(document)) == document
    assert document.number is None, "a draft"


@pytest.mark.parametrize("made", [0, 1, 4, 5])
def test_what_is_not_decided_is_called_suspected(made: int) -> None:
    """违规 stands only in 疑似违规 and in what the report says of that word."""
    text = said(ALL[made]("zh")).replace("不等于违规", "")
    assert not [found for found in re.findall(r"(.{0,4})违规", text) if not found.endswith("疑似")]


@pytest.mark.parametrize("made", range(len(ALL)))
def test_english_reports_are_english_but_for_what_was_entered(made: int) -> None:
    entered = (
        "宿豫区公务用车管理中心 宿豫区 区教育局 区财政局 苏N 区纪委监委 单位1 节假日用车 说明.pdf 在节假日。 行驶"
        " 且 王五 张三 李四 赵六 王某 写检查"
    )
    text = said(ALL[made]("en"))
    for word in entered.split():
        text = text.replace(word, "")
    assert re.findall(r"[\u3000-\u9fff\uff00-\uffef]", text) == []
