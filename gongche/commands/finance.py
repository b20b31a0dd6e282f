"""``gongche finance``: what may be paid of a claims sheet (docs/finance.md)."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gongche.addresses import find_database
from gongche.claims_check import Check
from gongche.claims_desk import Asked, check_sheet, judged, result_of
from gongche.claims_result import ResultHead, result_workbook, why
from gongche.claims_sheet import ClaimsSheet, FaultyCells, read_claims
from gongche.commands.imports import print_report
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.imports.cards import import_cards
from gongche.imports.report import Refusal
from gongche.problem import CANNOT, FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from oversight.reasons import Verdict
from store import finance
from store.database import connect
from store.errors import store_errors

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="What may be paid of a claims sheet · 财务审核 (docs/finance.md).",
)

File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The sheet · 文件")]
SheetOption = Annotated[str | None, typer.Option("--sheet", help="The worksheet, where several may be meant · 工作表")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be found, keep nothing · 试运行")]
By = Annotated[str, typer.Option("--by", help="who checks; your login name unless told · 审核人")]

_NAMES = {Verdict.PAY: "可支出 pay", Verdict.VERIFY: "需核实 verify", Verdict.REFUSE: "不予支出 refuse"}


@app.command("check")
def check(
    file: File,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="RESULT", help="where to write the result, XLSX · 结果文件")
    ] = None,
    sheet: SheetOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="check a sheet anew that was checked before: a new version · 重新审核")
    ] = False,
    replaces: Annotated[
        int | None,
        typer.Option("--replaces", metavar="CHECK", help="the check that this sheet corrects · 更正的审核号"),
    ] = None,
    by: By = "",
    dry_run: DryRun = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Pay, verify or refuse each row of a claims sheet (XLSX or CSV), with the reasons · 审核报销表.

    The result is frozen: the same sheet again gives the same, unless --again asks for a new version.
    Exit status: 0 all may be paid, 1 some are refused or to be verified, 2 the sheet has to be mended first.
    """
    settings = Settings()
    try:
        claims = read_claims(file, settings.zone, sheet)
    except FaultyCells as problem:
        _print_faults(problem, form)
        raise typer.Exit(CANNOT) from None
    told = asyncio.run(_dry(settings, claims, output) if dry_run else _checked(settings, claims, output, Asked(
        by.strip() or getpass.getuser(), "operator", again, replaces)))  # fmt: skip
    if form is Format.JSON:
        print_record(told, form=form)
    else:
        _print(told)
    paid = told["totals"][Verdict.PAY.value]["rows"]
    raise typer.Exit(0 if paid == len(told["rows"]) else FOUND_PROBLEMS)


@app.command("list")
def listed(form: FormatOption = Format.TABLE) -> None:
    """The latest checks, newest first · 审核记录."""

    async def read() -> list[finance.StoredCheck]:
        with store_errors():
            async with await connect(find_database(Settings()), autocommit=True) as conn:
                return await finance.checks(conn)

    rows = [
        {
            "check": one.id,
            "sheet": one.name,
            "version": one.version,
            "replaces": one.replaces,
            "checked_at": one.checked_at,
            "checked_by": one.checked_by,
            **{verdict.value: one.totals[verdict.value]["amount"] for verdict in Verdict},
            "digest": one.digest,
        }
        for one in asyncio.run(read())
    ]
    headings = {"check": "审核号 check", "sheet": "报销表 sheet", "version": "次 version", "checked_at": "时间 at",
                "checked_by": "审核人 by", **{verdict.value: _NAMES[verdict] for verdict in Verdict}}  # fmt: skip
    print_rows(rows, headings=headings, form=form)


@app.command("cards")
def cards(
    file: File, sheet: SheetOption = None, by: By = "", dry_run: DryRun = False, form: FormatOption = Format.TABLE
) -> None:
    """CSV or XLSX: card, plate, since, document: which car a fuel or ETC card is for · 油卡绑定."""
    settings = Settings()

    async def load() -> Any:
        with store_errors():
            async with await connect(find_database(settings), autocommit=True, application="gongche finance") as conn:
                name = by.strip() or getpass.getuser()
                return await import_cards(conn, file, settings.zone, by=name, worksheet=sheet, dry_run=dry_run)

    report = asyncio.run(load())
    if form is Format.JSON:
        print_record(report.as_json(), form=form)
    else:
        print_report(report)
    raise typer.Exit(report.exit_status)


async def _checked(settings: Settings, claims: ClaimsSheet, output: Path | None, asked: Asked) -> dict[str, Any]:
    dsn = find_database(settings)
    with store_errors():
        async with await connect(dsn, autocommit=True, application="gongche finance") as conn:
            answer = await check_sheet(conn, dsn, settings, claims, asked, datetime.now(UTC))
            stored = await finance.check(conn, answer.check_id)
            found = await finance.verdicts(conn, answer.check_id)
            made = None if output is None else await result_of(conn, settings, answer.check_id)
    assert stored is not None
    if output is not None and made is not None:
        _write(output, made[1])
    head = {
        "check": stored.id,
        "version": stored.version,
        "frozen_before": not answer.is_new,
        "checked_at": stored.checked_at.astimezone(settings.zone),
        "checked_by": stored.checked_by,
        "digest": stored.digest,
    }
    rows = [(line, verdict, reasons) for line, (verdict, reasons) in found.items()]
    return _told(claims, head, stored.totals, rows)


