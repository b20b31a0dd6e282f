"""Units 用车单位 and vehicles 公务用车."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class UseClass(StrEnum):
    """Class of use, 《党政机关公务用车管理办法》(中办发〔2017〕71号) art. 3."""

    GENERAL = "general"
    LAW_ENFORCEMENT = "law_enforcement"
    CONFIDENTIAL_MAIL = "confidential_mail"
    EMERGENCY = "emergency"
    SPECIAL = "special"


@dataclass(frozen=True, slots=True)
class Unit:
    """The office that cars belong to; units form a tree under a district."""

    id: int
    code: str
    name: str
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car, known by its plate."""

    id: int
    plate: str
    unit_id: int
    use_class: UseClass = UseClass.GENERAL
    model: str = ""
