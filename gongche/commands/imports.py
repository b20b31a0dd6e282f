"""``gongche import``: load what the centre owns from its sheets (docs/import.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fleet.audit import Detail
from fleet.history import Outcome
from gongche.addresses import find_database
from gongche.commands.import_positions import positions
from gongche.commands.output import Format, FormatOption, print_record
from gongche.doing import file_told, record
from gongche.imports.calendar_days import import_calendar_days
from gongche.imports.expenses import import_expenses
from gongche.imports.fittings import import_fittings
from gongche.imports.orders import import_orders
from gongche.imports.report import Refusal, Report, Result
from gongche.imports.rosters import import_rosters
from gongche.imports.states import import_states
from gongche.imports.trackers import import_trackers
from gongche.imports.vehicles import import_vehicles
from gongche.imports.waivers import import_waivers
from gongche.imports.zones import import_zones
from gongche.problem import Problem
from gongche.settings import Settings
from store.database import Connection, connect
from store.errors import store_errors

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Load vehicles, trackers, fittings, zones, orders, rosters, states, expenses, calendar, positions... · 导入 "
    "(docs/import.md). "
    "Good rows go in, bad ones come back with line, column and reason. "
    "Exit status: 0 all went in, 1 some were refused, 2 the file could not be read.",
)

File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The sheet · 文件")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, change nothing · 试运行")]
DatumOption = Annotated[
    str | None,
    typer.Option(
        "--datum", help="Datum of coordinates that do not state theirs: wgs84, cgcs2000, gcj02, bd09 · 坐标系"
    ),
]

SheetOption = Annotated[
    str | None,
    typer.Option("--sheet", help="The worksheet of a workbook, where several may be meant · 工作表"),
]

_OUTCOMES = {Outcome.NEW: "新增 new", Outcome.CHANGED: "变更 changed", Outcome.SAME: "相同 same"}


@app.command("vehicles")
def vehicles(
    file: File,
    correct: Annotated[
        str | None,
        typer.Option(
            "--correct", help="Why what is stored of units was wrong; rows with a day supersede it · 更正原因"
        ),
    ] = None,
    sheet: SheetOption = None,
    dry_run: DryRun = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """CSV or XLSX: plate, unit (since when), and optionally tracker, fitted and enrolled since · 车辆、终端、纳管."""
    settings = Settings()
    because = _reason(correct)
    _run(
        settings,
        form,
        lambda conn: import_vehicles(
            conn,
            file,
            settings.zone,
            now=datetime.now(UTC),
            worksheet=sheet,
            correcting_because=because,
            dry_run=dry_run,
        ),
        because,
    )


@app.command("trackers")
def trackers(file: File, sheet: SheetOption = None, dry_run: DryRun = False, form: FormatOption = Format.TABLE) -> None:
    """CSV or XLSX: number, model, maker, datum, clock's difference from UTC, note · 终端."""
    settings = Settings()
    _run(settings, form, lambda conn: import_trackers(conn, file, settings.zone, worksheet=sheet, dry_run=dry_run))


