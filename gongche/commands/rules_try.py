"""``gongche rules try``: a changed rule on past days, against what is in force on them. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from fleet.clock import day_start_us, moment_of
from fleet.violation import Violation
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.commands.rule_file import rules_in
from gongche.problem import Problem
from gongche.settings import Settings
from gongche.trying import Tried, books, tried
from rules.rule import CatalogueError, Rule
from store import judging, verifying

_OUTCOMES = {"added": "新增 added", "withdrawn": "撤回 withdrawn", "moved": "起止不同 moved", "same": "相同 same"}
_MOST_EXAMPLES = 10
_MOST_CARS = 10


def try_rules(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="TOML · 规则文件")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="first day · 开始日期")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="last day · 截止日期")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Judge past days by the rules in FILE and compare with what is in force on them. Writes nothing.

    FILE is TOML as rules/catalogue.toml and holds the changed rules only. 用文件中的规则试判过去的日子，不写入。
    """
    settings = Settings()
    if last < first:
        raise Problem("--to 早于 --from", "--to is before --from")
    changed = rules_in(file)
    since, until = (_start(settings, day) for day in (first.date(), last.date() + timedelta(days=1)))
    with judging.connect(find_database(settings)) as conn:
        try:
            now, then = books(conn, settings, changed)
        except CatalogueError as error:
            raise Problem(f"{file} 中的规则不可用", f"a rule in {file} cannot be used: {error}") from error
        cars = verifying.cars(conn)
        found: list[Tried] = []
        with Progress(
            "试判 trying", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=Console(stderr=True), transient=True,
        ) as progress:  # fmt: skip
            task = progress.add_task("", total=len(cars))
            for some, part in tried(conn, cars, now, then, since, until):
                found += part
                progress.advance(task, some)
    found.sort(key=lambda one: (one.rule_id, one.plate, one.start))
    if form is Format.JSON:
        _print_json(settings, changed, found, first.date(), last.date(), len(cars))
    else:
        _print_tables(settings, changed, found)


def _start(settings: Settings, day: date) -> datetime:
    return moment_of(day_start_us(day, settings.zone))


def _print_json(
    settings: Settings, rules: Sequence[Rule], found: Sequence[Tried], first: date, last: date, cars: int
) -> None:
    told = []
    for rule in rules:
        by_outcome = {name: [one for one in found if _is(one, rule, name)] for name in _OUTCOMES}
        told.append(
            {
                "id": rule.id,
                "version": rule.version,
                "name": {"zh": rule.name_zh, "en": rule.name_en},
                "counts": {name: len(some) for name, some in by_outcome.items()},
                "vehicles": {name: len({one.plate for one in some}) for name, some in by_outcome.items()},
                **{name: [_json(settings, one) for one in some] for name, some in by_outcome.items()},
            }
        )
    print_record({"from": first, "to": last, "vehicles": cars, "rules": told}, form=Format.JSON)


def _print_tables(settings: Settings, rules: Sequence[Rule], found: Sequence[Tried]) -> None:
    counts = Counter((one.rule_id, one.outcome) for one in found)
    rows = [
        {"rule": rule.id, "name": f"{rule.name_zh} {rule.name_en}"}
        | {name: counts[rule.id, name] for name in _OUTCOMES}
        for rule in rules
    ]
    print_rows(rows, headings={"rule": "规则 rule", "name": "名称 name"} | _OUTCOMES, form=Format.TABLE)
    changed = [one for one in found if one.outcome != "same"]
    if not changed:
        return
    typer.echo("\n按车辆 by vehicle")
    cars = _by_car(changed)
    headings = {
        "rule": "规则 rule",
        "plate": "车牌 plate",
        **{name: _OUTCOMES[name] for name in _OUTCOMES if name != "same"},
    }
    print_rows(cars[:_MOST_CARS], headings=headings, form=Format.TABLE)
    _more(len(cars) - _MOST_CARS)
    typer.echo("\n最长的例子 the longest examples")
    examples = [one for rule in rules for name in _OUTCOMES if name != "same" for one in _longest(changed, rule, name)]
    headings = {"rule": "规则 rule", "plate": "车牌 plate", "outcome": "结果 outcome"}
    headings |= {"now": "现行 as it is", "then": "试判 as tried"}
    print_rows(_lines(settings, examples), headings=headings, form=Format.TABLE)
    _more(len(changed) - len(examples))


def _by_car(changed: Sequence[Tried]) -> list[dict[str, object]]:
    """Those with most that would change first."""
    cars = Counter((one.rule_id, one.plate) for one in changed)
    counts = Counter((one.rule_id, one.plate, one.outcome) for one in changed)
    return [
        {"rule": rule, "plate": plate} | {name: counts[rule, plate, name] for name in _OUTCOMES}
        for (rule, plate), _ in sorted(cars.items(), key=lambda entry: (-entry[1], entry[0]))
    ]


def _longest(changed: Sequence[Tried], rule: Rule, outcome: str) -> list[Tried]:
    some = [one for one in changed if _is(one, rule, outcome)]
    return sorted(some, key=lambda one: (-one.total_s, one.plate, one.start))[:_MOST_EXAMPLES]


def _more(left_out: int) -> None:
    if left_out > 0:
        typer.echo(f"另有 {left_out} 项，见 --format json / {left_out} more: --format json tells all")


def _is(one: Tried, rule: Rule, outcome: str) -> bool:
    return one.rule_id == rule.id and one.outcome == outcome


def _lines(settings: Settings, found: Iterable[Tried]) -> list[dict[str, str]]:
    return [
        {
            "rule": one.rule_id,
            "plate": one.plate,
            "outcome": _OUTCOMES[one.outcome],
            "now": _span(settings, one.now),
            "then": _span(settings, one.then),
        }
        for one in found
    ]


def _span(settings: Settings, violation: Violation | None) -> str:
    if violation is None:
        return ""
    start, end = (moment.astimezone(settings.zone) for moment in (violation.start, violation.end))
    return f"{start:%Y-%m-%d %H:%M:%S} – {end:%Y-%m-%d %H:%M:%S}"


def _json(settings: Settings, one: Tried) -> dict[str, Any]:
    def shown(violation: Violation | None) -> dict[str, Any] | None:
        if violation is None:
            return None
        start, end = (moment.astimezone(settings.zone) for moment in (violation.start, violation.end))
        return {"start": start, "end": end, "spans": violation.evidence["spans"]}

    return {"plate": one.plate, "now": shown(one.now), "then": shown(one.then)}
