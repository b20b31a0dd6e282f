"""A violation 疑似违规: a span in which a rule held for a vehicle. Suspected, until a person decides."""

from __future__ import annotations

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
    """Key: vehicle, rule, start. ``provisional`` when the calendar did not know the day (UNKNOWN year)."""

    vehicle_id: int
    rule_id: str
    rule_version: int
    start: datetime
    end: datetime
    severity: Severity
    provisional: bool = False
    evidence: dict[str, Any] = field(default_factory=dict)
