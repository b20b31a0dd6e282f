"""What was claimed, as the evidence of a violation tells it: each claim and what the rule found in it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.language import Speech
from fleet.expense import Precision


@dataclass(frozen=True, slots=True)
class ClaimsTold:
    """Lines in one language: the claims, and what was found."""

    claims: list[str]
    found: list[str]


def told_of(written: Mapping[str, Any], say: Speech) -> ClaimsTold:
    """From the evidence as the judge wrote it; nothing of a violation that was found in tracks."""
    return ClaimsTold(
        [_claim(claim, say) for claim in written.get("claims") or []],
        [_found(one, say) for one in written.get("found") or []],
    )


def _claim(claim: Mapping[str, Any], say: Speech) -> str:
    at = datetime.fromisoformat(claim["at"])
    parts = [
        say.t("expense." + claim["type"]),
        say.moment(at) if claim["precision"] == Precision.MINUTE else say.day(at),
        say.t("expense.yuan", n=claim["amount"]),
        say.t("expense.litres", n=claim["litres"]) if claim["litres"] else "",
        say.t("fuel." + claim["fuel_kind"]) if claim["fuel_kind"] else "",
        claim["place"],
        say.t("expense.invoice", number=claim["invoice"]) if claim["invoice"] else "",
    ]
    return "  ".join(part for part in parts if part)


def _found(one: Mapping[str, Any], say: Speech) -> str:
    """A word's sentence with the values that made it true; the word itself where there is no sentence for it."""
    key = "finding." + one["word"]
    if not say.has(key):
        return str(one["word"])
    kinds = {name: say.t("fuel." + one[name]) for name in ("fuel_kind", "car_takes") if name in one}
    metres = {"nearest": say.distance(one["nearest_m"])} if "nearest_m" in one else {}
    return say.t(key, **{**one, **kinds, **metres})
