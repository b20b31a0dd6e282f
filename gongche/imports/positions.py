"""Loads history from a track file: chunk by chunk, each in a transaction of its own, through the table's own key."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gongche.track_file import BadRow, Chunk, TrackFile
from ingest.assign import to_positions
from ingest.reasons import Reason, words
from store.database import Connection
from store.identity import fittings_of
from store.positions import store_positions
from store.refitting import assign_apart


@dataclass(slots=True)
class PositionsReport:
    """What became of the rows of a file."""

    source: str
    stored: int = 0
    repeated: int = 0
    trackers: set[str] = field(default_factory=set)
    bad: list[BadRow] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        return self.stored + self.repeated + len(self.bad)

    @property
    def exit_status(self) -> int:
        return 1 if self.bad else 0

    def as_json(self) -> dict[str, Any]:
        """Counts, and every row that was left out."""
        return {
            "import": "positions",
            "file": self.source,
            "rows": self.rows,
            "stored": self.stored,
            "repeated": self.repeated,
            "trackers": len(self.trackers),
            "seconds": round(self.seconds, 3),
            "bad": [
                {
                    "line": b.line,
                    "column": b.column,
                    "reason": b.reason.value,
                    "words": words(b.reason),
                    "value": b.said,
                }
                for b in self.bad
            ],
        }


async def import_positions(
    conn: Connection, file: TrackFile, progress: Callable[[PositionsReport, int], None]
) -> PositionsReport:
    """Stores the good rows; importing the same again changes nothing. ``progress`` hears of the bytes read so far."""
    report, began_s = PositionsReport(str(file.path)), time.monotonic()
    for chunk in file.chunks():
        await _store(conn, file, chunk, report)
        progress(report, chunk.bytes_read)
    report.bad.sort(key=lambda bad: bad.line)
    report.seconds = time.monotonic() - began_s
    return report


async def _store(conn: Connection, file: TrackFile, chunk: Chunk, report: PositionsReport) -> None:
    report.bad += chunk.bad
    if not chunk.readings:
        return
    trackers = {code: row for row, code in enumerate(dict.fromkeys(chunk.trackers))}
    tracker_rows = np.array([trackers[code] for code in chunk.trackers], np.int64)
    columns = np.array(chunk.readings, np.float64).T
    received_us = np.full(len(tracker_rows), time.time_ns() // 1_000, np.int64)
    async with conn.transaction():
        await assign_apart(conn)
        fittings = await fittings_of(conn, list(trackers))
        positions, known = to_positions(columns, tracker_rows, received_us, fittings)
        result = await store_positions(conn, positions)
    report.stored += result.stored
    report.repeated += result.repeated
    report.trackers.update(trackers)
    for place in np.flatnonzero(~known).tolist():
        is_known = fittings.tracker_id[tracker_rows[place]] >= 0
        reason = Reason.NOT_FITTED if is_known else Reason.UNKNOWN_TRACKER
        report.bad.append(BadRow(chunk.lines[place], file.columns["tracker"], reason, chunk.trackers[place]))
