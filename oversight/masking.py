"""What of a plate and a name is shown to whom, and at which stage of a case (invariant 9): one table, asked here."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from fleet.decision import Outcome


class Audience(StrEnum):
    """Who reads."""

    CENTRE = "centre"
    """the centre and those who check it, within their scope"""
    UNIT = "unit"
    """the unit that the car belongs to"""
    PUBLIC = "public"
    """all units, and whoever a bulletin reaches"""


class Stage(StrEnum):
    """How far it is established."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"


class Shown(StrEnum):
    """How much is shown."""

    WHOLE = "whole"
    MASKED = "masked"
    NOTHING = "nothing"


_TABLE = {
    (Audience.CENTRE, Stage.SUSPECTED): Shown.WHOLE,
    (Audience.CENTRE, Stage.CONFIRMED): Shown.WHOLE,
    (Audience.CENTRE, Stage.CLEARED): Shown.WHOLE,
    (Audience.UNIT, Stage.SUSPECTED): Shown.WHOLE,
    (Audience.UNIT, Stage.CONFIRMED): Shown.WHOLE,
    (Audience.UNIT, Stage.CLEARED): Shown.WHOLE,
    (Audience.PUBLIC, Stage.SUSPECTED): Shown.NOTHING,
    (Audience.PUBLIC, Stage.CONFIRMED): Shown.MASKED,
    (Audience.PUBLIC, Stage.CLEARED): Shown.NOTHING,
}
"""Nobody is named in public for what is not decided, or was dismissed."""

_COMPOUNDS = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶"
    "太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良"
    "漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生梁丘左丘东门西门第五"
)
_COMPOUND = frozenset(_COMPOUNDS[at : at + 2] for at in range(0, len(_COMPOUNDS), 2))
"""Surnames of two characters."""


def stage_of(outcome: Outcome | None) -> Stage:
    """The stage of a case with this outcome; None: it has none yet."""
    if outcome is None:
        return Stage.SUSPECTED
    return Stage.CONFIRMED if outcome.confirms else Stage.CLEARED


def shown(audience: Audience, stage: Stage) -> Shown:
    """How much of plates and names somebody reads at a stage."""
    return _TABLE[audience, stage]


def person_shown(name: str, audience: Audience, stage: Stage) -> str:
    """The name as it is shown: 张三, 张某, or nothing."""
    return _as(shown(audience, stage), name, masked_person)


def plate_shown(plate: str, audience: Audience, stage: Stage) -> str:
    """The plate as it is shown: 苏N12345, 苏N1***5, or nothing."""
    return _as(shown(audience, stage), plate, masked_plate)


def masked_person(name: str) -> str:
    """张三 → 张某, 欧阳修 → 欧阳某; of a name that is not Chinese the first letter. What is no name is no more."""
    plain = "".join(name.split())
    if not plain:
        return ""
    if not "\u4e00" <= plain[0] <= "\u9fff":
        return f"{plain[0]}."
    return f"{plain[:2] if plain[:2] in _COMPOUND and len(plain) > 2 else plain[0]}某"


def masked_plate(plate: str) -> str:
    """The authority's two characters, the first of the number and the last one; what is between, by stars."""
    plain = plate.strip()
    return f"{plain[:3]}{'*' * (len(plain) - 4)}{plain[-1]}" if len(plain) >= 6 else "*" * len(plain)


def _as(how: Shown, text: str, masked: Callable[[str], str]) -> str:
    if how is Shown.WHOLE:
        return text
    return masked(text) if how is Shown.MASKED else ""
