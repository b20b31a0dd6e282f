"""A violation 疑似违规: a span in which a rule held for a vehicle. Suspected, until a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    INFO = "info"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Violation:
    """Key: vehicle, rule, start. ``provisional`` when the calendar did not know the day (UNKNOWN year);
    ``insufficient`` when it rests on too little (docs/rules.md): then it accuses nobody."""

    vehicle_id: int
    rule_id: str
    rule_version: int
    start: datetime
    end: datetime
    severity: Severity
    provisional: bool = False
    evidence: dict[str, Any] = field(default_factory=dict)
    insufficient: bool = False

    def as_json(self) -> dict[str, Any]:
        """All but whose and by which rule, as plain values."""
        return {
            "rule_version": self.rule_version,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "severity": self.severity.value,
            "provisional": self.provisional,
            "evidence": self.evidence,
            "insufficient": self.insufficient,
        }

    @classmethod
    def of_json(cls, vehicle_id: int, rule_id: str, written: Mapping[str, Any]) -> Violation:
        """What :meth:`as_json` wrote."""
        return cls(
            vehicle_id,
            rule_id,
            int(written["rule_version"]),
            datetime.fromisoformat(written["start"]),
            datetime.fromisoformat(written["end"]),
            Severity(written["severity"]),
            bool(written["provisional"]),
            dict(written["evidence"]),
            bool(written["insufficient"]),
        )
