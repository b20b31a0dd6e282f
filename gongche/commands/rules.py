"""``gongche rules``: the rules in force, one in words, and a changed one tried on the past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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
from gongche.judge import current_book
from gongche.problem import Problem
from gongche.settings import Settings
from gongche.trying import Tried, tried
from rules.catalogue import CATALOGUE, rules_of
from rules.kinds import Argument, Kind
from rules.quantity import clock_in_words, distance_in_words, duration_in_words, number_in_words
from rules.rule import CatalogueError, Rule, RuleParameter
from rules.words import excuses_in_words, explain_rule
from store import judging, verifying

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The rules in force; trying a changed one on the past · 规则"
)

_OUTCOMES = {"added": "新增 added", "withdrawn": "撤回 withdrawn", "moved": "起止不同 moved", "same": "相同 same"}


@app.command("list")
def list_rules(form: FormatOption = Format.TABLE) -> None:
    """List the rules in force · 列出现行规则."""
    rows = [
        {
            "id": rule.id,
            "version": rule.version,
            "name_zh": rule.name_zh,
            "name_en": rule.name_en,
            "severity": rule.severity.value,
            "alert": rule.alert,
        }
        for rule in CATALOGUE.values()
    ]
    headings = {
        "id": "编号",
        "version": "版本",
        "name_zh": "名称",
        "name_en": "name",
        "severity": "程度",
        "alert": "即时警报",
    }
    print_rows(rows, headings=headings, form=form)


@app.command("show")
def show(
    rule_id: Annotated[str, typer.Argument(metavar="RULE", help="as R04 · 规则编号")], form: FormatOption = Format.TABLE
) -> None:
    """Show a rule: as it is written, in words, and its parameters · 说明一条规则."""
    rule = CATALOGUE.get(rule_id.upper())
    if rule is None:
        raise Problem(f"没有规则 {rule_id}", f"no rule {rule_id}; there are {', '.join(CATALOGUE)}")
    print_record(
        {
            "id": rule.id,
            "version": rule.version,
            "name": {"zh": rule.name_zh, "en": rule.name_en},
            "basis": rule.basis,
            "words": {"zh": explain_rule(rule, "zh"), "en": explain_rule(rule, "en")},
            "excuses": {
                "zh": list(excuses_in_words(rule.expression, "zh")),
                "en": list(excuses_in_words(rule.expression, "en")),
            },
            "when": rule.when,
            "join": duration_in_words(rule.join_us, "en"),
            "lasting": duration_in_words(rule.lasting_us, "en"),
            "severity": rule.severity.value,
            "alert": rule.alert,
            "parameters": {parameter.name: _parameter(parameter) for parameter in rule.parameters},
        },
        form=form,
    )


def _parameter(parameter: RuleParameter) -> dict[str, Any]:
    shown: dict[str, Any] = {"zh": parameter.zh, "en": parameter.en, "value": _written(parameter.value, parameter.kind)}
    limits = {"least": parameter.least, "most": parameter.most}
    return shown | {name: _written(x, parameter.kind) for name, x in limits.items() if abs(x) != float("inf")}


def _written(value: Argument | float, kind: Kind) -> str:
    match kind, value:
        case Kind.DURATION, int() | float():
            return duration_in_words(int(value), "en")
        case Kind.DISTANCE, int() | float():
            return distance_in_words(float(value), "en")
        case Kind.CLOCK, int() | float():
            return clock_in_words(int(value))
        case _, int() | float():
            return number_in_words(value)
    return str(value)


@app.command("try")
def try_rules(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="TOML · 规则文件")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="first day · 开始日期")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="last day · 截止日期")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Judge past days by the rules in FILE and compare with the rules in force. Writes nothing.

    FILE is TOML as rules/catalogue.toml and holds the changed rules only. 用文件中的规则试判过去的日子，不写入。
    """
    settings = Settings()
    if last < first:
        raise Problem("--to 早于 --from", "--to is before --from")
    changed = _rules_in(file)
    with judging.connect(find_database(settings)) as conn:
        try:
            then = current_book(conn, settings, changed)
        except CatalogueError as error:
            raise Problem(f"{file} 中的规则不可用", f"a rule in {file} cannot be used: {error}") from error
        now = current_book(conn, settings, [CATALOGUE[rule.id] for rule in changed if rule.id in CATALOGUE])
        cars = verifying.cars(conn)
        found: list[Tried] = []
        with Progress(
            "试判 trying", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=Console(stderr=True), transient=True,
        ) as progress:  # fmt: skip
            for part in progress.track(
                tried(conn, cars, now, then, _start(settings, first.date()), _start(settings, _after(last.date()))),
                total=-(-len(cars) // 20),
            ):
                found += part
    _print(settings, changed, sorted(found, key=_order), first.date(), last.date(), form)


def _order(one: Tried) -> tuple[str, str, datetime]:
    return one.rule_id, one.plate, min(violation.start for violation in (one.now, one.then) if violation)


def _rules_in(file: Path) -> list[Rule]:
    try:
        rules = list(rules_of(file.read_text(encoding="utf-8")).values())
    except UnicodeDecodeError as error:
        raise Problem(f"{file} 不是 UTF-8 文本", f"{file} is not UTF-8 text: {error}") from error
    except CatalogueError as error:
        raise Problem(f"{file} 中的规则有误", f"wrong in {file}:\n{error}") from error
    if not rules:
        raise Problem(f"{file} 中没有规则", f"no rule in {file}")
    return rules


def _start(settings: Settings, day: date) -> datetime:
    return moment_of(day_start_us(day, settings.zone))


def _after(day: date) -> date:
    return day + timedelta(days=1)


def _print(settings: Settings, rules: list[Rule], found: list[Tried], first: date, last: date, form: Format) -> None:
    if form is Format.JSON:
        told = [
            {"id": rule.id, "name": {"zh": rule.name_zh, "en": rule.name_en}}
            | {name: [_json(settings, one) for one in found if _is(one, rule, name)] for name in _OUTCOMES}
            for rule in rules
        ]
        print_record({"from": first, "to": last, "rules": told}, form=form)
        return
    counts = Counter((one.rule_id, one.outcome) for one in found)
    print_rows(
        [
            {"rule": rule.id, "name": f"{rule.name_zh} {rule.name_en}"}
            | {name: counts[rule.id, name] for name in _OUTCOMES}
            for rule in rules
        ],
        headings={"rule": "规则 rule", "name": "名称 name"} | _OUTCOMES,
        form=form,
    )
    changed = [one for one in found if one.outcome != "same"]
    if changed:
        headings = {"rule": "规则 rule", "plate": "车牌 plate", "outcome": "结果 outcome"}
        headings |= {"now": "现行 as it is", "then": "试判 as tried"}
        print_rows(_lines(settings, changed), headings=headings, form=form)


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
