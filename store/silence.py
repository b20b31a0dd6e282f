"""The fleet's time and its silences (rules.silence), kept beside what judges find. Synchronous, see store.judging.

They are told of all vehicles together, so nobody finds them while judging some: whoever has nothing left to judge
looks at the whole fleet, alone, and marks the vehicles for which it changed something. So when nothing waits and
nothing is left to be looked at, all tables are what the data alone say, whoever looked when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from fleet.clock import moment_of, us_of
from rules.checkpoint import NO_CUT_US
from rules.facts import FactLimits
from rules.judging import Heard
from rules.silence import (
    COUNTING_GAP_US,
    UNHEARD_US,
    Fleet,
    changed,
    fleet_silences,
    fleet_time_us,
)
from rules.spans import Int64s, Spans
from store.binary import array_of
from store.column import Ints, Moments
from store.judging import Claim, Connection, moment
from store.sql import load

_queries = load("silence")

OFFLINE = timedelta(seconds=FactLimits().offline_s)
_COUNTING_GAP = timedelta(microseconds=COUNTING_GAP_US)


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the fleet that is due: since when its silences may be others, and its time before and now."""

    since_us: int
    before: datetime | None
    now: datetime | None
    mark_ids: list[int]


def judge_apart(conn: Connection) -> None:
    """Until the transaction ends nobody looks at the whole fleet."""
    conn.execute(_queries["judge_apart"])


def fleet(conn: Connection) -> Fleet:
    """The fleet as it was last looked at."""
    row = conn.execute(_queries["fleet"]).fetchone()
    assert row is not None  # a select without a grouping always has its row
    until, starts, ends = row
    return Fleet(None if until is None else us_of(until), _column(starts), _column(ends))


def note_heard(conn: Connection, claimed: Claim, heard: Heard, cut_us: Int64s) -> None:
    """Notes when the judged vehicles were first and last heard of, and when they were judged."""
    conn.execute(
        _queries["heard"],
        {
            "vehicles": Ints(claimed.vehicle_ids),
            "from": Moments(heard.from_us, UNHEARD_US),
            "until": Moments(heard.until_us, UNHEARD_US),
            "goes_on": Ints(cut_us > NO_CUT_US),
            "offline": OFFLINE,
        },
    )


def waits(conn: Connection, aside: Sequence[int]) -> bool:
    """Whether some vehicle waits to be judged, besides those put aside."""
    return _one(conn, "waits", {"aside": list(aside)})[0] is True


def is_due(conn: Connection, percent: float) -> bool:
    """Whether a look at the fleet would find something to do; cheap, and locks nothing."""
    before, found_with, marked = _one(conn, "fleet_time")
    return bool(marked) or found_with != percent or before != _time_now(conn)


def look(conn: Connection, percent: float) -> None:
    """Brings the fleet's time and silences up to date and marks the vehicles for which that changes something.

    Call in a transaction; it waits for the judgings under way, and none begins before it ends.
    """
    conn.execute(_queries["look_alone"])
    due = _due(conn, percent)
    stored, found = _silences(conn, due, percent)
    starts_us, ends_us = changed(stored, found)
    if len(starts_us):
        since = min(stored[0].tolist() + found[0].tolist())
        conn.execute(_queries["drop_silences"], {"since": moment(since)})
        conn.execute(_queries["add_silences"], {"starts": _moments(found[0]), "ends": _moments(found[1])})
    conn.execute(_queries["tell_time"], {"heard_until": due.now, "percent": percent})
    latest = max((one for one in (due.before, due.now) if one is not None), default=None)
    if len(starts_us):
        span = {"starts": _moments(starts_us), "ends": _moments(ends_us)}
        conn.execute(_queries["mark_silent"], {**span, "heard_until": latest, "offline": OFFLINE})
    if due.before != due.now:
        conn.execute(_queries["mark_offline"], {"latest": latest, "offline": OFFLINE})
    conn.execute(_queries["take_fleet_marks"], {"marks": due.mark_ids})


def recomputed(conn: Connection, percent: float) -> tuple[Fleet, Fleet]:
    """The fleet as stored, and as what is stored of its vehicles gives it."""
    now = _time_now(conn)
    _, (starts_us, ends_us) = _silences(conn, Look(NO_CUT_US, None, now, []), percent)
    return fleet(conn), Fleet(None if now is None else us_of(now), starts_us, ends_us)


def _due(conn: Connection, percent: float) -> Look:
    before, found_with, _ = _one(conn, "fleet_time")
    now = _time_now(conn)
    since, mark_ids, marks = _one(conn, "fleet_marks")
    since_us = [NO_CUT_US if since is None else us_of(since)] if marks else []
    if before != now:
        # What lasted to the earlier of the two times, or began to count between them, began a day before it or later.
        known = None if before is None or now is None else min(before, now) - OFFLINE
        since_us.append(NO_CUT_US if known is None else us_of(known) - 1)
    if found_with != percent:
        since_us.append(NO_CUT_US)
    far_ahead_us = us_of(now) if now is not None else 0
    return Look(min(since_us, default=far_ahead_us), before, now, mark_ids or [])


def _silences(conn: Connection, due: Look, percent: float) -> tuple[tuple[Int64s, Int64s], tuple[Int64s, Int64s]]:
    """From the first moment on that may be another one: the fleet's silences as stored, and as they are."""
    rows = conn.execute(_queries["silences_after"], {"since": moment(due.since_us)}).fetchall()
    stored = _column([start for start, _ in rows]), _column([end for _, end in rows])
    since_us = min([due.since_us, *stored[0].tolist()])
    present = _spans(conn, "present", {})
    silent = _spans(
        conn,
        "silent",
        {"since": moment(since_us), "gap": _COUNTING_GAP, "offline": OFFLINE, "heard_until": due.now},
    )
    starts_us, ends_us = fleet_silences(silent & present, present, percent)
    kept = ends_us > since_us
    return stored, (np.maximum(starts_us[kept], since_us), ends_us[kept])


def _time_now(conn: Connection) -> datetime | None:
    (sent,) = conn.execute(_queries["heard_until"], binary=True).fetchone() or (None,)
    us = None if sent is None else fleet_time_us(array_of(sent, "timestamptz"))
    return None if us is None else moment_of(us)


def _spans(conn: Connection, name: str, parameters: dict[str, Any]) -> Spans:
    row = conn.execute(_queries[name], parameters, binary=True).fetchone()
    if row is None or row[0] is None:
        return Spans.empty()
    return Spans.of(array_of(row[0], "int4"), array_of(row[1], "timestamptz"), array_of(row[2], "timestamptz"))


def _one(conn: Connection, name: str, parameters: dict[str, Any] | None = None) -> tuple[Any, ...]:
    row = conn.execute(_queries[name], parameters).fetchone()
    assert row is not None  # each of these always has its one row
    return tuple(row)


def _column(moments: Sequence[datetime]) -> Int64s:
    return np.array([us_of(one) for one in moments], np.int64)


def _moments(us: Int64s) -> list[datetime]:
    return [moment_of(one) for one in us.tolist()]
