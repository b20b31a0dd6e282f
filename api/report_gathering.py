"""What a report is made from, read once: both languages are written from the same.

Whoever issues it, a report holds no cars of confidential mail, as it is read by many; but for a case file, which is
read by those only who may see its car.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from api.case_gathering import case_gathered
from api.casework import case_of
from api.problem import RefusedError, not_found
from api.report_maps import NO_MAPS, MapMaker, week_maps
from api.sheet_facts import sheet_facts
from api.site import Site
from api.work_days import work_calendar
from fleet.week import Week
from oversight import points as unit_points
from oversight.bulletin import DecidedCase, bulletin, for_bulletin
from oversight.campaign_figures import figures
from oversight.document import Document
from oversight.draw import CONFIDENTIAL_UNIT, Why
from oversight.report import Period, ReportKind
from oversight.report_holiday import HOLIDAY_USE, NOT_SEALED, HolidayMatter, SealingFigures, holiday_report
from oversight.report_ranking import MonthOfUnits, UnitMonth, ranking_report
from oversight.report_spot_check import CheckedCar, SpotCheck, spot_check_report
from oversight.report_week import WeekOfViolations, week_report
from oversight.report_words import Letterhead
from oversight.sheets import Finding, checked_week
from rules.calendar import DayKind, HolidaySpan, WorkCalendar
from store import campaigns, cases, draws, report_matter
from store.database import Connection
from store.draws import Sheet
from store.scope import Scope

_SHOWN_TO_ALL = Scope(confidential=False)


@dataclass(frozen=True, slots=True)
class Gathered:
    """``write`` makes the document, with maps by the id of what they show; ``maps`` draws them in a language.

    ``unfinished``: why it may be looked at but not issued yet, in both languages.
    """

    write: Callable[[Letterhead, Mapping[int, str]], Document]
    maps: MapMaker = NO_MAPS
    plates: tuple[str, ...] = ()
    unit_ids: frozenset[int] = field(default_factory=frozenset)
    unfinished: tuple[str, str] | None = None


async def gathered(conn: Connection, site: Site, about: Period, *, scope: Scope) -> Gathered:
    """Refuses with 404 or 409 where there is nothing to report on."""
    match about.kind:
        case ReportKind.SPOT_CHECK:
            return await _spot_check(conn, site, about.week)
        case ReportKind.WEEK:
            return await _week(conn, site, about.week)
        case ReportKind.BULLETIN:
            return await _bulletin(conn, site, about)
        case ReportKind.RANKING:
            return await _ranking(conn, site, about)
        case ReportKind.HOLIDAY:
            return await _holiday(conn, site, about.first_day)
        case ReportKind.CASE_FILE:
            found = await case_gathered(conn, site, about.case_id, scope=scope)
            mapped = any(found.maps.shows(one.full.id) for one in found.held)
            return Gathered(found.write, found.maps, (found.listed.plate,) if mapped else ())


async def _spot_check(conn: Connection, site: Site, week: Week) -> Gathered:
    found = await draws.standing(conn, week)
    if found is None:
        raise not_found(f"{week} 的抽签", f"draw of {week}")
    checked, told = checked_week(week), found.told
    sheets = await draws.sheets(conn, found.id, scope=_SHOWN_TO_ALL)
    ids = [sheet.vehicle_id for sheet in sheets]
    since, until = site.start_of(checked.monday), site.start_of(checked.after)
    calendar = await work_calendar(conn, site)
    names = dict(told["frame"]["units"])
    unit_cars: list[tuple[str, int | None]] = [
        (names[code], cars) for code, cars, _ in told["strata"] if code != CONFIDENTIAL_UNIT
    ]
    known = {unit for unit, _ in unit_cars}
    unit_cars += [(unit, None) for unit in sorted({sheet.unit for sheet in sheets} - known)]
    check = SpotCheck(
        week=week,
        attempt=found.attempt,
        reason=found.reason,
        digest=found.digest.hex(),
        seed_sha256=told["seed_sha256"],
        committed_at=found.committed_at,
        frozen_at=found.frozen_at,
        share_percent=told["share_percent"],
        overdue_weeks=told["overdue_weeks"],
        frame=len(told["frame"]["cars"]),
        places=sum(places for *_, places in told["strata"]),
        drawn=sum(why == Why.DRAWN for *_, why in told["chosen"]),
        overdue=sum(why == Why.OVERDUE for *_, why in told["chosen"]),
        hidden=len(told["chosen"]) - len(sheets),
        unit_cars=unit_cars,
        cars=[await _checked_car(conn, site, sheet, checked) for sheet in sheets],
        violations=await report_matter.violations(conn, since, until, scope=_SHOWN_TO_ALL, vehicles=ids),
        unknown_days=_unknown(calendar, since_day=checked.monday, until_day=checked.after),
    )
    maps = await week_maps(conn, site, sheets, checked, check.violations)

    def write(head: Letterhead, svgs: Mapping[int, str]) -> Document:
        cars = [replace(car, svg=svgs.get(car.vehicle_id)) for car in check.cars]
        return spot_check_report(replace(check, cars=cars), head)

    return Gathered(write, maps, tuple(sheet.plate for sheet in sheets if maps.shows(sheet.vehicle_id)))


async def _checked_car(conn: Connection, site: Site, sheet: Sheet, checked: Week) -> CheckedCar:
    facts = sheet.facts or await sheet_facts(conn, site, sheet.vehicle_id, checked, scope=_SHOWN_TO_ALL)
    return CheckedCar(
        vehicle_id=sheet.vehicle_id,
        plate=sheet.plate,
        unit_id=sheet.unit_id,
        unit=sheet.unit,
        why=Why(sheet.why),
        facts=facts,
        finding=Finding(sheet.finding) if sheet.finding else None,
        note=sheet.note or "",
        signed_by=sheet.signed_by,
        signed_at=sheet.signed_at,
    )


async def _week(conn: Connection, site: Site, week: Week) -> Gathered:
    since, until = site.start_of(week.monday), site.start_of(week.after)
    _must_have_begun(site, week.monday)
    before = site.start_of(week.previous.monday)
    matter = WeekOfViolations(
        week=week,
        violations=await report_matter.violations(conn, since, until, scope=_SHOWN_TO_ALL),
        before=await report_matter.violations(conn, before, since, scope=_SHOWN_TO_ALL),
        units=await report_matter.units(conn, since, until, scope=_SHOWN_TO_ALL),
        is_over=until <= site.now(),
        waiting=await report_matter.waiting(conn, scope=_SHOWN_TO_ALL),
        unknown_days=_unknown(await work_calendar(conn, site), since_day=week.monday, until_day=week.after),
    )
    return Gathered(lambda head, _: week_report(matter, head), unfinished=_unfinished(matter.is_over))


async def _bulletin(conn: Connection, site: Site, about: Period) -> Gathered:
    month = about.month
    since, until = site.start_of(month), site.start_of(about.next_month)
    _must_have_begun(site, month)
    found = [
        DecidedCase(
            id=one.id,
            unit_id=one.unit_id,
            unit=one.unit,
            plate=one.plate,
            rule_ids=one.rule_ids,
            first_at=one.first_at,
            points=one.points,
            case=case_of(await cases.events(conn, one.id)),
        )
        for one in await report_matter.decided(conn, since, until, scope=_SHOWN_TO_ALL)
    ]
    chosen = for_bulletin(found, since, until)
    none = ("本月没有可以通报的案件", "there is no case for a bulletin in this month")
    return Gathered(
        lambda head, _: bulletin(month, chosen, head),
        unit_ids=frozenset(one.unit_id for one in chosen),
        unfinished=_unfinished(until <= site.now()) or (None if chosen else none),
    )


async def _ranking(conn: Connection, site: Site, about: Period) -> Gathered:
    month, rules = about.month, site.office.points
    since, until = site.start_of(month), site.start_of(about.next_month)
    _must_have_begun(site, month)
    found = await report_matter.month(conn, since, until, year=month.year, now=site.now(), scope=_SHOWN_TO_ALL)
    matter = MonthOfUnits(
        month=month,
        start=rules.start,
        units=[
            UnitMonth(
                unit_id=one.unit_id, unit=one.unit, cars=one.cars, points=unit_points.left(rules, [one.year_change]),
                taken=one.taken, confirmed=one.confirmed, procedural=one.procedural, suspected=one.suspected,
                sheets=one.sheets, signed=one.signed,
            )
            for one in found
        ],
        is_over=until <= site.now(),
        unknown_days=_unknown(await work_calendar(conn, site), since_day=month, until_day=about.next_month),
    )  # fmt: skip
    return Gathered(lambda head, _: ranking_report(matter, head), unfinished=_unfinished(matter.is_over))


async def _holiday(conn: Connection, site: Site, first: date) -> Gathered:
    calendar = await work_calendar(conn, site)
    span = next((one for one in calendar.holiday_spans(first, first) if one.first == first), None)
    if span is None:
        raise not_found(f"{first} 开始的假期", f"holiday that begins on {first}")
    _must_have_begun(site, first)
    since, until = site.start_of(span.first), site.start_of(span.last + timedelta(days=1))
    matter = HolidayMatter(
        span=span,
        units=await report_matter.units(conn, since, until, scope=_SHOWN_TO_ALL),
        violations=await report_matter.violations(conn, since, until, scope=_SHOWN_TO_ALL),
        orders=await report_matter.orders(conn, since, until, scope=_SHOWN_TO_ALL),
        cases=await report_matter.cases(conn, since, until, [HOLIDAY_USE, NOT_SEALED], scope=_SHOWN_TO_ALL),
        sealing=await _sealing(conn, span),
        is_over=until <= site.now(),
    )
    return Gathered(lambda head, _: holiday_report(matter, head), unfinished=_unfinished(matter.is_over))


async def _sealing(conn: Connection, span: HolidaySpan) -> SealingFigures | None:
    """As the holiday's campaign told it two hours in; None where there was none, or nothing was told yet."""
    for one in await campaigns.campaigns(conn, span.last, span.last):
        for paper in await campaigns.papers(conn, one.key, "progress"):
            told = figures(paper.lines(_SHOWN_TO_ALL))
            return SealingFigures(to_seal=told.listed, exempt=told.exempt, sealed=told.sealed)
    return None


def _must_have_begun(site: Site, first: date) -> None:
    if first > site.today():
        raise RefusedError(
            409, "not_begun", f"{first} 尚未到来，无可报告", f"{first} is still to come: nothing to report"
        )


def _unfinished(is_over: bool) -> tuple[str, str] | None:
    return None if is_over else ("报告的时段尚未结束", "the time that it is about is not over")


def _unknown(calendar: WorkCalendar, *, since_day: date, until_day: date) -> list[date]:
    days = (since_day + timedelta(days=n) for n in range((until_day - since_day).days))
    return [day for day in days if calendar.day(day).kind is DayKind.UNKNOWN]
