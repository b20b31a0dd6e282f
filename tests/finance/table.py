"""Awkward rows of a claims sheet, each with the verdict and the reasons that a careful clerk would give.

:mod:`tests.finance.district` is the registry and the tracks that they are checked against.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from oversight.reasons import Reason, Verdict

R, V = Reason, Verdict

DOCUMENT = Path(__file__).parents[2] / "docs" / "finance.md"
MARK = "<!-- below: written by `python -m tests.finance` -->\n"

HEADINGS = ("车牌号", "时间", "类型", "金额", "升数", "油品", "地点", "卡号", "发票号")
STATION, FAR_STATION, GATE, FAR_GATE = "城东加油站", "城西加油站", "城东收费站", "北收费站"


class Case(NamedTuple):
    """What is awkward about a row, its cells, and what is to be found."""

    what: str
    plate: str
    at: str
    type: str
    amount: str
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    litres: str = ""
    fuel: str = ""
    place: str = ""
    card: str = ""
    invoice: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        return (
            self.plate,
            self.at,
            self.type,
            self.amount,
            self.litres,
            self.fuel,
            self.place,
            self.card,
            self.invoice,
        )


EARLIER = (
    Case("paid in an earlier sheet", "苏N10001", "2026-08-20", "维修", "1200", V.PAY, invoice="88001"),
    Case("the same without an invoice", "苏N10001", "2026-08-21", "保险", "3150.00", V.PAY),
    Case("refused in an earlier sheet", "苏N99999", "2026-08-20", "维修", "700", V.REFUSE, (R.UNKNOWN_PLATE,), invoice="88002"),
)  # fmt: skip
"""The sheet that came before."""


def fuel(what: str, day: str, verdict: Verdict, *reasons: Reason, **more: str) -> Case:
    """40 l for 300 yuan at the station, at 10:00, when 苏N10001 stands there."""
    told = {"plate": "苏N10001", "at": f"2026-{day} 10:00", "amount": "300", "litres": "40", "place": STATION} | more
    return Case(what=what, type="加油", verdict=verdict, reasons=reasons, **told)


CASES = (
    # Plates
    fuel("an ordinary fill, the car stands at the station", "09-01", V.PAY),
    fuel("full width, a dot and lower case", "09-02", V.PAY, plate="苏ｎ·１０００１"),
    fuel("spaces and a dash", "09-03", V.PAY, plate=" 苏N-100 01 "),
    Case("eight characters, new energy", "苏ND12345", "2026-09-22", "保险", "3000", V.PAY),
    Case("O for 0: suggested, never taken for the car", "苏N1OOO1", "2026-09-22", "保险", "3000", V.VERIFY, (R.LETTER_IN_PLATE,)),
    Case("no province", "N10001", "2026-09-22", "洗车", "30", V.VERIFY, (R.NOT_A_PLATE,)),
    Case("a character too few", "苏N1000", "2026-09-22", "洗车", "30", V.VERIFY, (R.NOT_A_PLATE,)),
    Case("two cars in one row", "苏N10001、苏N10003", "2026-09-22", "洗车", "60", V.VERIFY, (R.SEVERAL_PLATES,)),
    Case("no plate", "", "2026-09-22", "洗车", "30", V.VERIFY, (R.NO_PLATE,)),
    Case("a plate that nobody registered", "苏N88888", "2026-09-22", "洗车", "30", V.REFUSE, (R.UNKNOWN_PLATE,)),
    # Enrolment counts at the expense's date
    Case("enrolled a day later", "苏N10003", "2026-09-21", "洗车", "30", V.REFUSE, (R.NOT_ENROLLED, R.SILENT)),
    Case("a minute before the midnight of its enrolment", "苏N10003", "2026-09-21 23:59", "停车", "5", V.REFUSE, (R.NOT_ENROLLED, R.SILENT)),
    Case("a minute after that midnight", "苏N10003", "2026-09-22 00:01", "停车", "5", V.PAY),
    Case("the day of enrolment, from its midnight on", "苏N10003", "2026-09-22", "洗车", "30", V.PAY),
    Case("enrolled at 15:00, the sheet tells the day alone", "苏N10002", "2026-09-22", "洗车", "30", V.VERIFY, (R.ENROLLED_THAT_DAY,)),
    Case("enrolled at 15:00, parked at 14:59", "苏N10002", "2026-09-22 14:59", "停车", "8", V.VERIFY, (R.ENROLLED_THAT_DAY,)),
    Case("enrolled at 15:00, parked at 15:00", "苏N10002", "2026-09-22 15:00", "停车", "8", V.PAY),
    # Trackers
    Case("tracker fitted six working days later: within the grace", "苏N10004", "2026-09-21", "洗车", "30", V.PAY),
    Case("fitted on the tenth working day", "苏N10004", "2026-09-16", "洗车", "30", V.PAY),
    Case("fitted on the eleventh", "苏N10004", "2026-09-15", "洗车", "30", V.VERIFY, (R.FITTED_LATE,)),
    Case("never reported", "苏N10005", "2026-09-22", "洗车", "30", V.VERIFY, (R.NEVER_REPORTED,)),
    Case("insurance needs no track", "苏N10005", "2026-09-22", "保险", "3000", V.PAY),
    Case("inspection needs no track", "苏N10005", "2026-09-22", "年检", "200", V.PAY),
    Case("towing needs no track", "苏N10005", "2026-09-22", "拖车", "400", V.PAY),
    Case("silent on that day", "苏N10006", "2026-09-22", "洗车", "30", V.VERIFY, (R.SILENT,)),
    Case("repair on a silent day: workshops take the battery off", "苏N10006", "2026-09-22", "维修", "900", V.PAY),
    Case("tracker taken out for good before the expense", "苏N10013", "2026-09-22", "洗车", "30", V.VERIFY, (R.NO_TRACKER,)),
    # States
    Case("scrapped", "苏N10007", "2026-09-22", "停车", "10", V.REFUSE, (R.SCRAPPED,)),
    Case("towed after it was scrapped", "苏N10007", "2026-09-22", "拖车", "400", V.VERIFY, (R.AFTER_SCRAPPING,)),
    Case("laid up", "苏N10008", "2026-09-22", "洗车", "30", V.VERIFY, (R.LAID_UP,)),
    Case("insured while laid up", "苏N10008", "2026-09-22", "保险", "3000", V.PAY),
    # Confidential cars: nothing but "by hand"
    Case("a confidential car", "苏N10009", "2026-09-22", "洗车", "30", V.PAY, (R.CONFIDENTIAL,)),
    Case("a confidential car, far too much fuel", "苏N10009", "2026-09-22 10:00", "加油", "9000", V.PAY, (R.CONFIDENTIAL,), litres="900"),
    # Fuel
    fuel("30 km from the station", "09-04", V.VERIFY, R.REFUEL_PLACE, place=FAR_STATION),
    fuel("at the station, but a day on which it stood in its yard", "09-23", V.VERIFY, R.REFUEL_PLACE),
    fuel("positions end before the claim", "09-07", V.VERIFY, R.NOT_COVERED, at="2026-09-07 20:00"),
    fuel("a station that is no zone", "09-08", V.VERIFY, R.UNKNOWN_PLACE, place="某加油站"),
    fuel("no station named", "09-09", V.VERIFY, R.NO_PLACE, place=""),
    fuel("the day alone", "09-10", V.VERIFY, R.NO_TIME, at="2026-09-10"),
    fuel("no litres", "09-11", V.VERIFY, R.NO_LITRES, litres=""),
    fuel("litres at the tank's limit of 60 and 5 %", "09-14", V.PAY, litres="63"),
    fuel("litres over it", "09-15", V.VERIFY, R.OVER_TANK, litres="63.01"),
    fuel("diesel into a petrol car", "09-16", V.VERIFY, R.WRONG_FUEL, fuel="0#柴油"),
    fuel("another grade of petrol", "09-17", V.PAY, fuel="95#"),
    fuel("two fills in four hours, the first", "09-18", V.VERIFY, R.FILLED_AGAIN),
    fuel("two fills in four hours, the second", "09-18", V.VERIFY, R.FILLED_AGAIN, at="2026-09-18 10:15", amount="280", litres="37"),
    fuel("a second tank may be filled at once", "09-22", V.PAY, plate="苏N10010", litres="100"),
    fuel("a second tank: two fills are two tanks", "09-22", V.PAY, plate="苏N10010", at="2026-09-22 10:10", amount="310"),
    fuel("the register does not tell the tank", "09-22", V.VERIFY, R.NO_TANK, plate="苏N10011"),
    Case("a month's fuel twice the norm", "苏N10012", "2026-08-03 12:00", "加油", "500", V.VERIFY, (R.UNKNOWN_PLACE, R.FUEL_USE), litres="70", place="外地站"),
    # Tolls
    Case("a toll at the gate", "苏N10001", "2026-09-22 10:00", "通行费", "15", V.PAY, place=GATE),
    Case("a toll elsewhere", "苏N10001", "2026-09-22 10:05", "通行费", "15", V.VERIFY, (R.TOLL_MISMATCH,), place=FAR_GATE),
    # Repair, fines, washing
    Case("repaired while it drove", "苏N10001", "2026-09-22 09:40", "维修", "800", V.VERIFY, (R.REPAIRED_WHILE_DRIVING,)),
    Case("repaired while it stood", "苏N10001", "2026-09-22 15:00", "维修", "810", V.PAY),
    Case("a traffic fine", "苏N10001", "2026-09-22", "交通罚款", "200", V.REFUSE, (R.FINE,)),
    Case("a type that nobody knows", "苏N10001", "2026-09-22", "餐费", "200", V.VERIFY, (R.UNKNOWN_TYPE,)),
    # Holidays
    Case("National Day, no order", "苏N10001", "2026-10-01", "洗车", "30", V.VERIFY, (R.SEALED,)),
    Case("National Day, under an order", "苏N10001", "2026-10-02", "停车", "20", V.PAY),
    Case("National Day, an order that was cancelled", "苏N10001", "2026-10-03", "停车", "20", V.VERIFY, (R.SEALED,)),
    Case("a make-up workday on a Sunday is no holiday", "苏N10001", "2026-09-20", "洗车", "30", V.PAY),
    # Invoices, rows and cards
    Case("one invoice twice, the first", "苏N10001", "2026-09-24", "维修", "500", V.VERIFY, (R.REPEATED_INVOICE,), invoice="70001"),
    Case("one invoice twice, the second, in full width", "苏N10001", "2026-09-24", "维修", "500", V.VERIFY, (R.REPEATED_INVOICE,), invoice="７０００１"),
    Case("one invoice for two cars, the first", "苏N10001", "2026-09-24", "维修", "600", V.VERIFY, (R.REPEATED_INVOICE, R.INVOICE_OF_TWO_CARS), invoice="70002"),
    Case("one invoice for two cars, the second", "苏N10003", "2026-09-24", "维修", "600", V.VERIFY, (R.REPEATED_INVOICE, R.INVOICE_OF_TWO_CARS), invoice="70002"),
    Case("an invoice of an earlier sheet", "苏N10001", "2026-09-24", "维修", "1200", V.VERIFY, (R.INVOICE_IN_EARLIER_SHEET,), invoice="88001"),
    Case("an invoice that was refused before, now for the right car", "苏N10001", "2026-08-20", "维修", "700", V.PAY, invoice="88002"),
    Case("the very same row in an earlier sheet, no invoice", "苏N10001", "2026-08-21", "保险", "3150", V.VERIFY, (R.ROW_IN_EARLIER_SHEET,)),
    Case("the very same row twice, no invoice, the first", "苏N10001", "2026-09-28", "洗车", "35", V.VERIFY, (R.REPEATED_ROW,)),
    Case("the very same row twice, no invoice, the second", "苏N10001", "2026-09-28", "洗车", "35", V.VERIFY, (R.REPEATED_ROW,)),
    Case("a card that is bound to another car", "苏N10003", "2026-09-24", "停车", "12", V.VERIFY, (R.CARD_OF_ANOTHER,), card="0009001"),
    Case("the car's own card", "苏N10001", "2026-09-24", "停车", "12", V.PAY, card="0009001"),
    # Money and dates
    Case("a negative amount", "苏N10001", "2026-09-22", "保险", "-300", V.VERIFY, (R.NEGATIVE_AMOUNT,)),
    Case("nothing to pay", "苏N10001", "2026-09-22", "保险", "0", V.VERIFY, (R.NO_AMOUNT,)),
    Case("a date to come", "苏N10001", "2150-09-22", "保险", "300", V.VERIFY, (R.IN_THE_FUTURE,)),
    Case("a date before 2000", "苏N10001", "1999-12-31", "保险", "300", V.REFUSE, (R.NOT_ENROLLED, R.LONG_AGO)),
    Case("a Chinese date, full-width digits, separators of thousands", "苏N10001", "２０２６年９月２２日", "保险", "３，０００.５０", V.PAY),
    # Several reasons: the worst decides, all are shown
    Case("scrapped, on a holiday, with another's card", "苏N10007", "2026-10-01", "停车", "10", V.REFUSE,
         (R.SCRAPPED, R.CARD_OF_ANOTHER, R.SEALED), card="0009001"),
)  # fmt: skip


def text() -> str:
    """The table as docs/finance.md shows it."""
    lines = ["| row | cells | verdict | reasons |", "|---|---|---|---|"]
    for case in CASES:
        cells = " · ".join(cell.strip() for cell in case.cells if cell.strip())
        codes = ", ".join(f"`{reason.value}`" for reason in case.reasons)
        lines.append(f"| {case.what} | {cells} | {case.verdict.zh} {case.verdict.value} | {codes} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """docs/finance.md with the table as it is now."""
    prose, mark, _ = DOCUMENT.read_text(encoding="utf-8").partition(MARK)
    return prose + mark + "\n" + text()
