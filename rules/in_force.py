"""Rules in force 现行规则: which form of a rule judges the cars of which unit, and when.

Of the entries about a rule that cover a day the newest counts. Of the settings that cover it, for each value: the
nearest unit's, going up the tree to what is set for all; there one with a season before one without; of those the
newest. Two forms that say the same are one: a violation is parted only where what it is judged by changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from fleet.clock import DAY_US, day_start_us, local_day
from rules.kinds import Kind, written_of
from rules.rule import CatalogueError, Rule
from rules.rule_changes import Act, RuleChanges, RuleEntry, RuleSetting, Written
from rules.spans import LATEST_US, Int64s, Mask
from rules.units import History, Units

_YEARS_AFTER = 5
"""So many years after the last entry begins or ends, each form that seasons bring has been: one is a leap year."""

Stretch = tuple[date, date, "Form"]


@dataclass(frozen=True, slots=True)
class Form:
    """A rule as it judges: in one version, with the settings that differ from those it is written with."""

    rule: Rule
    settings: tuple[tuple[str, Written], ...] = field(default=())

    @classmethod
    def of(cls, rule: Rule, values: Mapping[str, Written]) -> Form:
        """Raises QuantityError for a value, KeyError for a name, RuleError for what does not go together."""
        if not values:
            return cls(rule)
        other = rule.with_settings(**values)
        was, now = _values(rule), _values(other)
        return cls(other, tuple((name, now[name]) for name in sorted(now) if now[name] != was[name]))


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """A form, and what it judges: the vehicles where ``rows`` is true (None: all) in ``spans`` (None: at all times)."""

    form: Form
    rows: Mask | None = None
    spans: tuple[Int64s, Int64s] | None = None


class InForce:
    """The shipped rules under what a centre has entered. Raises CatalogueError for a setting that a rule refuses."""

    def __init__(self, shipped: Iterable[Rule], changes: RuleChanges) -> None:
        self._shipped = {rule.id: rule for rule in shipped}
        self._parents = changes.parents
        self._entries: dict[str, list[RuleEntry]] = defaultdict(list)
        for entry in sorted(changes.entries, key=lambda one: -one.id):
            self._entries[entry.rule_id].append(entry)
        self._settings: dict[str, dict[int | None, list[RuleSetting]]] = defaultdict(lambda: defaultdict(list))
        for setting in sorted(changes.settings, key=lambda one: -one.id):
            self._settings[setting.rule_id][setting.unit_id].append(setting)
        put = {entry.rule_id for entry in changes.entries if entry.act is Act.PUT}
        self.rule_ids = [*self._shipped, *sorted(put - self._shipped.keys())]
        self._made: dict[tuple[Rule, tuple[tuple[str, Written], ...]], Form] = {}
        self._stretches: dict[tuple[str, tuple[int | None, ...], int, int], list[Stretch]] = {}

    def form_on(self, rule_id: str, unit_id: int | None, day: date) -> Form | None:
        """The form that a rule has for a unit on a local day; None where it is not in force."""
        return self._form(rule_id, self._levels(rule_id, unit_id), day)

    @cached_property
    def forms(self) -> list[Form]:
        """Every form that any rule has at any time for any unit, each once."""
        found: dict[Form, None] = {}
        for rule_id in self.rule_ids:
            levels = {self._levels(rule_id, unit): None for unit in (None, *self._settings_of(rule_id))}
            years = [bound.year for days in self._days_of(rule_id) for bound in days if bound > date.min]
            first, last = min(years, default=_YEARS_AFTER) - 1, max(years, default=_YEARS_AFTER) + _YEARS_AFTER
            for level in levels:
                stretches = self._stretches_of(rule_id, level, max(first, date.min.year), last)
                found.update((form, None) for _, _, form in stretches)
        return list(found)

    def variants(self, units: Units, bounds_us: tuple[int, int] | None, zone: ZoneInfo) -> Iterator[Variant]:
        """What judges vehicles of these units between two moments, rule by rule; each day by its unit of then."""
        for rule_id in self.rule_ids:
            if rule_id not in self._entries and rule_id not in self._settings:
                yield Variant(Form(self._shipped[rule_id]))
            elif bounds_us is not None:
                yield from self._variants(rule_id, units, bounds_us, zone)

    def _variants(self, rule_id: str, units: Units, bounds_us: tuple[int, int], zone: ZoneInfo) -> Iterator[Variant]:
        first, last = local_day(bounds_us[0], zone).year, local_day(min(bounds_us[1], LATEST_US - DAY_US), zone).year
        histories, history_of = units.histories
        alike: dict[tuple[Form, tuple[tuple[date, date], ...]], list[int]] = defaultdict(list)
        for number, history in enumerate(histories):
            times: dict[Form, list[tuple[date, date]]] = defaultdict(list)
            for since, until, form in self._stretches_over(rule_id, history, first, last, zone):
                times[form].append((since, until))
            for form, some in times.items():
                alike[form, tuple(some)].append(number)
        for (form, stretches), those in alike.items():
            always = stretches == ((date(first, 1, 1), date(last + 1, 1, 1)),)
            yield Variant(
                form,
                None if len(those) == len(histories) else np.isin(history_of, those),
                None if always else _spans(stretches, zone),
            )

    def _stretches_over(self, rule_id: str, history: History, first: int, last: int, zone: ZoneInfo) -> list[Stretch]:
        """As :meth:`_stretches_of`, of a vehicle that changes units: each unit's up to the local day of the change."""
        if len(history) == 1:
            return self._stretches_of(rule_id, self._levels(rule_id, history[0][1]), first, last)
        days = [date.min if since_us is None else local_day(since_us, zone) for since_us, _ in history]
        found: list[Stretch] = []
        for (_, unit), (begin, end) in zip(history, pairwise([*days, date.max]), strict=True):
            for since, until, form in self._stretches_of(rule_id, self._levels(rule_id, unit), first, last):
                _add(found, max(since, begin), min(until, end), form)
        return found

    def _stretches_of(self, rule_id: str, levels: tuple[int | None, ...], first: int, last: int) -> list[Stretch]:
        """From the first day of one year to the last of another: since when, up to when, and the form."""
        key = (rule_id, levels, first, last)
        if key not in self._stretches:
            self._stretches[key] = self._made_stretches(rule_id, levels, first, last)
        return self._stretches[key]

    def _made_stretches(self, rule_id: str, levels: tuple[int | None, ...], first: int, last: int) -> list[Stretch]:
        begin, end = date(first, 1, 1), date(last + 1, 1, 1)
        turns = {bound for days in self._days_of(rule_id) for bound in days}
        for level in levels:
            seasons = {setting.season for setting in self._settings_of(rule_id)[level] if setting.season}
            turns |= {turn for season in seasons for year in range(first, last + 1) for turn in season.turns(year)}
        days = [begin, *sorted(turn for turn in turns if begin < turn < end), end]
        found: list[Stretch] = []
        for since, until in pairwise(days):
            form = self._form(rule_id, levels, since)
            if form is not None:
                _add(found, since, until, form)
        return found

    def _days_of(self, rule_id: str) -> Iterator[tuple[date, ...]]:
        yield from (entry.days.bounds for entry in self._entries.get(rule_id, ()))
        yield from (one.days.bounds for some in self._settings_of(rule_id).values() for one in some)

    def _settings_of(self, rule_id: str) -> Mapping[int | None, list[RuleSetting]]:
        return self._settings.get(rule_id, {})

    def _levels(self, rule_id: str, unit_id: int | None) -> tuple[int | None, ...]:
        """The unit and those above it that have settings of their own, nearest first, and None where all have."""
        own, found = self._settings_of(rule_id), []
        seen: set[int] = set()
        while unit_id is not None and unit_id not in seen:
            seen.add(unit_id)
            found += [unit_id] if unit_id in own else []
            unit_id = self._parents.get(unit_id)
        return (*found, None) if None in own else tuple(found)

    def _form(self, rule_id: str, levels: tuple[int | None, ...], day: date) -> Form | None:
        rule = self._rule(rule_id, day)
        if rule is None:
            return None
        values: dict[str, Written] = {}
        for level in levels:
            covering = [one for one in self._settings_of(rule_id)[level] if day in one.days]
            for some in (
                [one for one in covering if one.season and day in one.season],
                [one for one in covering if one.season is None],
            ):
                # Newest first, so that the oldest is written first and written over.
                newest = {name: value for one in reversed(some) for name, value in one.values}
                values = {**{name: value for name, value in newest.items() if value is not None}, **values}
        key = (rule, tuple(sorted(values.items())))
        if key not in self._made:
            self._made[key] = _made(rule, values, day)
        return self._made[key]

    def _rule(self, rule_id: str, day: date) -> Rule | None:
        covering = [entry for entry in self._entries.get(rule_id, ()) if day in entry.days]
        if covering and covering[0].act is Act.OFF:
            return None
        return next((entry.rule for entry in covering if entry.rule), self._shipped.get(rule_id))


