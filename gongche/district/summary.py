"""What the demonstration found, beside what was planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fleet.span import Span
from gongche.district.history import History
from gongche.district.season import LENGTH_S, START, moment
from gongche.district.truth import Misdeed, compare
from store import violations
from store.database import connect
from store.scope import EVERYTHING
from store.totals import totals

SEASON = Span(START, moment(LENGTH_S))
_PAGE = 500


async def found_in_season(dsn: str) -> list[Misdeed]:
    """The violations that stand and begin in the season."""
    wanted = violations.Filter(since=SEASON.start, until=SEASON.end)
    found: list[Misdeed] = []
    async with await connect(dsn) as conn:
        after = None
        while True:
            page = await violations.page(conn, wanted, scope=EVERYTHING, after=after, limit=_PAGE)
            found += [Misdeed(row.rule_id, row.plate, row.start_at, row.end_at) for row in page.rows]
            after = page.next_key
            if after is None:
                return found


async def is_loaded(dsn: str, history: History) -> bool:
    """Whether all positions of the season are stored already."""
    async with await connect(dsn) as conn:
        counted = await totals(conn, SEASON)
    return counted.positions == history.distinct_positions


async def summary(dsn: str, history: History, seconds: dict[str, float]) -> dict[str, Any]:
    """What ``gongche demo --once`` prints. ``missed`` and ``extra`` are empty when found = planted."""
    async with await connect(dsn) as conn:
        counted = await totals(conn, SEASON)
    found = await found_in_season(dsn)
    missed, extra = compare(found, history.planted)
    return {
        "vehicles": len(history.district.cars),
        "positions": counted.positions,
        "trips": counted.trips,
        "violations": _by_rule(found),
        "planted": _by_rule(history.planted),
        "missed": [misdeed.as_json() for misdeed in missed],
        "extra": [misdeed.as_json() for misdeed in extra],
        "seconds": {step: round(taken, 2) for step, taken in seconds.items()},
    }


def _by_rule(misdeeds: Sequence[Misdeed]) -> dict[str, int]:
    return dict(sorted(Counter(misdeed.rule for misdeed in misdeeds).items()))
