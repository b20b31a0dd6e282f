"""``gongche rules put | set | off | on | history``: what a centre decides about its rules, entered and told."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.audit import Detail
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.commands.rule_file import rules_in
from gongche.doing import deed, doer
from gongche.problem import Problem
from gongche.rule_changes import check_switch, check_version, entering
from gongche.settings import Settings
from rules.kinds import Kind
from rules.quantity import QuantityError
from rules.rule import Rule
from rules.rule_changes import Act, Days, Written
from rules.rulebook import RuleBook
from rules.season import Season
from store import audit, judging, rules_in_force
from store.rules_in_force import Entered, StoredSettings, StoredVersion

DAY = ["%Y-%m-%d"]
INHERITED = "default"
"""Written for a value that is to be as above again."""

RuleId = Annotated[str, typer.Argument(metavar="RULE", help="as R04 · 规则编号")]
First = Annotated[datetime, typer.Option("--from", formats=DAY, help="first day · 起始日")]
Last = Annotated[datetime | None, typer.Option("--to", formats=DAY, help="last day; none means for good · 截止日")]
Reason = Annotated[str, typer.Option("--reason", help="why · 理由")]
Document = Annotated[str, typer.Option("--document", help="by which document · 依据文件")]
By = Annotated[str, typer.Option("--by", help="who decided it; your login name unless told · 登记人")]

_PAIR = re.compile(r"([a-z][a-z0-9_]*)=(.*)", re.DOTALL)
_ACTS = {"put": "施行 put", "off": "停用 off", "on": "启用 on", "set": "设定 set"}
_HEADINGS = {
    "rule": "规则 rule", "what": "事项 what", "first": "自 from", "last": "至 to", "unit": "单位 unit",
    "season": "时令 season", "told": "内容 told", "reason": "理由 reason", "document": "文件 document",
    "entered_by": "登记人 by", "entered_at": "登记时间 at",
}  # fmt: skip


def put(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="TOML · 规则文件")],
    first: First,
    reason: Reason,
    last: Last = None,
    document: Document = "",
    by: By = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Put the one changed rule in FILE in force from a day on · 施行改动后的规则.

    Its version must be a new one. Try it before: `gongche rules try`. What it touches is judged again.
    """
    found = rules_in(file)
    if len(found) != 1:
        raise Problem(f"{file} 中应只有一条规则", f"there must be one rule in {file}, not {len(found)}")
    (rule,) = found
    with _entering() as (conn, book):
        check_version(book, rule)
        entry = rules_in_force.put(
            conn, rule, file.read_text(encoding="utf-8"), _entered(first, last, reason, document, by)
        )
        _record(conn, by, rule.id, entry, _entered(first, last, reason, document, by), {"version": rule.version})
    print_record({"entry": entry, "rule": rule.id, "version": rule.version, **_days(first, last)}, form=form)


