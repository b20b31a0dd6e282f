"""A sanction 处理处分: what another body decided about a person. It is recorded here, and never decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class SanctionKind(StrEnum):
    """Which one; from talking to somebody up to what the disciplinary rules know."""

    CRITICISM = "criticism"
    TALK = "talk"
    ADMONITION = "admonition"
    CIRCULATED = "circulated"
    ORGANISATIONAL = "organisational"
    PARTY = "party"
    GOVERNMENT = "government"
    TRANSFERRED = "transferred"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanction:
    """``decided_by``: the body that decided; ``document``: its number; ``decided_on``: a local day."""

    kind: SanctionKind
    person: str
    decided_by: str
    decided_on: date
    document: str = ""
