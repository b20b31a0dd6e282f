"""``gongche calendar``: the centre's own days and years, entered by one person and checked by another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from fleet.audit import Detail
from fleet.history import Outcome
from gongche.addresses import find_database
from gongche.calendar_desk import Checked, YearShown, checked_day, checked_year, year_shown
from gongche.commands.imports import print_report
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.doing import file_told, record
from gongche.imports.calendar_year import EnteredYear, import_calendar_year, oddities_as_json
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from rules.schedule import Oddity, festival_name
from store.calendar_days import CalendarDay, save_calendar_days
from store.changes import Change
from store.database import Connection, connect
from store.errors import store_errors

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The centre's own days and years; each counts once another person has checked it · 日历",
)
T = TypeVar("T")
FIRST_YEAR, LAST_YEAR = 2000, 2199

Year = Annotated[int, typer.Argument(metavar="YEAR", min=FIRST_YEAR, max=LAST_YEAR, help="as 2027 · 年份")]
By = Annotated[str, typer.Option("--by", help="who does it, by name · 经办人")]
Source = Annotated[str, typer.Option("--source", help="the document that says so · 文件")]


class Said(StrEnum):
    """What an entry says of a day."""

    OFF = "off"
    WORK = "work"
    AS_PUBLISHED = "as-published"


_IS_OFF = {Said.OFF: True, Said.WORK: False, Said.AS_PUBLISHED: None}
_OFF_SHOWN = {True: "休 off", False: "班 work", None: "撤销 as published"}
_STANDING_SHOWN = {"counts": "生效 counts", "waiting": "待复核 waiting", "superseded": "已更正 superseded"}
_STATE_SHOWN = {
    "known": "已知 known",
    "waiting": "已录入，待另一人复核；在此之前为未知 entered, waits for its second checker; UNKNOWN until then",
    "unknown": "未知：研判均为暂定 UNKNOWN: judged provisionally",
}


@app.command("show")
def show(year: Year, form: FormatOption = Format.TABLE) -> None:
    """Show what is known of a year, and every entry of its days · 查看某年日历."""
    settings = Settings()
    shown = _connected(settings, lambda conn: year_shown(conn, year, settings.zone))
    if form is Format.JSON:
        print_record(_record(shown), form=form)
        return
    typer.echo(f"{year}: {_STATE_SHOWN[shown.state]}")
    for span in shown.holidays:
        typer.echo(f"  {span.first} – {span.last}  {'、'.join(span.festivals)}")
    rows = [
        {**row, "off": _OFF_SHOWN[row["off"]], "standing": _STANDING_SHOWN[row["standing"]]} for row in _days(shown)
    ]
    rows += [{**row, "day": row["year"], "off": "整年 whole year" if row["complete"] else "未录全 not whole",
              "standing": _STANDING_SHOWN[row["standing"]]} for row in _declared(shown)]  # fmt: skip
    if rows:
        headings = {"day": "日期", "off": "安排", "festival": "节日", "source": "文件", "entered_by": "录入人",
                    "entered_at": "录入时间", "checked_by": "复核人", "standing": "状态"}  # fmt: skip
        print_rows(rows, headings=headings, form=form)


@app.command("enter")
def enter(
    day: Annotated[datetime, typer.Argument(metavar="DAY", formats=["%Y-%m-%d"], help="as 2027-01-01 · 日期")],
    said: Annotated[Said, typer.Argument(metavar="SAID", help="off, work, as-published · 休、班、撤销")],
    source: Source,
    by: By,
    festival: Annotated[str, typer.Option("--festival", help="as 元旦 · 节日")] = "",
) -> None:
    """Enter one day; it counts once another person has checked it · 录入一天."""
    name = festival_name(festival) if said is Said.OFF else ""
    entry = CalendarDay(day.date(), _IS_OFF[said], _text(source, "--source"), _text(by, "--by"), name)

    async def act(conn: Connection) -> list[Change]:
        changes = await save_calendar_days(conn, [entry])
        told: dict[str, Detail | list[Detail]] = {"said": said.value, "source": entry.source, "festival": name}
        if changes[0].outcome is not Outcome.SAME:
            await record(conn, "enter_calendar", entry.day.isoformat(), told, by)
        return changes

    (change,) = _connected(Settings(), act)
    typer.echo(f"{entry.day}: {change.outcome.value}; 待另一人复核 waits for its second checker")


@app.command("enter-year")
def enter_year(
    year: Year,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The sheet · 文件")],
    source: Source,
    by: By,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, change nothing · 试运行")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Enter a year's whole schedule from a sheet: day, off or work, festival · 录入全年放假安排.

    Exit status 1: rows were refused (then nothing is entered), or something looks odd.
    """
    settings = Settings()
    source, by = _text(source, "--source"), _text(by, "--by")

    async def act(conn: Connection) -> EnteredYear:
        entered = await import_calendar_year(conn, year, file, settings.zone, source=source, by=by, dry_run=dry_run)
        if not entered.report.dry_run:
            told = {**file_told(file), "source": source, **entered.report.counts}
            await record(conn, "enter_calendar", str(year), told, by)
        return entered

    done = _connected(settings, act)
    if form is Format.JSON:
        print_record(done.as_json(), form=form)
    else:
        print_report(done.report)
        _print_oddities(done.oddities)
        if not done.report.dry_run:
            typer.echo(f"{year}: {_STATE_SHOWN['waiting']}")
    raise typer.Exit(done.exit_status)


