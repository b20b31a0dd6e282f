"""What a centre has entered about its rules: changed rules, switches, settings of units. Append-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from rules.catalogue import CATALOGUE, rules_of
from rules.in_force import Form
from rules.rule import Rule
from rules.rule_changes import Act, Days, RuleChanges, RuleEntry, RuleSetting, Written
from rules.season import Season
from store import database
from store.judging import Connection
from store.sql import load

_queries = load("rules_in_force")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Who entered something, why, by which document, and for which local days."""

    days: Days
    reason: str
    document: str
    entered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """A changed rule or a switch, as it was entered."""

    id: int
    rule_id: str
    act: str
    version: int | None
    toml: str | None
    first: date
    until: date | None
    reason: str
    document: str
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSettings:
    """Settings of a unit or of all, as they were entered."""

    id: int
    rule_id: str
    unit_id: int | None
    unit_code: str | None
    unit_name: str | None
    first: date
    until: date | None
    season: str | None
    settings: dict[str, Written | None]
    reason: str
    document: str
    entered_by: str
    entered_at: datetime


def stamp(conn: Connection) -> str:
    """Changes whenever what is entered about rules does."""
    row = conn.execute(_queries["stamp"]).fetchone()
    return "" if row is None else str(row[0])


def lock(conn: Connection) -> None:
    """Until the transaction ends nobody else enters anything."""
    conn.execute(_queries["lock"])


def versions(conn: Connection) -> list[StoredVersion]:
    """Changed rules and switches, newest last."""
    with conn.cursor(row_factory=class_row(StoredVersion)) as cursor:
        return cursor.execute(_queries["versions"]).fetchall()


def settings(conn: Connection) -> list[StoredSettings]:
    """Settings of units, newest last."""
    with conn.cursor(row_factory=class_row(StoredSettings)) as cursor:
        return cursor.execute(_queries["settings"]).fetchall()


def changes(conn: Connection) -> RuleChanges:
    """All that was entered, and the tree of units. Raises CatalogueError for a rule that can no longer be read."""
    return _changes(versions(conn), settings(conn), dict(conn.execute(_queries["tree"]).fetchall()))


async def changes_for_pages(conn: database.Connection) -> RuleChanges:
    """The same, for what is not a judge."""
    async with conn.cursor(row_factory=class_row(StoredVersion)) as cursor:
        of_rules = await (await cursor.execute(_queries["versions"])).fetchall()
    async with conn.cursor(row_factory=class_row(StoredSettings)) as cursor:
        of_units = await (await cursor.execute(_queries["settings"])).fetchall()
    async with conn.cursor(row_factory=tuple_row) as cursor:
        tree: dict[int, int | None] = dict(await (await cursor.execute(_queries["tree"])).fetchall())
    return _changes(of_rules, of_units, tree)


def _changes(
    of_rules: Sequence[StoredVersion], of_units: Sequence[StoredSettings], tree: dict[int, int | None]
) -> RuleChanges:
    entries = [
        RuleEntry(
            one.id,
            one.rule_id,
            Act(one.act),
            Days(one.first, one.until),
            None if one.toml is None else rules_of(one.toml)[one.rule_id],
        )
        for one in of_rules
    ]
    set_values_of = [
        RuleSetting(
            one.id,
            one.rule_id,
            one.unit_id,
            Days(one.first, one.until),
            tuple(sorted(one.settings.items())),
            None if one.season is None else Season.of(one.season),
        )
        for one in of_units
    ]
    return RuleChanges(entries, set_values_of, tree)


def unit_id(conn: Connection, code: str) -> int | None:
    """The unit with a code."""
    row = conn.execute(_queries["unit"], {"code": code}).fetchone()
    return None if row is None else int(row[0])


def put(conn: Connection, rule: Rule, toml: str, entered: Entered) -> int:
    """A changed rule, as the text of its table alone; the number of the entry."""
    return _added(conn, "add_version", entered, rule_id=rule.id, act=Act.PUT.value, version=rule.version, toml=toml)


def switch(conn: Connection, rule_id: str, act: Act, entered: Entered) -> int:
    """A rule off or on; the number of the entry."""
    return _added(conn, "add_version", entered, rule_id=rule_id, act=act.value, version=None, toml=None)


def set_values(
    conn: Connection,
    rule_id: str,
    unit: int | None,
    season: Season | None,
    values: Mapping[str, Written | None],
    entered: Entered,
) -> int:
    """Settings of a unit and those below it, or of all; the number of the entry."""
    told = {"unit_id": unit, "season": None if season is None else str(season), "settings": Jsonb(dict(values))}
    return _added(conn, "add_settings", entered, rule_id=rule_id, **told)


def mark_all(conn: Connection) -> None:
    """All vehicles are to be judged from their first position on."""
    conn.execute(_queries["mark_all"])


async def rule_as_judged(
    conn: database.Connection, rule_id: str, version: int, evidence: Mapping[str, Any]
) -> Rule | None:
    """The rule that a violation was judged by, with the settings that stand in its evidence.

    Where that version is neither shipped nor was put in force, as it is shipped now; None for an unknown rule.
    """
    rule = CATALOGUE.get(rule_id)
    if rule is None or rule.version != version:
        found = await conn.execute(_queries["toml_of"], {"rule_id": rule_id, "version": version})
        row = await found.fetchone()
        if row is not None:
            rule = rules_of(row[0])[rule_id]
    given = evidence.get("settings") or {}
    return Form.of(rule, given).rule if rule is not None and rule.version == version else rule


def _added(conn: Connection, query: LiteralString, entered: Entered, **values: Any) -> int:
    told = {"first": entered.days.first, "until": entered.days.until, "reason": entered.reason}
    told |= {"document": entered.document, "entered_by": entered.entered_by}
    row = conn.execute(_queries[query], {**values, **told}).fetchone()
    if row is None:
        raise RuntimeError("an insert that returns its id returned none")
    return int(row[0])
