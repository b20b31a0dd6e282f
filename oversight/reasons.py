"""Verdicts on a claims sheet's rows, and the reasons for them, each with what it means and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """What finance is told of a row."""

    PAY = "pay"
    VERIFY = "verify"
    REFUSE = "refuse"

    @property
    def zh(self) -> str:
        return {"pay": "可支出", "verify": "需核实", "refuse": "不予支出"}[self.value]

    @property
    def rank(self) -> int:
        """The worst is the greatest."""
        return list(Verdict).index(self)


class Reason(StrEnum):
    """Why. The value is the code that a result shows; it never changes meaning."""

    CONFIDENTIAL = "confidential"
    NOT_ENROLLED = "not_enrolled"
    UNKNOWN_PLATE = "unknown_plate"
    SCRAPPED = "scrapped"
    FINE = "fine"
    NO_PLATE = "no_plate"
    NOT_A_PLATE = "not_a_plate"
    SEVERAL_PLATES = "several_plates"
    LETTER_IN_PLATE = "letter_in_plate"
    ENROLLED_THAT_DAY = "enrolled_that_day"
    AFTER_SCRAPPING = "after_scrapping"
    LAID_UP = "laid_up"
    UNKNOWN_TYPE = "unknown_type"
    NEGATIVE_AMOUNT = "negative_amount"
    NO_AMOUNT = "no_amount"
    IN_THE_FUTURE = "in_the_future"
    LONG_AGO = "long_ago"
    NEVER_REPORTED = "never_reported"
    NO_TRACKER = "no_tracker"
    FITTED_LATE = "fitted_late"
    SILENT = "silent"
    NOT_COVERED = "not_covered"
    NO_TIME = "no_time"
    NO_PLACE = "no_place"
    UNKNOWN_PLACE = "unknown_place"
    REFUEL_PLACE = "refuel_place"
    TOLL_MISMATCH = "toll_mismatch"
    NO_LITRES = "no_litres"
    NO_TANK = "no_tank"
    OVER_TANK = "over_tank"
    FILLED_AGAIN = "filled_again"
    WRONG_FUEL = "wrong_fuel"
    FUEL_USE = "fuel_use"
    REPEATED_INVOICE = "repeated_invoice"
    INVOICE_IN_EARLIER_SHEET = "invoice_in_earlier_sheet"
    INVOICE_OF_TWO_CARS = "invoice_of_two_cars"
    REPEATED_ROW = "repeated_row"
    ROW_IN_EARLIER_SHEET = "row_in_earlier_sheet"
    CARD_OF_ANOTHER = "card_of_another"
    SEALED = "sealed"
    UNKNOWN_DAY = "unknown_day"
    REPAIRED_WHILE_DRIVING = "repaired_while_driving"


class Words(NamedTuple):
    """What a reason decides, what it means and what to do about it."""

    verdict: Verdict
    zh: str
    en: str
    do_zh: str
    do_en: str


_PAY, _VERIFY, _REFUSE = Verdict.PAY, Verdict.VERIFY, Verdict.REFUSE

WORDS: dict[Reason, Words] = {
    Reason.CONFIDENTIAL: Words(
        _PAY,
        "可支出，人工核对",
        "allowed, check by hand",
        "按单位内部程序人工核对",
        "check it by hand as the unit's own procedure says",
    ),
    Reason.NOT_ENROLLED: Words(
        _REFUSE,
        "支出时该车未纳管",
        "the car was not enrolled at the time of the expense",
        "不予支出；如纳管记录有误，请车管中心更正后申诉",
        "do not pay; if the enrolment is recorded wrongly, have the centre correct it and appeal",
    ),
    Reason.UNKNOWN_PLATE: Words(
        _REFUSE,
        "该车牌不在车辆登记中",
        "the register does not know this plate",
        "核对行驶证上的车牌；车辆确属本单位的，先办理登记和纳管",
        "compare with the vehicle licence; if the car is the unit's, have it registered and enrolled first",
    ),
    Reason.SCRAPPED: Words(
        _REFUSE,
        "支出时该车已报废",
        "the car was scrapped at the time of the expense",
        "不予支出；报废日期有误的，凭文件申诉",
        "do not pay; if the date of scrapping is wrong, appeal with the document",
    ),
    Reason.FINE: Words(
        _REFUSE,
        "交通罚款由责任人承担，不得报销",
        "a traffic fine is the driver's to pay, not public money",
        "退回，由责任人自行缴纳",
        "send it back; who drove pays it",
    ),
    Reason.NO_PLATE: Words(
        _VERIFY,
        "没有填写车牌",
        "the row names no plate",
        "补填车牌后重新送审",
        "enter the plate and send the sheet again",
    ),
    Reason.NOT_A_PLATE: Words(
        _VERIFY,
        "不是车牌号：应为省份简称、字母和 5 或 6 位",
        "not a plate: a province's character, a letter and 5 or 6 more",
        "按行驶证填写完整车牌",
        "write the whole plate as on the vehicle licence",
    ),
    Reason.SEVERAL_PLATES: Words(
        _VERIFY, "一行写了多个车牌", "the row names several plates", "每辆车各填一行", "one row for each car"
    ),
    Reason.LETTER_IN_PLATE: Words(
        _VERIFY,
        "车牌序号中不使用字母 O 和 I，疑为数字 0 和 1",
        "the letters O and I are not used in a plate's number; 0 and 1 may be meant",
        "对照行驶证改正；系统不代为更正",
        "compare with the vehicle licence and correct it; nothing is corrected for you",
    ),
    Reason.ENROLLED_THAT_DAY: Words(
        _VERIFY,
        "该车当日才纳管或当日停止纳管，先后无法确定",
        "the car's enrolment begins or ends on that day; which came first is open",
        "核对票据时间与纳管时间",
        "compare the receipt's time with that of the enrolment",
    ),
    Reason.AFTER_SCRAPPING: Words(
        _VERIFY,
        "该车已报废，此类费用须有依据",
        "the car is scrapped; such a cost needs a document",
        "核对报废手续与费用的关系",
        "see how the cost belongs to the scrapping",
    ),
    Reason.LAID_UP: Words(
        _VERIFY,
        "支出时该车停用",
        "the car was laid up at the time of the expense",
        "核对停用文件和用车原因",
        "compare with the document on laying up and ask for the reason",
    ),
    Reason.UNKNOWN_TYPE: Words(
        _VERIFY,
        "费用类型不在可报范围的名称中",
        "the type of expense is none of the known ones",
        "改为规定的类型名称，或说明性质",
        "use one of the known types, or say what it is",
    ),
    Reason.NEGATIVE_AMOUNT: Words(
        _VERIFY,
        "金额为负数",
        "the amount is negative",
        "退款、红字发票请对应原单据人工处理",
        "handle refunds and red-letter invoices with their original by hand",
    ),
    Reason.NO_AMOUNT: Words(_VERIFY, "金额为 0", "the amount is 0", "核对票据金额", "compare with the receipt"),
    Reason.IN_THE_FUTURE: Words(
        _VERIFY,
        "支出日期晚于审核之时",
        "the expense is later than the check",
        "核对票据日期",
        "compare with the receipt's date",
    ),
    Reason.LONG_AGO: Words(
        _VERIFY,
        "支出日期早于 2000 年",
        "the expense is from before the year 2000",
        "核对票据日期",
        "compare with the receipt's date",
    ),
    Reason.NEVER_REPORTED: Words(
        _VERIFY,
        "该车从未上报过定位",
        "the car has never reported a position",
        "请车管中心检查终端",
        "have the centre look at the tracker",
    ),
    Reason.NO_TRACKER: Words(
        _VERIFY,
        "支出时该车未装定位终端",
        "the car had no tracker at the time of the expense",
        "核对终端安装记录和用车记录",
        "compare the fitting records and the log of use",
    ),
    Reason.FITTED_LATE: Words(
        _VERIFY,
        "支出后超过 10 个工作日才安装定位终端",
        "the tracker was fitted over 10 working days after the expense",
        "核对用车记录和迟装原因",
        "compare the log of use and ask why it was fitted late",
    ),
    Reason.SILENT: Words(
        _VERIFY,
        "支出当日该车没有定位",
        "the car reported no position on that day",
        "核对用车记录；请车管中心检查终端",
        "compare the log of use; have the centre look at the tracker",
    ),
    Reason.NOT_COVERED: Words(
        _VERIFY,
        "支出前后定位不连续，无法核对地点",
        "positions around the time have holes; the place cannot be compared",
        "核对票据与用车记录",
        "compare the receipt with the log of use",
    ),
    Reason.NO_TIME: Words(
        _VERIFY,
        "只有日期没有时间，无法核对地点",
        "the day alone is told; the place cannot be compared",
        "按小票补填时间，或人工核对",
        "enter the receipt's time, or compare by hand",
    ),
    Reason.NO_PLACE: Words(
        _VERIFY,
        "没有填写油站或收费站",
        "no station or gate is named",
        "按票据补填地点",
        "enter the place as on the receipt",
    ),
    Reason.UNKNOWN_PLACE: Words(
        _VERIFY,
        "地点不在围栏登记中，无法核对",
        "the place is no zone that is known then; it cannot be compared",
        "核对名称；常用站点请车管中心登记为围栏",
        "check the name; have the centre enter a usual place as a zone",
    ),
    Reason.REFUEL_PLACE: Words(
        _VERIFY,
        "加油时车辆不在该加油站",
        "the car was not at that station when it was filled up",
        "要求说明并核对小票、监控",
        "ask for a statement; compare the receipt and the station's record",
    ),
    Reason.TOLL_MISMATCH: Words(
        _VERIFY,
        "通行时车辆不在该收费站附近",
        "the car was not near that gate then",
        "核对通行记录和 ETC 绑定车牌",
        "compare the toll record and the plate of its ETC card",
    ),
    Reason.NO_LITRES: Words(
        _VERIFY,
        "没有填写升数，无法核对加油量",
        "no litres are told; the amount cannot be compared",
        "按小票补填升数",
        "enter the litres of the receipt",
    ),
    Reason.NO_TANK: Words(
        _VERIFY,
        "车辆登记中没有油箱容积，无法核对加油量",
        "the register does not tell the tank; the amount cannot be compared",
        "请车管中心补录油箱容积",
        "have the centre enter the tank",
    ),
    Reason.OVER_TANK: Words(
        _VERIFY,
        "加油量超过油箱容积",
        "more litres than the tanks hold",
        "核对小票；要求说明",
        "compare the receipt and ask for a statement",
    ),
    Reason.FILLED_AGAIN: Words(
        _VERIFY,
        "短时间内多次加油",
        "filled up several times within a short time",
        "核对各次小票和里程",
        "compare the receipts and the mileage",
    ),
    Reason.WRONG_FUEL: Words(
        _VERIFY,
        "油品与车辆不符",
        "another fuel than the car takes",
        "核对行驶证燃料种类与小票",
        "compare the licence's fuel with the receipt",
    ),
    Reason.FUEL_USE: Words(
        _VERIFY,
        "当月油耗明显高于定额",
        "the month's fuel is well over the car's norm",
        "结合里程核对当月全部加油",
        "compare all of the month's fills with the mileage",
    ),
    Reason.REPEATED_INVOICE: Words(
        _VERIFY,
        "本表内发票号重复",
        "the same invoice stands in another row of this sheet",
        "核对是否一票多报；汇总发票只报一次",
        "see whether one invoice is claimed twice",
    ),
    Reason.INVOICE_IN_EARLIER_SHEET: Words(
        _VERIFY,
        "发票号在以前的报销表中出现过",
        "the same invoice stands in an earlier sheet",
        "调出以前的报销单核对",
        "compare with the earlier claim",
    ),
    Reason.INVOICE_OF_TWO_CARS: Words(
        _VERIFY,
        "同一发票用于不同车辆",
        "one invoice is claimed for two cars",
        "核对发票注明的车牌",
        "compare the plate that the invoice names",
    ),
    Reason.REPEATED_ROW: Words(
        _VERIFY,
        "与本表另一行完全相同",
        "another row of this sheet says the very same",
        "核对是否重复填写",
        "see whether it was entered twice",
    ),
    Reason.ROW_IN_EARLIER_SHEET: Words(
        _VERIFY,
        "与以前报销表的一行完全相同",
        "a row of an earlier sheet says the very same",
        "调出以前的报销单核对",
        "compare with the earlier claim",
    ),
    Reason.CARD_OF_ANOTHER: Words(
        _VERIFY,
        "该卡绑定的是其他车辆",
        "the card is bound to another car",
        "核对一车一卡；要求说明",
        "one card, one car: ask for a statement",
    ),
    Reason.SEALED: Words(
        _VERIFY,
        "节假日封存期间支出，没有有效派车单",
        "an expense within a holiday span, without an order that counts",
        "补充派车单或说明原因",
        "ask for the order or the reason",
    ),
    Reason.UNKNOWN_DAY: Words(
        _VERIFY,
        "该日是否放假尚未公布，且没有派车单",
        "whether that day is a holiday is not known, and there is no order",
        "待日历公布后重新审核，或核对派车单",
        "check again once the calendar is known, or ask for the order",
    ),
    Reason.REPAIRED_WHILE_DRIVING: Words(
        _VERIFY,
        "维修期间车辆在行驶",
        "the car drove while it was in repair",
        "核对维修清单和交接时间",
        "compare the repair's list and its times",
    ),
}
"""Every reason, in the order in which reasons of one verdict are told."""


def worst(reasons: Iterable[Reason]) -> Verdict:
    """What the reasons decide together; pay where there are none."""
    return max((WORDS[reason].verdict for reason in reasons), key=lambda verdict: verdict.rank, default=Verdict.PAY)
