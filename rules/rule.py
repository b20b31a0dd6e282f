"""A rule 规则: what is forbidden, as an expression over spans, with its name, basis and settings. Data, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from fleet.clock import DAY_US
from fleet.violation import Severity
from rules.expression import Expression, is_grounded, is_of_one_span, reach_us
from rules.kinds import Argument, Kind, value_of
from rules.language import Constant, parse
from rules.quantity import QuantityError
from rules.tokens import RuleError
from rules.vocabulary import VOCABULARY

_ID = re.compile(r"R[0-9]{2,4}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_JOIN_US = DAY_US
_MOST_LASTING_US = 31 * DAY_US
_KEYS = {"version", "name", "basis", "when", "join", "lasting", "warn", "severity", "alert", "parameters"}
_PARAMETER_KEYS = {"kind", "default", "least", "most", "zh", "en"}


class CatalogueError(ValueError):
    """A rule that cannot be used: which one, which key, what is wrong."""


@dataclass(frozen=True, slots=True)
class RuleParameter:
    """A setting that stands in a rule's expression by its name. Values as in the expression: µs, metres, counts."""

    name: str
    kind: Kind
    value: Argument
    zh: str
    en: str
    least: float = -inf
    most: float = inf

    def with_value(self, written: str | float) -> RuleParameter:
        """The same setting with another value. Raises QuantityError."""
        value = value_of(written, self.kind)
        if not isinstance(value, str) and not self.least <= value <= self.most:
            raise QuantityError(f"{self.zh} {written} 超出允许范围", f"{self.en}: {written} is beyond its limits")
        return replace(self, value=value)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in one version. ``join_us`` and ``lasting_us`` as in the design: spans closer than the one are one
    violation, kept if its spans add up to the other. ``warn_us``: from here on it is kept as a warning already, for
    information and without an alert."""

    id: str
    version: int
    name_zh: str
    name_en: str
    basis: str
    when: str
    expression: Expression
    join_us: int
    lasting_us: int
    severity: Severity
    alert: bool
    parameters: tuple[RuleParameter, ...] = ()
    warn_us: int | None = None

    @property
    def least_us(self) -> int:
        """What its spans have to add up to for it to be told at all."""
        return self.lasting_us if self.warn_us is None else min(self.warn_us, self.lasting_us)

    def severity_of(self, total_us: int) -> Severity:
        """Of a violation whose spans add up to so much."""
        return self.severity if total_us >= self.lasting_us else Severity.INFO

    @property
    def reach_us(self) -> int:
        """How far back a judgement looks past the spans it is given (see :func:`rules.expression.reach_us`)."""
        return reach_us(self.expression) + self.join_us

    @property
    def adding_reach_us(self) -> int:
        """How far back spans that are added up may lie; no way, where each is a violation by itself and known whole."""
        return 0 if not self.join_us and is_of_one_span(self.expression) else self.lasting_us

    def with_settings(self, **written: str | float) -> Rule:
        """The rule with other values for ``join``, ``lasting``, ``warn`` or its parameters, as written in a rule.

        Raises QuantityError for a value of the wrong kind or beyond its limits, KeyError for an unknown name.
        """
        unknown = written.keys() - {"join", "lasting", "warn"} - {p.name for p in self.parameters}
        if unknown:
            raise KeyError(f"{self.id} has no setting {', '.join(sorted(unknown))}")
        parameters = tuple(p.with_value(written[p.name]) if p.name in written else p for p in self.parameters)
        return replace(
            self,
            parameters=parameters,
            expression=_expression(self.when, parameters),
            join_us=_limited(written["join"], _MOST_JOIN_US) if "join" in written else self.join_us,
            lasting_us=_limited(written["lasting"], _MOST_LASTING_US) if "lasting" in written else self.lasting_us,
            warn_us=_limited(written["warn"], _MOST_LASTING_US) if "warn" in written else self.warn_us,
        )


def rule_of(rule_id: str, data: Mapping[str, Any]) -> Rule:
    """A rule from its table in TOML. Raises CatalogueError."""
    try:
        if not _ID.fullmatch(rule_id):
            raise CatalogueError("编号应如 R04 / the id must be like R04")
        _only(data, _KEYS)
        name = _given(data, "name", dict)
        _only(name, {"zh", "en"})
        tables = _given(data, "parameters", dict) if "parameters" in data else {}
        parameters = tuple(_parameter(key, _given(tables, key, dict)) for key in tables)
        when = _given(data, "when", str).strip()
        lasting_us = _limited(data.get("lasting", "0 s"), _MOST_LASTING_US)
        warn_us = _limited(data["warn"], _MOST_LASTING_US) if "warn" in data else None
        if warn_us is not None and warn_us >= lasting_us:
            raise CatalogueError("warn 应短于 lasting / warn must be less than lasting")
        return Rule(
            id=rule_id,
            version=_given(data, "version", int),
            name_zh=_given(name, "zh", str),
            name_en=_given(name, "en", str),
            basis=_given(data, "basis", str),
            when=when,
            expression=_expression(when, parameters),
            join_us=_limited(data.get("join", "0 s"), _MOST_JOIN_US),
            lasting_us=lasting_us,
            severity=Severity(_given(data, "severity", str)),
            alert=_given(data, "alert", bool) if "alert" in data else False,
            parameters=parameters,
            warn_us=warn_us,
        )
    except ValueError as error:
        raise CatalogueError(f"规则 rule {rule_id}: {error}") from error


def _expression(when: str, parameters: tuple[RuleParameter, ...]) -> Expression:
    expression = parse(when, {p.name: Constant(p.kind, p.value) for p in parameters})
    if not is_grounded(expression):
        raise RuleError(
            "规则在没有定位数据的时间也会成立，请与 driving、standing 等词语相交",
            "the rule would hold where there is no data; intersect it with driving, standing or the like",
            when,
            0,
        )
    return expression


def _parameter(name: str, data: Mapping[str, Any]) -> RuleParameter:
    if not _NAME.fullmatch(name) or name in VOCABULARY or name in ("join", "lasting", "warn"):
        raise CatalogueError(f"参数名不可用 / not usable as a parameter's name: {name}")
    _only(data, _PARAMETER_KEYS)
    kind = Kind(_given(data, "kind", str))
    if kind is Kind.SPANS:
        raise CatalogueError(f"参数 {name} 不能是时段 / parameter {name} cannot be spans")
    default = _given(data, "default", str | int | float)
    made = RuleParameter(
        name,
        kind,
        value_of(default, kind),
        _given(data, "zh", str),
        _given(data, "en", str),
        _limit(data, "least", kind, -inf),
        _limit(data, "most", kind, inf),
    )
    return made.with_value(default)


def _limit(data: Mapping[str, Any], key: str, kind: Kind, otherwise: float) -> float:
    value = value_of(data[key], kind) if key in data else otherwise
    if isinstance(value, str):
        raise CatalogueError(f"{kind} 没有上下限 / {kind} has no limits")
    return value


def _given(data: Mapping[str, Any], key: str, kind: Any) -> Any:
    if key not in data:
        raise CatalogueError(f"缺少 {key} / {key} is missing")
    value = data[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool) or value == "":
        raise CatalogueError(f"{key} 的值不对 / {key} cannot be {value!r}")
    return value


def _only(data: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(data.keys() - known)
    if unknown:
        raise CatalogueError(f"不认识的键 / unknown keys: {', '.join(unknown)}")


def _limited(written: Any, most_us: int) -> int:
    us = value_of(written, Kind.DURATION)
    if not isinstance(us, int) or us > most_us:
        raise QuantityError(f"时长 {written} 太长", f"the duration {written} is too long")
    return us
