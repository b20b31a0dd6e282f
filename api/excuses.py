"""Why an order or a waiver does not excuse a violation, so far as the register tells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from store.timelines import OrderRow, WaiverRow

LATE_FILING = timedelta(hours=24)

Moments = tuple[datetime, datetime]


def why_order_fails(order: OrderRow, spans: Sequence[Moments]) -> str:
    """A word of the catalogue (``excuse.why.*``): the first reason that holds, ``applies`` when none does."""
    if order.cancelled_at is not None:
        return "cancelled"
    if order.approved_at is None:
        return "not_approved"
    if order.start_at is not None and order.filed_at > order.start_at + LATE_FILING:
        return "filed_late"
    return _touch(order.start_at, order.end_at, spans)


def why_waiver_fails(waiver: WaiverRow, spans: Sequence[Moments]) -> str:
    """As :func:`why_order_fails`."""
    return _touch(waiver.start_at, waiver.end_at, spans)


def _touch(start: datetime | None, end: datetime | None, spans: Sequence[Moments]) -> str:
    touching = any((end is None or s < end) and (start is None or start < e) for s, e in spans)
    return "in_part" if touching else "outside_span"