async def _dry(settings: Settings, claims: ClaimsSheet, output: Path | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    with store_errors():
        check: Check = await asyncio.to_thread(judged, find_database(settings), settings, claims, now, None)
    rows = [(row.row.line, row.verdict.value, [one.as_json() for one in row.told]) for row in check.rows]
    if output is not None:
        head = ResultHead(settings.district, claims.path.name, "试运行 dry run", f"{now:%Y-%m-%d %H:%M} UTC", "",
                          check.digest.hex(), check.totals)  # fmt: skip
        found = {line: (verdict, reasons) for line, verdict, reasons in rows}
        _write(output, result_workbook(claims.path, claims.worksheet, claims.sheet.heading_line, found, head))
    return _told(claims, {"check": None, "dry_run": True, "digest": check.digest.hex()}, check.totals, rows)


def _told(
    claims: ClaimsSheet, head: dict[str, Any], totals: Any, rows: Sequence[tuple[int, str, Sequence[Any]]]
) -> dict[str, Any]:
    plates = {row.line: (row.plate_given, row.expense.amount) for row in claims.rows}
    return {
        "file": str(claims.path),
        **head,
        "totals": totals,
        "left_out": list(claims.left_out),
        "ignored_columns": list(claims.sheet.ignored),
        "warnings": [{"cell": w.cell, "value": w.value, "reason": {"zh": w.zh, "en": w.en}} for w in claims.warnings],
        "rows": [
            {
                "line": line,
                "plate": plates[line][0],
                "amount": f"{plates[line][1]:.2f}",
                "verdict": verdict,
                "reasons": reasons,
                "why": {"zh": why(reasons)[1], "en": why(reasons)[3]},
            }
            for line, verdict, reasons in rows
        ],
    }


def _print(told: dict[str, Any]) -> None:
    order = [verdict.value for verdict in (Verdict.REFUSE, Verdict.VERIFY)]
    shown = sorted(
        (row for row in told["rows"] if row["verdict"] in order), key=lambda row: order.index(row["verdict"])
    )
    rows = [
        {**row, "verdict": _NAMES[Verdict(row["verdict"])], "why": f"{row['why']['zh']} / {row['why']['en']}"}
        for row in shown
    ]
    headings = {"line": "行 line", "plate": "车牌 plate", "amount": "金额 amount", "verdict": "结论", "why": "原因 why"}
    if rows:
        print_rows(rows, headings=headings, form=Format.TABLE)
    for one in told["warnings"]:
        typer.echo(f"提醒 warning {one['cell']} {one['value']}: {one['reason']['zh']} / {one['reason']['en']}")
    if told["left_out"]:
        typer.echo(
            f"未作报销处理的行（合计、签字、作废） lines that claim nothing: {', '.join(map(str, told['left_out']))}"
        )
    for verdict in Verdict:
        total = told["totals"][verdict.value]
        typer.echo(f"{_NAMES[verdict]}: {total['rows']}，{total['amount']} 元 yuan")
    if told.get("dry_run"):
        typer.echo("试运行，未留存 dry run, nothing kept")
    else:
        again = "（此前已审核，结果未变 checked before, frozen then）" if told["frozen_before"] else ""
        typer.echo(
            f"审核号 check {told['check']}，第 {told['version']} 次 version {told['version']}{again} {told['digest']}"
        )


def _print_faults(problem: FaultyCells, form: Format) -> None:
    if form is Format.JSON:
        record = {"error": {"zh": problem.zh, "en": problem.en}, "cells": [fault_as_json(f) for f in problem.faults]}
        print_record(record, form=form)
        return
    rows = [
        {"at": fault.cell or f"第 {fault.at} 行 line {fault.at}", "column": fault.column, "value": fault.value,
         "why": f"{fault.zh} / {fault.en}"}
        for fault in problem.faults
    ]  # fmt: skip
    headings = {"at": "单元格 cell", "column": "列 column", "value": "值 value", "why": "改法 how to mend it"}
    print_rows(rows, headings=headings, form=Format.TABLE)
    typer.echo(f"{problem.zh} / {problem.en}", err=True)


def fault_as_json(fault: Refusal) -> dict[str, Any]:
    """A cell that has to be mended."""
    return {"line": fault.at, "cell": fault.cell or None, "column": fault.column, "value": fault.value,
            "reason": {"zh": fault.zh, "en": fault.en}}  # fmt: skip


def _write(output: Path, content: bytes) -> None:
    try:
        output.write_bytes(content)
    except OSError as error:
        raise Problem(
            f"无法写入 {output}（{error.strerror}）", f"{output} cannot be written ({error.strerror})"
        ) from error
