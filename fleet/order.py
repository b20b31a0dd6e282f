"""Orders 派车单 and waivers 值班/豁免: what excuses a use of a vehicle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fleet.span import Span


@dataclass(frozen=True, slots=True)
class Order:
    """An approved use of a vehicle. It may be filed late, within 24 h of its start (补单)."""

    id: int
    number: str
    vehicle_id: int
    during: Span
    reason: str
    destination: str
    filed_at: datetime
    approved_at: datetime | None = None
    cancelled_at: datetime | None = None
    destination_zone: str | None = None
    destination_lon: float | None = None
    destination_lat: float | None = None
    out_of_district: bool = False
    planned_distance_m: int | None = None
    """Of the whole use, there and back; None where it is not known."""


class WaiverKind(StrEnum):
    """Why a rule does not apply for a while."""

    DUTY = "duty"
    EMERGENCY = "emergency"
    REPAIR = "repair"
    TEST_DRIVE = "test_drive"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A span for which rules do not apply to a vehicle: roster duty, repair, a test drive, emergency."""

    id: int
    vehicle_id: int
    kind: WaiverKind
    during: Span
    reason: str
