"""Rules in words, as a clerk reads them."""

from __future__ import annotations

import pytest

from rules.catalogue import CATALOGUE
from rules.language import parse
from rules.vocabulary import VOCABULARY
from rules.words import excuses_in_words, explain, explain_rule

SENTENCES = {
    "R02": (
        "超过 500 米的行程（整段，与（有派车单（提前 15 分钟、延后 30 分钟） 或 值班 或 豁免 或 试车）毫无重叠）。",
        "Whole spans of a trip of more than 500 m never (under an order (from 15 minutes before to 30 mi"
        "nutes after) or on duty or under a waiver or on a test drive).",
    ),
    "R03": (
        "（在停放点外超过 100 米（整段中，有派车单结束之后），除去 有派车单（延后 1 小时）、值班、豁免、维修 或"
        " 试车 的时间） 或 （停留 且 有派车单 且 在停放点外超过 100 米，除去 停在派车单目的地 5 公里以内（或目的"
        "地不明）、值班、豁免、维修 或 试车 的时间）（每段至少 15 分钟）。",
        "(outside its home zone by more than 100 m (of each whole span, what follows once it is no longe"
        "r under an order), except while under an order (to 1 hour after), on duty"
        ", under a waiver, in repair or on a test drive) or (standing and under an order and outside its home zone by "
        "more than 100 m, except while standing within 5 km of an order's destination (or of an unknown one"
        "), on duty, under a waiver, in repair or on a test drive) for at least 15 minutes at a time.",
    ),
    "R11": (
        "（停留 且 在工作日 且 在 08:30 至 17:30 且 在停放点外超过 100 米，除去 停在派车单目的地 5 公"
        "里以内（或目的地不明）、值班、豁免、维修 或 试车 的时间）（每段至少 2 小时）。",
        "(standing and on a workday and between 08:30 and 17:30 and outside its home zone by more than 1"
        "00 m, except while standing within 5 km of an order's destination (or of an unknown one), on du"
        "ty, under a waiver, in repair or on a test drive) for at least 2 hours at a time.",
    ),
    "R12": (
        "派车单下的行程超过计划里程的 1.5 倍且多出 10 公里以上。",
        "A trip under an order that is over 1.5 times as long as planned and over 10 km longer.",
    ),
    "R04": (
        "行驶 且 在工作日，除去 在 07:30 至 19:00、有派车单、值班、豁免 或 执法执勤用车 的时间；"
        "间隔不足 30 分钟的合为一次；每次合计至少 10 分钟。",
        "Driving and on a workday, except while between 07:30 and 19:00, under an order, on duty, under a waiver "
        "or in law enforcement use; "
        "spans less than 30 minutes apart count as one; at least 10 minutes in total.",
    ),
    "R05": (
        "行驶 且 在周末，除去 有派车单、值班、豁免 或 执法执勤用车 的时间；"
        "间隔不足 30 分钟的合为一次；每次合计至少 5 分钟。",
        "Driving and on a weekend, except while under an order, on duty, under a waiver or in law enforcement use; "
        "spans less than 30 minutes apart count as one; at least 5 minutes in total.",
    ),
    "R06": (
        "行驶 且 在节假日，除去 有派车单、值班、豁免 或 执法执勤用车 的时间；"
        "间隔不足 30 分钟的合为一次；每次合计至少 5 分钟。",
        "Driving and in a holiday, except while under an order, on duty, under a waiver or in law enforcement use; "
        "spans less than 30 minutes apart count as one; at least 5 minutes in total.",
    ),
    "R08": (
        "停留 且 在 22:00 至次日 05:00 且 在停放点外超过 100 米，除去 有派车单、值班 或 维修 的时间；"
        "间隔不足 30 分钟的合为一次；每次合计至少 1 小时。",
        "Standing and between 22:00 and 05:00 the next day and outside its home zone by more than 100 m, "
        "except while under an order, on duty or in repair; "
        "spans less than 30 minutes apart count as one; at least 1 hour in total.",
    ),
    "R09": (
        "在辖区外超过 500 米（至少 3 个定位点）且没有前往外面的派车单（每段至少 5 分钟）；间隔不足 30 分钟的合为一次。",
        "Outside the jurisdiction by more than 500 m with at least 3 positions, without an order leading out of it "
        "for at least 5 minutes at a time; spans less than 30 minutes apart count as one.",
    ),
    "R10": (
        "停留 且 在敏感地点（外扩 50 米）内且没有前往该处的派车单；间隔不足 5 分钟的合为一次；每次合计至少 15 分钟。",
        "Standing and inside a sensitive zone grown by 50 m, without an order to that place; "
        "spans less than 5 minutes apart count as one; at least 15 minutes in total.",
    ),
    "R13": (
        "（车速超过 120 公里/小时，除去 应急 的时间）（每段至少 30 秒）；间隔不足 5 分钟的合为一次。",
        "(faster than 120 km/h, except while in an emergency) for at least 30 seconds at a time; "
        "spans less than 5 minutes apart count as one.",
    ),
    "R01": (
        "（（行驶 或 停留），除去 已纳管 的时间） 或 有费用报销（整段，与已纳管毫无重叠）；间隔不足 1 天的合为一次。",
        "((driving or standing), except while enrolled) or whole spans of an expense is claimed never enrolled; "
        "spans less than 1 day apart count as one.",
    ),
    "R17": (
        "行驶 且 停用、报废或送修，除去 试车 或 有派车单 的时间；间隔不足 30 分钟的合为一次；每次合计至少 5 分钟。",
        "Driving and laid up, scrapped or in repair, except while on a test drive or under an order; "
        "spans less than 30 minutes apart count as one; at least 5 minutes in total.",
    ),
    "R14": (
        "超过 24 小时没有任何消息 且 已纳管，除去 停用、报废或送修、平台性失联 或 未装终端 的时间；"
        "每次合计至少 3 天；满 1 天先作提醒。",
        "Without any message for over 24 h and enrolled, except while laid up, scrapped or in repair, silent with much "
        "of the fleet or without a tracker fitted; at least 3 days in total; from 1 day on a warning.",
    ),
    "R15": (
        "（（终端报警 power_cut 或 终端报警 antenna_cut 或 终端报警 antenna_short），除去 维修 的时间）"
        "（每段至少 5 分钟） 或 （失联期间移动超过 2 公里（整段，与（平台性失联 或 未装终端）毫无重叠），"
        "除去 维修 的时间）（每段至少 30 分钟）；"
        "间隔不足 30 分钟的合为一次。",
        "((under the alarm power_cut or under the alarm antenna_cut or under the alarm antenna_short), "
        "except while in repair) for at least 5 minutes at a time or "
        "(whole spans of silent while it moved more than 2 km never (silent with much of the fleet or without a "
        "tracker fitted), except while in repair) for at least 30 minutes at a time; "
        "spans less than 30 minutes apart count as one.",
    ),
    "R16": (
        "有消息而无定位（里程增加至少 1 公里）（每段至少 20 分钟）；间隔不足 30 分钟的合为一次。",
        "Reporting without a fix while the odometer grows by at least 1 km for at least 20 minutes at a time; "
        "spans less than 30 minutes apart count as one.",
    ),
    "R18": (
        "当月百公里油耗超过定额的 1.3 倍（行驶至少 300 公里）。",
        "More than 1.3 times the norm of fuel in a month of at least 300 km.",
    ),
    "R19": (
        "报销加油，而前后 20 分钟内没有距该加油站 300 米以内的定位点。",
        "Fuel is claimed at a station that the car was not within 300 m of, 20 minutes before to 20 minutes after.",
    ),
    "R20": (
        "一次加油超过油箱容积的 1.05 倍 或 4 小时内加油次数多于油箱数 或 所加油品与车辆不符。",
        "More fuel at once than 1.05 times what the tanks hold or filled up more often in 4 hours than it has tanks "
        "or another fuel than the car takes.",
    ),
    "R21": (
        "报销通行费，而前后 10 分钟内没有距该收费站 5 公里以内的定位点。",
        "A toll is claimed at a gate that the car was not within 5 km of, 10 minutes before to 10 minutes after.",
    ),
    "R07": (
        "（行驶 或 停留） 且 在停放点外超过 100 米 且 在节假日（每段自开始 2 小时后），除去 （停留 且 "
        "在停放点（外扩 100 米）内）（延后 1 天）、失联（每段至少 30 分钟）（延后 1 天）、有派车单、维修、"
        "值班、豁免 或 执法执勤用车 的时间；间隔不足 12 小时的合为一次。",
        "(driving or standing) and outside its home zone by more than 100 m and in a holiday (after the "
        "first 2 hours of each), except while (standing and inside its home zone grown by 100 m) (to 1 day "
        "after), silent for at least 30 minutes at a time (to 1 day after), under an order, in repair, on "
        "duty, under a waiver or in law enforcement use; spans less than 12 hours apart count as one.",
    ),
}


