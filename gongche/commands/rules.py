"""``gongche rules``: the rules in force, one in words; the other commands of the group stand in files of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

import typer

from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.commands.rules_in_force import history, off, on, put, set_values
from gongche.commands.rules_try import try_rules
from gongche.problem import Problem
from gongche.settings import Settings
from rules.catalogue import CATALOGUE
from rules.in_force import Form, InForce
from rules.kinds import Argument, Kind
from rules.quantity import clock_in_words, distance_in_words, duration_in_words, number_in_words
from rules.rule import RuleParameter
from rules.words import excuses_in_words, explain_rule
from store import judging, rules_in_force
from store.errors import store_errors

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The rules in force; changing them, and trying a change on the past · 规则",
)

app.command("try")(try_rules)
app.command("put")(put)
app.command("set")(set_values)
app.command("off")(off)
app.command("on")(on)
app.command("history")(history)

OnOption = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="a day; today unless told · 某日")
]
UnitOption = Annotated[str, typer.Option("--unit", help="a unit's code · 单位代码")]


@app.command("list")
def list_rules(on: OnOption = None, unit: UnitOption = "", form: FormatOption = Format.TABLE) -> None:
    """List the rules in force on a day, for a unit · 列出现行规则.

    Where no database is told or running, the rules that are shipped.
    """
    day, forms = _in_force(on, unit)
    rows: list[dict[str, Any]] = [
        {
            "id": rule_id,
            "version": found.rule.version if found else None,
            "name_zh": found.rule.name_zh if found else None,
            "name_en": found.rule.name_en if found else None,
            "severity": found.rule.severity.value if found else None,
            "alert": found.rule.alert if found else None,
            "in_force": found is not None,
            "settings": dict(found.settings) if found else {},
        }
        for rule_id, found in forms.items()
    ]
    if form is Format.TABLE:
        rows = [
            {**row, "in_force": "" if row["in_force"] else "停用 off", "settings": _pairs(row["settings"])}
            for row in rows
        ]
    headings = {
        "id": "编号",
        "version": "版本",
        "name_zh": "名称",
        "name_en": "name",
        "severity": "程度",
        "alert": "即时警报",
        "settings": f"{day} 的设定",
        "in_force": "",
    }
    print_rows(rows, headings=headings, form=form)


@app.command("show")
def show(
    rule_id: Annotated[str, typer.Argument(metavar="RULE", help="as R04 · 规则编号")],
    on: OnOption = None,
    unit: UnitOption = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Show a rule: as it is written, in words, and its parameters, on a day, for a unit · 说明一条规则."""
    day, forms = _in_force(on, unit)
    if rule_id.upper() not in forms:
        raise Problem(f"没有规则 {rule_id}", f"no rule {rule_id}; there are {', '.join(forms)}")
    found = forms[rule_id.upper()]
    if found is None:
        raise Problem(f"{rule_id} 在 {day} 不施行", f"{rule_id} is not in force on {day}")
    rule = found.rule
    print_record(
        {
            "id": rule.id,
            "version": rule.version,
            "on": day,
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
            "settings": dict(found.settings) if form is Format.JSON else _pairs(dict(found.settings)),
        },
        form=form,
    )


def _in_force(on: datetime | None, unit: str) -> tuple[date, dict[str, Form | None]]:
    """The day asked for (today unless told), and the form of each rule on it; None where it is not in force."""
    settings = Settings()
    day = datetime.now(settings.zone).date() if on is None else on.date()
    try:
        dsn = find_database(settings)
    except Problem:
        if unit:
            raise
        return day, {rule.id: Form(rule) for rule in CATALOGUE.values()}
    with judging.connect(dsn) as conn, store_errors():
        unit_id = rules_in_force.unit_id(conn, unit) if unit else None
        if unit and unit_id is None:
            raise Problem(f"没有代码为 {unit} 的单位", f"there is no unit with the code {unit}")
        in_force = InForce(CATALOGUE.values(), rules_in_force.changes(conn))
    return day, {rule_id: in_force.form_on(rule_id, unit_id, day) for rule_id in in_force.rule_ids}


def _pairs(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings.items())


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
