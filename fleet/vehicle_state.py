"""Vehicle states: a vehicle is laid up 停用 or scrapped 报废, by a document. A history, without overlaps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fleet.span import Span


class StateKind(StrEnum):
    """Why a vehicle has to stand. Repair is a waiver's kind: it excuses other things too."""

    LAID_UP = "laid_up"
    SCRAPPED = "scrapped"


@dataclass(frozen=True, slots=True)
class VehicleState:
    """A span in which a vehicle may not drive, and by which document."""

    id: int
    vehicle_id: int
    state: StateKind
    during: Span
    document: str