@pytest.mark.parametrize("rule_id", CATALOGUE)
def test_each_shipped_rule_is_one_sentence(rule_id: str) -> None:
    rule = CATALOGUE[rule_id]
    assert (explain_rule(rule, "zh"), explain_rule(rule, "en")) == SENTENCES[rule_id]


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (
            'without(driving, grow(ordered, "15 min", "30 min"))',
            "行驶（整段，与有派车单（提前 15 分钟、延后 30 分钟）毫无重叠）",
            "whole spans of driving never under an order (from 15 minutes before to 30 minutes after)",
        ),
        (
            "driving & (holiday | weekend)",
            "行驶 且 （在节假日 或 在周末）",
            "driving and (in a holiday or on a weekend)",
        ),
        ("standing & ~ordered", "停留 且 不在 有派车单 期间", "standing and not under an order"),
        (
            "faster_than(120) - emergency",
            "车速超过 120 公里/小时，除去 应急 的时间",
            "faster than 120 km/h, except while in an emergency",
        ),
        ('inside("迎宾酒店")', "在“迎宾酒店”内", "inside “迎宾酒店”"),
        ('outside(sensitive, "2 km")', "在所有敏感地点外超过 2 公里", "outside all sensitive zones by more than 2 km"),
        (
            'longer(driving & night, "90 min") - (on_duty & work_hours)',
            "（行驶 且 在夜间）（每段至少 1 小时 30 分钟），除去 （值班 且 在工作时间） 的时间",
            "(driving and at night) for at least 1 hour 30 minutes at a time, except while (on duty and in work hours)",
        ),
        (
            'longer(no_fix, "20 min")',
            "有消息而无定位（每段至少 20 分钟）",
            "reporting without a fix for at least 20 minutes at a time",
        ),
        ('between("08:00", "12:00")', "在 08:00 至 12:00", "between 08:00 and 12:00"),
    ],
)
def test_combinations_are_bracketed_so_that_they_read_one_way(text: str, zh: str, en: str) -> None:
    expression = parse(text)
    assert (explain(expression, "zh"), explain(expression, "en")) == (zh, en)


