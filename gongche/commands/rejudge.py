"""``gongche rejudge``: has vehicles judged again from a moment on, or from their first position."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

from fleet.clock import us_of
from fleet.plate import normal_plate
from gongche import logs
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record
from gongche.judge import Judge, Tally
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from gongche.workers import judge_with_workers
from rules.checkpoint import NO_CUT_US
from store import judged, judging


def rejudge(
    plates: Annotated[
        list[str] | None, typer.Argument(help="Plates; none means every vehicle · 车牌号，不填为全部")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="From this local time on · 自何时起")] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="So many processes · 进程数")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Only what still waits · 接着上次未完成的")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Have vehicles judged again, here, until none waits. Judging again what has not changed changes nothing.

    重新研判车辆；数据未变则结果不变。
    """
    logs.configure("rejudge")
    settings = Settings()
    if resume and (plates or since):
        raise Problem("--resume 不与车牌、--since 同用", "--resume takes neither plates nor --since")
    since_us = NO_CUT_US if since is None else us_of(since if since.tzinfo else since.replace(tzinfo=settings.zone))
    dsn = find_database(settings)
    with judging.connect(dsn) as conn:
        if not resume:
            known = judging.vehicle_ids(conn)
            chosen = known_plates(plates or [], known)
            judged.mark(conn, None if chosen is None else [known[plate] for plate in chosen], since_us)
        # Looks whether the rules changed, which marks all: before the last mark is asked for.
        one = Judge(conn, settings)
        last_mark = judging.last_mark(conn)
        tally = _judged(dsn, settings, one, conn, workers, last_mark)
    print_record(
        {
            "vehicles": tally.vehicles,
            "positions": tally.positions,
            "new": tally.new,
            "changed": tally.changed,
            "withdrawn": tally.withdrawn,
            "put_aside": tally.put_aside,
            "seconds": {step: round(seconds, 3) for step, seconds in tally.seconds.items()},
        },
        form=form,
    )
    if tally.put_aside:
        raise typer.Exit(FOUND_PROBLEMS)


def _judged(dsn: str, settings: Settings, one: Judge, conn: judging.Connection, workers: int, last_mark: int) -> Tally:
    """Judges what waits, with a bar on standard error."""
    total = judging.waiting(conn, last_mark)
    with Progress(
        "研判 judging", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("", total=total)
        if workers > 1:
            return judge_with_workers(
                dsn, settings, workers, last_mark, lambda left: progress.update(task, completed=total - left)
            )
        while one.once():
            progress.update(task, completed=total - judging.waiting(conn, last_mark))
        return one.tally


def known_plates(plates: list[str], known: Mapping[str, int]) -> list[str] | None:
    """The plates as they stand in the register, None for none. Raises Problem for those that do not."""
    if not plates:
        return None
    unknown = [plate for plate in plates if normal_plate(plate) not in known]
    if unknown:
        raise Problem(f"未登记的车牌：{'、'.join(unknown)}", f"not in the register: {', '.join(unknown)}")
    return [normal_plate(plate) for plate in plates]