def _add(found: list[Stretch], since: date, until: date, form: Form) -> None:
    """Adds a stretch, if it is one, to those before it; two of one form that touch are one."""
    if since >= until:
        return
    if found and (found[-1][1], found[-1][2]) == (since, form):
        found[-1] = (found[-1][0], until, form)
    else:
        found.append((since, until, form))


def _made(rule: Rule, values: Mapping[str, Written], day: date) -> Form:
    try:
        return Form.of(rule, values)
    except (ValueError, KeyError) as error:
        told = ", ".join(f"{name}={value}" for name, value in values.items())
        raise CatalogueError(
            f"规则 {rule.id} 第 {rule.version} 版自 {day} 起不接受设置 {told}"
            f" / from {day} on rule {rule.id}, version {rule.version}, refuses the settings {told}: {error.args[0]}"
        ) from error


def _values(rule: Rule) -> dict[str, Written]:
    """All settings of a rule, each written in one way."""
    values = {one.name: written_of(one.value, one.kind) for one in rule.parameters}
    lasting = {"join": rule.join_us, "lasting": rule.lasting_us}
    return values | {name: written_of(us, Kind.DURATION) for name, us in lasting.items()}


def _spans(stretches: tuple[tuple[date, date], ...], zone: ZoneInfo) -> tuple[Int64s, Int64s]:
    starts, ends = zip(
        *((day_start_us(since, zone), day_start_us(until, zone)) for since, until in stretches), strict=True
    )
    return np.array(starts, np.int64), np.array(ends, np.int64)