def test_no_word_leaves_a_hole_in_its_sentence() -> None:
    for word in VOCABULARY.values():
        for template in (word.zh, word.en):
            required = {p.name for p in word.parameters}
            assert all("{" + name + "}" in template for name in required), word.name


def test_excuses_are_the_papers_looked_at() -> None:
    said = {rule.id: excuses_in_words(rule.expression, "zh") for rule in CATALOGUE.values()}
    assert said == {
        "R01": ("纳管",),
        "R07": ("派车单", "维修", "值班", "豁免", "执法执勤用车"),
        "R17": ("试车", "派车单"),
        "R02": ("派车单", "值班", "豁免", "试车"),
        "R03": ("派车单", "值班", "豁免", "维修", "试车", "前往该处的派车单"),
        "R04": ("派车单", "值班", "豁免", "执法执勤用车"),
        "R05": ("派车单", "值班", "豁免", "执法执勤用车"),
        "R06": ("派车单", "值班", "豁免", "执法执勤用车"),
        "R08": ("派车单", "值班", "维修"),
        "R09": ("前往外面的派车单",),
        "R10": ("前往该处的派车单",),
        "R11": ("前往该处的派车单", "值班", "豁免", "维修", "试车"),
        "R12": (),
        "R13": ("应急",),
        "R14": ("停用、报废或送修", "平台性失联（大批车辆同时失联）", "终端经登记拆下"),
        "R15": ("维修", "平台性失联（大批车辆同时失联）", "终端经登记拆下"),
        "R16": (),
        "R18": (),
        "R19": (),
        "R20": (),
        "R21": (),
    }
    assert excuses_in_words(CATALOGUE["R10"].expression, "en") == ("an order to that place",)
