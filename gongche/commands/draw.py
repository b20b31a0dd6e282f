"""``gongche draw``: commit a week's seed, draw, verify, export, show."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from fleet.week import Week
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.drawing import OPERATOR_ROLE, commit_week, draw_week, faults_of
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from oversight.draw import Terms, verify
from store import draws
from store.database import Connection, connect
from store.draws import StoredDraw
from store.errors import store_errors

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The weekly draw · 每周抽签")
T = TypeVar("T")

AskedWeek = Annotated[str, typer.Option("--week", help="as 2026-W48 · 周次")]
By = Annotated[str, typer.Option("--by", help="who does it; your login name unless told · 经办人")]
_WHY_SHOWN = {"drawn": "抽中 drawn", "overdue": "久未抽中 overdue"}


@app.command("commit")
def commit(week: AskedWeek = "", by: By = "", form: FormatOption = Format.TABLE) -> None:
    """Commit next week's seed: its SHA-256 is made known, the seed itself at the draw · 承诺种子.

    A week that has its commitment keeps it, which is shown.
    """
    settings, who, now = Settings(), _who(by), datetime.now(UTC)
    wanted = _week(week) if week else Week.of(now.astimezone(settings.zone).date()).next
    made = _connected(settings, lambda conn: commit_week(conn, wanted, at=now, by=who, role=OPERATOR_ROLE))
    record = {
        "week": str(wanted), "attempt": made.attempt, "seed_sha256": made.seed_sha256, "key_sha256": made.key_sha256,
        "committed_at": made.committed_at, "committed_by": made.committed_by,
    }  # fmt: skip
    print_record(record, form=form)


@app.command("run")
def run(
    week: AskedWeek = "",
    again_because: Annotated[str, typer.Option("--again-because", help="why this week is drawn again · 重抽理由")] = "",
    by: By = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Draw this week's cars; the seed is committed first where it is not yet · 抽签.

    A week is drawn once. With a reason it is drawn again, with a new seed; the draw before stays and is named.
    """
    settings, who = Settings(), _who(by)
    wanted = _week(week) if week else Week.of(datetime.now(settings.zone).date())
    reason = again_because.strip() or None

    async def drawn(conn: Connection) -> StoredDraw:
        await commit_week(conn, wanted, at=datetime.now(UTC), by=who, role=OPERATOR_ROLE, reason=reason)
        terms = Terms(settings.draw_share_percent, settings.draw_overdue_weeks)
        return await draw_week(
            conn, wanted, at=datetime.now(UTC), by=who, role=OPERATOR_ROLE, terms=terms, zone=settings.zone
        )

    _show(_connected(settings, drawn), form)


@app.command("show")
def show(week: AskedWeek = "", form: FormatOption = Format.TABLE) -> None:
    """Show the draw of a week, the newest unless told · 查看抽签."""
    _show(_connected(Settings(), lambda conn: _standing(conn, week)), form)


@app.command("export")
def export(
    week: AskedWeek = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="the file; else it is printed · 文件")
    ] = None,
) -> None:
    """Write the draw of a week as it is published, for anyone to recompute · 导出."""
    found = _connected(Settings(), lambda conn: _standing(conn, week))
    text = json.dumps(found.told, ensure_ascii=False, indent=1) + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        typer.echo(f"{output}: {Week(found.week)}, {found.digest.hex()}")


@app.command("verify")
def verify_command(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="an exported draw · 导出文件")
    ] = None,
    week: AskedWeek = "",
    digest: Annotated[str, typer.Option("--digest", help="of the draw, as made known · 公布的摘要")] = "",
    seed_sha256: Annotated[str, typer.Option("--seed-sha256", help="as committed · 承诺的种子摘要")] = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Recompute a draw from FILE, or the stored ones, and tell every difference · 核验抽签.

    Stored draws (of a week, or all) are compared with their commitments, sheets and the audit chain as well.
    Exit status 1: something is wrong.
    """
    rows = _of_file(file, digest, seed_sha256) if file else _connected(Settings(), lambda conn: _of_stored(conn, week))
    headings = {"week": "周次 week", "attempt": "次 attempt", "digest": "摘要 digest", "zh": "结果", "en": "result"}
    if form is Format.JSON:
        print_rows(rows, headings=headings, form=form)
    else:
        shown = [{**row, "zh": row["zh"] or "无误", "en": row["en"] or "right"} for row in rows]
        print_rows(shown, headings=headings, form=form)
    raise typer.Exit(FOUND_PROBLEMS if any(row["zh"] for row in rows) else 0)


def _of_file(file: Path, digest: str, seed_sha256: str) -> list[dict[str, Any]]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Problem(f"{file} 不是 JSON 文件：{error}", f"{file} is not JSON: {error}") from None
    named = told if isinstance(told, dict) else {}
    about = {name: named.get(name) for name in ("week", "attempt", "digest")}
    faults = verify(told, digest=digest or None, seed_sha256=seed_sha256 or None)
    return [{**about, "zh": zh, "en": en} for zh, en in faults or [("", "")]]


async def _of_stored(conn: Connection, week: str) -> list[dict[str, Any]]:
    rows = []
    for found in await draws.draws(conn, _week(week) if week else None):
        about = {"week": str(Week(found.week)), "attempt": found.attempt, "digest": found.digest.hex()}
        rows += [{**about, "zh": zh, "en": en} for zh, en in await faults_of(conn, found) or [("", "")]]
    return rows


def _show(found: StoredDraw, form: Format) -> None:
    told = found.told
    if form is Format.JSON:
        print_record(told, form=form)
        return
    cars, chosen = len(told["frame"]["cars"]), len(told["chosen"])
    typer.echo(f"{told['week']} 第 {told['attempt']} 次 attempt: {cars} 辆中抽出 {chosen} 辆, {chosen} of {cars} cars")
    if told["replaces"]:
        typer.echo(f"取代 replaces {told['replaces']['digest']}：{told['replaces']['reason']}")
    for name in ("digest", "seed", "seed_sha256", "frame_sha256"):
        typer.echo(f"{name:12} {told[name]}")
    names = dict(told["frame"]["units"])
    rows = [
        {"name": name, "unit": names.get(unit, "（机要 confidential）"), "why": _WHY_SHOWN[why]}
        for name, unit, why in told["chosen"]
    ]
    print_rows(rows, headings={"unit": "单位 unit", "name": "车辆 car", "why": "缘由 why"}, form=form)


async def _standing(conn: Connection, week: str) -> StoredDraw:
    wanted = _week(week) if week else next(iter(await draws.weeks(conn, 1)), None)
    found = await draws.standing(conn, wanted) if wanted else None
    if found is None:
        raise Problem(f"{week or '任何一周'} 没有抽签", f"there is no draw of {week or 'any week'}")
    return found


def _week(text: str) -> Week:
    try:
        return Week.read(text)
    except ValueError:
        raise Problem(f"应为周次，如 2026-W48：{text}", f"not a week, such as 2026-W48: {text}") from None


def _who(by: str) -> str:
    return by.strip() or getpass.getuser()


def _connected(settings: Settings, act: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        with store_errors():
            dsn = find_database(settings)
            async with await connect(dsn, autocommit=True, application="gongche draw") as conn:
                return await act(conn)

    return asyncio.run(connected())
