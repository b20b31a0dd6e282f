"""The same history many times over, as a matter to judge: of more vehicles, or of more weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import numpy as np

from fleet.clock import DAY_US
from fleet.order import Order, Waiver
from fleet.position import Positions
from fleet.span import Span
from rules.checkpoint import Beginning
from rules.judging import Matter
from rules.units import Units

P = TypeVar("P", Order, Waiver)


def more_vehicles(matter: Matter, times: int) -> Matter:
    """Each vehicle so many times, with its papers."""
    count, step = len(matter.vehicle_ids), int(matter.vehicle_ids.max()) + 1
    positions = [
        replace(matter.positions, vehicle_id=(matter.positions.vehicle_id + n * step).astype(np.int32))
        for n in range(times)
    ]
    return replace(
        matter,
        vehicle_ids=np.concatenate([matter.vehicle_ids + n * step for n in range(times)]).astype(np.int32),
        units=Units(np.tile(matter.units.ids, (times, 1)), matter.units.turns_us),
        positions=Positions.concatenate(positions),
        begin=Beginning.first_fixes(count * times),
        papers=replace(
            matter.papers,
            orders=[(row + n * count, order) for n in range(times) for row, order in matter.papers.orders],
            waivers=[(row + n * count, waiver) for n in range(times) for row, waiver in matter.papers.waivers],
        ),
    )


def more_weeks(matter: Matter, times: int) -> Matter:
    """The same weeks so many times, each time before the last, with their papers."""
    ts_us = matter.positions.ts_us
    weeks = int((ts_us.max() - ts_us.min()) // (7 * DAY_US)) + 1
    positions = [replace(matter.positions, ts_us=ts_us - n * weeks * 7 * DAY_US) for n in range(times)]
    back = [timedelta(weeks=n * weeks) for n in range(times)]
    return replace(
        matter,
        positions=Positions.concatenate(positions).in_order(),
        papers=replace(
            matter.papers, orders=_earlier(matter.papers.orders, back), waivers=_earlier(matter.papers.waivers, back)
        ),
    )


def _earlier(papers: Sequence[tuple[int, P]], back: Sequence[timedelta]) -> list[tuple[int, P]]:
    found: list[tuple[int, P]] = []
    for by in back:
        for row, paper in papers:
            start, end = (None if at is None else at - by for at in (paper.during.start, paper.during.end))
            moved = replace(paper, during=Span(start, end))
            if isinstance(moved, Order):
                approved_at = None if moved.approved_at is None else moved.approved_at - by
                moved = replace(moved, filed_at=moved.filed_at - by, approved_at=approved_at)
            found.append((row, moved))
    return found