@app.command("check")
def check(
    what: Annotated[str, typer.Argument(metavar="YEAR|DAY", help="as 2027 or 2027-01-01 · 年份或日期")],
    by: By,
    form: FormatOption = Format.TABLE,
) -> None:
    """Check what another person entered of a year or a day: from then on it counts · 复核.

    Exit status 1: the schedule that counts now looks odd.
    """
    settings, by = Settings(), _text(by, "--by")
    year, day = _year_or_day(what)

    async def act(conn: Connection) -> Checked:
        checked = await (checked_day(conn, day, by) if day else checked_year(conn, year, by, settings.zone))
        await record(conn, "check_calendar", what, {"days": [one.day.isoformat() for one in checked.days]}, by)
        return checked

    done: Checked = _connected(settings, act)
    if form is Format.JSON:
        days = [entry.day for entry in done.days]
        told = {"days": days, "year": done.year and done.year.year, "oddities": oddities_as_json(done.oddities)}
        print_record(told, form=form)
    else:
        typer.echo(f"{what}: 已复核 checked, 天数 days {len(done.days)}" + (", 整年 whole year" if done.year else ""))
        _print_oddities(done.oddities)
    raise typer.Exit(FOUND_PROBLEMS if done.oddities else 0)


def _connected(settings: Settings, act: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        with store_errors():
            dsn = find_database(settings)
            async with (
                await connect(dsn, autocommit=True, application="gongche calendar") as conn,
                conn.transaction(),
            ):
                return await act(conn)

    return asyncio.run(connected())


def _text(text: str, option: str) -> str:
    if not text.strip():
        raise Problem(f"{option} 不能为空", f"{option} must not be empty")
    return text.strip()


def _year_or_day(text: str) -> tuple[int, date | None]:
    try:
        if len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR:
            return int(text), None
        day = date.fromisoformat(text)
    except ValueError:
        raise Problem(f"应为年份或日期，如 2027 或 2027-01-01：{text}", f"neither a year nor a day: {text}") from None
    return day.year, day


def _print_oddities(odd: Sequence[Oddity]) -> None:
    for one in odd:
        typer.echo(f"请核对 look again: {one.zh} / {one.en}")


def _days(shown: YearShown) -> list[dict[str, Any]]:
    return [
        {"day": e.day, "off": e.is_off, "festival": e.festival, "source": e.source, "entered_by": e.entered_by,
         "entered_at": e.entered_at, "checked_by": e.checked_by, "checked_at": e.checked_at, "standing": of}
        for e, of in shown.days
    ]  # fmt: skip


def _declared(shown: YearShown) -> list[dict[str, Any]]:
    return [
        {"year": e.year, "complete": e.is_complete, "source": e.source, "entered_by": e.entered_by,
         "entered_at": e.entered_at, "checked_by": e.checked_by, "checked_at": e.checked_at, "standing": of}
        for e, of in shown.declared
    ]  # fmt: skip


def _record(shown: YearShown) -> dict[str, Any]:
    return {
        "year": shown.year,
        "state": shown.state,
        "holidays": [{"first": s.first, "last": s.last, "festivals": list(s.festivals)} for s in shown.holidays],
        "days": _days(shown),
        "years": _declared(shown),
    }
