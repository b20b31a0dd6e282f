"""``gongche verify``: recomputes facts and violations from the stored positions and tells every difference."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from gongche.addresses import find_database
from gongche.chain import Chain, Head, checked
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.commands.rejudge import known_plates
from gongche.judge import current_book
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.report_check import CheckedReports, checked_reports
from gongche.settings import Settings
from gongche.verifying import Difference, Verified, verified, verified_fleet
from gongche.verifying_checks import VerifiedChecks, verified_checks
from rules.catalogue import CATALOGUE
from store import judging, verifying
from store.database import connect
from store.errors import store_errors

_HEADINGS = {
    "kind": "差异 difference",
    "plate": "车牌 plate",
    "what": "何物 what",
    "key": "标识 key",
    "stored": "库中 stored",
    "recomputed": "重算 recomputed",
}


def verify(
    plates: Annotated[
        list[str] | None, typer.Argument(help="Plates; none means every vehicle · 车牌号，不填为全部")
    ] = None,
    known: Annotated[
        str, typer.Option("--known", help="an audit head written down before, as 120:9f86… · 此前抄存的审计链末条")
    ] = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Recompute facts and violations from the stored positions and compare; check what is frozen and the audit chain.

    Writes nothing. 由库中定位点重新计算，与库中结果逐项核对，并核对审计链、冻结的财务审核与已签发的报告；不写入。
    Exit status 1: there are differences, or the chain, a finance check or a report is not as it was.
    """
    settings = Settings()
    kept = asyncio.run(_kept(settings, _head(known)))
    with judging.connect(find_database(settings)) as conn:
        book = current_book(conn, settings, CATALOGUE.values())
        if judging.judged_with(conn) not in (None, book.signature):
            raise Problem(
                "库中结果由另一版规则研判，请先 gongche rejudge",
                "what is stored was judged by other rules; run gongche rejudge first",
            )
        cars = verifying.cars(conn, known_plates(plates or [], judging.vehicle_ids(conn)))
        parts: list[Verified] = []
        with Progress(
            "核验 verifying", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=Console(stderr=True), transient=True,
        ) as progress:  # fmt: skip
            task = progress.add_task("", total=len(cars))
            for part in verified(conn, cars, book):
                parts.append(part)
                progress.advance(task, part.compared + len(part.waiting))
        fleet = [] if plates else verified_fleet(conn, settings.fleet_silence_percent)
    differences = [difference for part in parts for difference in part.differences] + fleet
    _print(parts, differences, kept, form)
    if differences or kept.chain.faults or kept.checks.faults or kept.reports.faults:
        raise typer.Exit(FOUND_PROBLEMS)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is written once, and what is wrong with it."""

    chain: Chain
    checks: VerifiedChecks
    reports: CheckedReports


async def _kept(settings: Settings, known: Head | None) -> _Kept:
    with store_errors():
        async with await connect(find_database(settings), autocommit=True, application="gongche verify") as conn:
            return _Kept(await checked(conn, known), await verified_checks(conn), await checked_reports(conn))


def _head(text: str) -> Head | None:
    if not text:
        return None
    try:
        return Head.read(text)
    except ValueError:
        raise Problem(f"--known 应写作 序号:摘要：{text}", f"--known must be NUMBER:HASH, not {text}") from None


def _print(parts: list[Verified], differences: list[Difference], kept: _Kept, form: Format) -> None:
    chain, checks, reports = kept.chain, kept.checks, kept.reports
    summary: dict[str, Any] = {
        "vehicles": sum(part.compared for part in parts),
        "positions": sum(part.positions for part in parts),
        "waiting": [plate for part in parts for plate in part.waiting],
    }
    if form is Format.JSON:
        told = {
            "entries": chain.entries,
            "head": str(chain.head),
            "faults": [{"number": number, "zh": zh, "en": en} for number, zh, en in chain.faults],
        }
        finance = {"checks": checks.checks, "faults": [asdict(one) for one in checks.faults]}
        issued = {
            "texts": reports.texts,
            "faults": [{"report": name, "zh": zh, "en": en} for name, zh, en in reports.faults],
        }
        told_all = {"audit": told, "finance": finance, "reports": issued}
        print_record({**summary, "differences": [asdict(one) for one in differences], **told_all}, form=form)
        return
    if differences:
        print_rows([_row(one) for one in differences], headings=_HEADINGS, form=form)
    for number, zh, en in chain.faults:
        typer.echo(f"审计链 audit chain {number}: {zh} / {en}")
    for fault in checks.faults:
        typer.echo(f"审核号 finance check {fault.check_id}: {fault.zh} / {fault.en}")
    for name, zh, en in reports.faults:
        typer.echo(f"报告 report {name}: {zh} / {en}")
    print_record(
        {
            "核对车辆 vehicles": summary["vehicles"],
            "定位点 positions": summary["positions"],
            "待研判未核对 waiting, not compared": len(summary["waiting"]),
            "差异 differences": len(differences),
            "财务审核 finance checks": checks.checks,
            "财务审核差异 finance faults": len(checks.faults),
            "审计链条数 audit entries": chain.entries,
            "审计链断裂 audit faults": len(chain.faults),
            "报告文本 texts of reports": reports.texts,
            "报告不符 reports at fault": len(reports.faults),
            "审计链末条，请抄存 audit head, write it down": str(chain.head),
        },
        form=form,
    )


def _row(one: Difference) -> dict[str, str]:
    return {
        "kind": one.kind.value,
        "plate": one.plate,
        "what": one.what,
        "key": _listed(one.key),
        "stored": _listed(one.stored),
        "recomputed": _listed(one.recomputed),
    }


def _listed(values: Any) -> str:
    return "" if values is None else ", ".join(f"{name} {value}" for name, value in values.items())