def off(
    rule_id: RuleId,
    first: First,
    reason: Reason,
    last: Last = None,
    document: Document = "",
    by: By = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Switch a rule off from a day on · 停用一条规则."""
    _switch(rule_id, Act.OFF, _entered(first, last, reason, document, by), by, form)


def on(
    rule_id: RuleId,
    first: First,
    reason: Reason,
    last: Last = None,
    document: Document = "",
    by: By = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Switch a rule on again from a day on · 重新启用一条规则."""
    _switch(rule_id, Act.ON, _entered(first, last, reason, document, by), by, form)


def set_values(
    rule_id: RuleId,
    values: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="as work_end=19:30 · 设定")],
    first: First,
    reason: Reason,
    last: Last = None,
    unit: Annotated[str, typer.Option("--unit", help="a unit's code, and those below it; none means all · 单位")] = "",
    season: Annotated[str, typer.Option("--season", help="each year, as 05-01..09-30 · 时令")] = "",
    document: Document = "",
    by: By = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Set values of a rule for a unit, and a season of each year · 为单位（及时令）设定参数.

    The nearest unit's count, with a season before without, of those the newest. NAME=default takes back what was set.
    """
    entered = _entered(first, last, reason, document, by)
    with _entering() as (conn, book):
        rule = _known(book, rule_id)
        told = dict(_pair(rule, pair) for pair in values)
        unit_id = rules_in_force.unit_id(conn, unit) if unit else None
        if unit and unit_id is None:
            raise Problem(f"没有代码为 {unit} 的单位", f"there is no unit with the code {unit}")
        try:
            within = Season.of(season) if season else None
        except QuantityError as error:
            raise Problem(error.zh, error.en) from error
        entry = rules_in_force.set_values(conn, rule.id, unit_id, within, told, entered)
        said: dict[str, Detail | list[Detail]] = {"settings": list(values), "unit": unit, "season": season}
        _record(conn, by, rule.id, entry, entered, {"act": "set", **{name: one for name, one in said.items() if one}})
    shown = {"unit": unit or None, "season": season or None, "settings": told}
    print_record({"entry": entry, "rule": rule.id, **shown, **_days(first, last)}, form=form)


def history(
    rule_id: Annotated[str, typer.Argument(metavar="RULE", help="as R04; none means all · 规则编号")] = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """List what was entered about rules, oldest first · 规则变更记录."""
    settings = Settings()
    with judging.connect(find_database(settings)) as conn:
        stored: list[StoredVersion | StoredSettings] = [*rules_in_force.versions(conn), *rules_in_force.settings(conn)]
    wanted = [one for one in stored if not rule_id or one.rule_id == rule_id.upper()]
    rows = [_row(one, settings, form) for one in sorted(wanted, key=lambda one: (one.entered_at, one.id))]
    print_rows(rows, headings=_HEADINGS, form=form)


def _switch(rule_id: str, act: Act, entered: Entered, by: str, form: Format) -> None:
    with _entering() as (conn, book):
        rule = _known(book, rule_id)
        check_switch(book, rule.id, act, entered.days.first)
        entry = rules_in_force.switch(conn, rule.id, act, entered)
        _record(conn, by, rule.id, entry, entered, {"act": act.value})
    until = entered.days.until
    last = None if until is None else until - timedelta(days=1)
    print_record({"entry": entry, "rule": rule.id, "act": act.value, "from": entered.days.first, "to": last}, form=form)


@contextmanager
def _entering() -> Iterator[tuple[judging.Connection, RuleBook]]:
    settings = Settings()
    with judging.connect(find_database(settings)) as conn, entering(conn, settings) as book:
        yield conn, book


def _record(
    conn: judging.Connection,
    by: str,
    rule_id: str,
    entry: int,
    entered: Entered,
    told: dict[str, Detail | list[Detail]],
) -> None:
    """In the audit chain; at the end of its transaction, as others wait for it."""
    until = entered.days.until
    details: dict[str, Detail | list[Detail]] = {
        "act": Act.PUT.value,
        **told,
        "entry": entry,
        "from": entered.days.first.isoformat(),
        "until": until.isoformat() if until else None,
        "reason": entered.reason,
    }
    audit.record_now(conn, deed("enter_rule", rule_id, details, by), doer(by).at)


def _entered(first: datetime, last: datetime | None, reason: str, document: str, by: str) -> Entered:
    if last is not None and last < first:
        raise Problem("--to 早于 --from", "--to is before --from")
    if not reason.strip():
        raise Problem("--reason 不能为空", "--reason must say something")
    until = None if last is None else last.date() + timedelta(days=1)
    who = by.strip() or getpass.getuser()
    return Entered(days=Days(first.date(), until), reason=reason.strip(), document=document.strip(), entered_by=who)


def _known(book: RuleBook, rule_id: str) -> Rule:
    known = {rule.id: rule for rule in [*book.forms, *book.rules]}
    if rule_id.upper() not in known:
        raise Problem(f"没有规则 {rule_id}", f"no rule {rule_id}; there are {', '.join(sorted(known))}")
    return known[rule_id.upper()]


def _pair(rule: Rule, pair: str) -> tuple[str, Written | None]:
    told = _PAIR.fullmatch(pair)
    if told is None:
        raise Problem(f"“{pair}”应写作 名称=值", f'"{pair}" must be NAME=VALUE, as work_end=19:30')
    name, written = told[1], told[2].strip()
    if written == INHERITED:
        return name, None
    kinds = {parameter.name: parameter.kind for parameter in rule.parameters}
    if kinds.get(name) in (Kind.NUMBER, Kind.COUNT):
        try:
            return name, float(written) if "." in written else int(written)
        except ValueError:
            raise Problem(f"{name} 应为数，却是 {written}", f"{name} must be a number, not {written}") from None
    return name, written


def _days(first: datetime, last: datetime | None) -> dict[str, Any]:
    return {"from": first.date(), "to": None if last is None else last.date()}


def _row(one: StoredVersion | StoredSettings, settings: Settings, form: Format) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "rule": one.rule_id,
        "first": one.first,
        "last": None if one.until is None else one.until - timedelta(days=1),
        "reason": one.reason,
        "document": one.document,
        "entered_by": one.entered_by,
        "entered_at": one.entered_at.astimezone(settings.zone),
        "unit": None,
        "season": None,
    }
    act = one.act if isinstance(one, StoredVersion) else "set"
    shown["what"] = act if form is Format.JSON else _ACTS[act]
    if isinstance(one, StoredVersion):
        is_put = one.version is not None
        return shown | {
            "told": {"version": one.version, "toml": one.toml}
            if form is Format.JSON and is_put
            else f"version {one.version}"
            if is_put
            else None
        }
    told = {name: INHERITED if value is None else value for name, value in one.settings.items()}
    return shown | {
        "unit": one.unit_code if form is Format.JSON else f"{one.unit_code} {one.unit_name}" if one.unit_code else "",
        "season": one.season,
        "told": told if form is Format.JSON else ", ".join(f"{name}={value}" for name, value in told.items()),
    }
