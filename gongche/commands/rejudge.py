"""``gongche rejudge``: has vehicles judged again from a moment on, or from their first position."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from fleet.clock import us_of
from fleet.plate import normal_plate
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record
from gongche.judge import Judge
from gongche.problem import Problem
from gongche.settings import Settings
from rules.checkpoint import NO_CUT_US
from store import judged, judging


def rejudge(
    plates: Annotated[
        list[str] | None, typer.Argument(help="Plates; none means every vehicle · 车牌号，不填为全部")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="From this local time on · 自何时起")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Have vehicles judged again, here, until none waits. Judging again what has not changed changes nothing.

    重新研判车辆；数据未变则结果不变。
    """
    settings = Settings()
    since_us = NO_CUT_US if since is None else us_of(since if since.tzinfo else since.replace(tzinfo=settings.zone))
    with judging.connect(find_database(settings)) as conn:
        known = judging.vehicle_ids(conn)
        judged.mark(conn, _chosen(plates or [], known), since_us)
        one = Judge(conn, settings)
        with Progress(
            "研判 judging", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), transient=True
        ) as progress:
            task = progress.add_task("", total=judging.waiting(conn))
            while one.once():
                progress.update(task, completed=one.tally.vehicles)
        tally = one.tally
        print_record(
            {
                "vehicles": tally.vehicles,
                "positions": tally.positions,
                "new": tally.new,
                "changed": tally.changed,
                "withdrawn": tally.withdrawn,
                "seconds": {step: round(seconds, 3) for step, seconds in tally.seconds.items()},
            },
            form=form,
        )


def _chosen(plates: list[str], known: dict[str, int]) -> list[int] | None:
    if not plates:
        return None
    unknown = [plate for plate in plates if normal_plate(plate) not in known]
    if unknown:
        raise Problem(f"未登记的车牌：{'、'.join(unknown)}", f"not in the register: {', '.join(unknown)}")
    return [known[normal_plate(plate)] for plate in plates]