@app.command("fittings")
def fittings(
    file: File,
    correct: Annotated[
        str | None,
        typer.Option("--correct", help="Why what is stored was wrong; these rows supersede it · 更正原因"),
    ] = None,
    sheet: SheetOption = None,
    dry_run: DryRun = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """CSV or XLSX: tracker, plate, fitted from, fitted to; positions that came already move along · 装拆."""
    settings = Settings()
    because = _reason(correct)
    _run(
        settings,
        form,
        lambda conn: import_fittings(
            conn,
            file,
            settings.zone,
            worksheet=sheet,
            correcting_because=because,
            dry_run=dry_run,
        ),
        because,
    )


@app.command("zones")
def zones(
    file: File,
    datum: DatumOption = None,
    correct: Annotated[
        str | None,
        typer.Option("--correct", help="Why versions that are stored were wrong; these supersede them · 更正原因"),
    ] = None,
    dry_run: DryRun = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """GeoJSON, KML or KMZ: polygons with name, kind and datum · 围栏."""
    settings = Settings()
    because = _reason(correct)
    _run(
        settings,
        form,
        lambda conn: import_zones(conn, file, settings.zone, datum=datum, correcting_because=because, dry_run=dry_run),
        because,
    )


@app.command("orders")
def orders(
    file: File,
    datum: DatumOption = None,
    sheet: SheetOption = None,
    dry_run: DryRun = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """CSV or XLSX: number, plate, start, end, reason, destination, filed at · 派车单."""
    settings = Settings()
    _run(
        settings,
        form,
        lambda conn: import_orders(conn, file, settings.zone, worksheet=sheet, datum=datum, dry_run=dry_run),
    )


@app.command("waivers")
def waivers(file: File, sheet: SheetOption = None, dry_run: DryRun = False, form: FormatOption = Format.TABLE) -> None:
    """CSV or XLSX: plate, kind, start, end, reason · 值班/豁免."""
    settings = Settings()
    _run(settings, form, lambda conn: import_waivers(conn, file, settings.zone, worksheet=sheet, dry_run=dry_run))


@app.command("rosters")
def rosters(
    file: File,
    roster: Annotated[
        str | None, typer.Option("--roster", help="The roster's name; else the file's · 值班表名称")
    ] = None,
    sheet: SheetOption = None,
    dry_run: DryRun = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """CSV or XLSX: day, plates, shift, person · 值班表."""
    settings = Settings()
    _run(
        settings,
        form,
        lambda conn: import_rosters(conn, file, settings.zone, worksheet=sheet, name=roster, dry_run=dry_run),
    )


@app.command("expenses")
def expenses(file: File, sheet: SheetOption = None, dry_run: DryRun = False, form: FormatOption = Format.TABLE) -> None:
    """CSV or XLSX: plate, date and time, type, amount, litres, fuel, place, card, invoice · 费用报销."""
    settings = Settings()
    _run(settings, form, lambda conn: import_expenses(conn, file, settings.zone, worksheet=sheet, dry_run=dry_run))


@app.command("states")
def states(file: File, dry_run: DryRun = False, form: FormatOption = Format.TABLE) -> None:
    """CSV: plate, laid up or scrapped, start, end, document · 停用/报废."""
    settings = Settings()
    _run(settings, form, lambda conn: import_states(conn, file, settings.zone, dry_run=dry_run))


@app.command("calendar")
def calendar(file: File, sheet: SheetOption = None, dry_run: DryRun = False, form: FormatOption = Format.TABLE) -> None:
    """CSV or XLSX: day, off or work, festival, source document, entered by, checked by · 日历."""
    settings = Settings()
    _run(settings, form, lambda conn: import_calendar_days(conn, file, settings.zone, worksheet=sheet, dry_run=dry_run))


app.command("positions")(positions)


def _reason(correct: str | None) -> str | None:
    """Why something is corrected; Problem when that is not said."""
    if correct is not None and not correct.strip():
        raise Problem("--correct 要写明原因", "--correct needs a reason")
    return correct


def _run(
    settings: Settings, form: Format, load: Callable[[Connection], Awaitable[Report]], because: str | None = None
) -> None:
    async def connected() -> Report:
        with store_errors():
            async with await connect(find_database(settings), autocommit=True, application="gongche import") as conn:
                async with conn.transaction():
                    read = await load(conn)
                    if read.wrote:
                        why: dict[str, Detail | list[Detail]] = {} if because is None else {"because": because}
                        await record(conn, "import_file", read.noun, _told(read) | why)
                return read

    report = asyncio.run(connected())
    if form is Format.JSON:
        print_record(report.as_json(), form=form)
    else:
        print_report(report)
    raise typer.Exit(report.exit_status)


def _told(report: Report) -> dict[str, Detail | list[Detail]]:
    """For the audit chain: which file, and what became of its rows."""
    others: dict[str, Detail | list[Detail]] = {
        f"{noun}_{outcome}": n for noun, counts in report.also.items() for outcome, n in counts.items() if n
    }
    return {**file_told(Path(report.source)), **report.counts, **others}


def print_report(report: Report) -> None:
    """For people: what would change, what was refused, how many went in."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=10_000)  # a pipe gets whole lines
    if report.dry_run:
        console.print(_changes(report))
    if report.refused:
        console.print(_refusals(report))
    for warned in report.warnings:
        where = " ".join(part for part in (warned.cell, warned.column, warned.value) if part)
        console.print(Text(f"提醒 warning {where}: {warned.zh} / {warned.en}"))
    for name in report.ignored_columns:
        console.print(Text(f"未使用的列 column not used: {name}"))
    counts = report.counts
    said = [f"{words} {counts[outcome.value]}" for outcome, words in _OUTCOMES.items()]
    for noun, other in report.also.items():
        if any(n for outcome, n in other.items() if outcome != Outcome.SAME):
            said.append(f"({noun}: " + ", ".join(f"{n} {o}" for o, n in other.items() if n) + ")")
    start = "试运行，未写入 dry run, nothing written: " if report.dry_run else f"{report.noun}: "
    console.print(Text(start + ", ".join([*said, f"拒收 refused {counts['refused']}"])))


def _refusals(report: Report) -> Table:
    where = {"line": "行 line", "feature": "要素 feature"}[report.counted_by]
    in_workbook = any(refusal.cell for refusal in report.refused)
    table = _table(["单元格 cell" if in_workbook else where, "名称 name", "列 column", "值 value", "原因 reason"])
    for refusal in report.refused:
        table.add_row(*map(Text, _cells(refusal)))
    return table


def _cells(refusal: Refusal) -> Sequence[str]:
    reason = f"{refusal.zh} / {refusal.en}"
    return refusal.cell or str(refusal.at), refusal.name, refusal.column, refusal.value, reason


def _changes(report: Report) -> Table:
    where = {"line": "行 line", "feature": "要素 feature"}[report.counted_by]
    table = _table([where, "名称 name", "结果 outcome", "变化 what changes"])
    for result in report.results:
        if result.outcome is not Outcome.SAME:
            cells = (str(result.at), result.name, _OUTCOMES[result.outcome], _differences(result, report))
            table.add_row(*map(Text, cells))
    return table


def _differences(result: Result, report: Report) -> str:
    return "; ".join(
        f"{c.name}: {report.text(c.new)}" if c.old is None else f"{c.name}: {report.text(c.old)} → {report.text(c.new)}"
        for c in result.fields
    )


def _table(headings: Sequence[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
