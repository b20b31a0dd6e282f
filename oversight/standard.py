"""Standards 配备标准: what a car of a class of use may cost, and how large its engine may be, by which document. Pure.

None is shipped: figures differ by place and year. A centre enters those that bind it, each with its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fleet.vehicle import UseClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """The most that a car of this class may cost (yuan) and displace (litres); None: it says nothing of that.

    ``source``: the document and its article, as it is shown.
    """

    use_class: UseClass
    price_yuan: Decimal | None
    displacement_l: Decimal | None
    source: str


@dataclass(frozen=True, slots=True)
class Excess:
    """What of a request is above a standard: ``what`` is price or displacement."""

    what: str
    asked: Decimal
    most: Decimal
    source: str


def excesses(
    standards: Iterable[Standard], use_class: UseClass, price_yuan: Decimal, displacement_l: Decimal | None
) -> Sequence[Excess]:
    """What is above the standards of this class. What is not told (a displacement) is not above."""
    found = []
    for one in standards:
        if one.use_class is not use_class:
            continue
        if one.price_yuan is not None and price_yuan > one.price_yuan:
            found.append(Excess("price", price_yuan, one.price_yuan, one.source))
        if one.displacement_l is not None and displacement_l is not None and displacement_l > one.displacement_l:
            found.append(Excess("displacement", displacement_l, one.displacement_l, one.source))
    return found
