"""Entering what a centre decides about its rules: checked against all that is entered, stored, cars marked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from gongche.judge import current_book
from gongche.problem import Problem
from gongche.settings import Settings
from rules.catalogue import CATALOGUE
from rules.rule import CatalogueError, Rule
from rules.rule_changes import Act
from rules.rulebook import RuleBook
from store import judging, rules_in_force
from store.errors import store_errors


@contextmanager
def entering(conn: judging.Connection, settings: Settings) -> Iterator[RuleBook]:
    """A transaction in which something is entered about rules; gives the rule book before it.

    The database marks the cars that the entry touches, from its first day on. Where it asks for other facts (another
    buffer around a zone, another speed) all cars are marked from their first position: facts are the same for all.
    Nothing is entered that does not fit what is in force on some day: Problem.
    """
    with store_errors(), conn.transaction():
        rules_in_force.lock(conn)
        before = current_book(conn, settings, CATALOGUE.values())
        yield before
        try:
            after = current_book(conn, settings, CATALOGUE.values())
            facts_differ = after.facts_signature != before.facts_signature
        except CatalogueError as error:
            zh, _, en = str(error).partition(" / ")
            raise Problem(zh, en) from error
        if facts_differ:
            rules_in_force.mark_all(conn)


def check_version(book: RuleBook, rule: Rule) -> None:
    """A version of a rule says one thing for ever. Raises Problem for one that was used for something else."""
    known = [entry.rule for entry in book.changes.entries if entry.rule and entry.rule.id == rule.id]
    known += [one for one in book.rules if one.id == rule.id]
    if rule in known:
        return
    newest = max((one.version for one in known), default=0)
    if rule.version <= newest:
        raise Problem(
            f"{rule.id} 已有第 {newest} 版，改动后的规则应写 version = {newest + 1}",
            f"{rule.id} has a version {newest} already; the changed rule needs version = {newest + 1}",
        )


def check_switch(book: RuleBook, rule_id: str, act: Act, day: date) -> None:
    """Raises Problem where the switch would change nothing on its first day."""
    is_on = book.in_force.form_on(rule_id, None, day) is not None
    if is_on == (act is Act.ON):
        raise Problem(
            f"{rule_id} 在 {day} 已经{'启用' if is_on else '停用'}", f"{rule_id} is {'on' if is_on else 'off'} on {day}"
        )
