"""Fittings: which vehicle a tracker was fitted to, and when. A history; overlaps are impossible in the database."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALWAYS_US = 2**62
"""Stands for an open end: later than any moment; its negative is earlier than any."""


@dataclass(frozen=True, slots=True, eq=False)
class Fittings:
    """The trackers of a list of codes, and their fittings as columns sorted by (tracker row, start).

    A *tracker row* is the place of a tracker in that list. ``tracker_id`` is -1 where the code is unknown;
    ``datum`` is the datum that the tracker's profile states, ``utc_offset_min`` how far its clock is from UTC (China's
    where the code is unknown), ``speed_factor`` what makes its speeds km/h. A fitting is [start_us, end_us).
    """

    tracker_id: NDArray[np.int32]
    datum: tuple[str, ...]
    tracker_row: NDArray[np.int64]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    vehicle_id: NDArray[np.int32]
    utc_offset_min: tuple[int, ...]
    speed_factor: tuple[float, ...]

    def vehicles_at(self, tracker_row: NDArray[np.int64], ts_us: NDArray[np.int64]) -> NDArray[np.int32]:
        """The vehicle that each tracker was fitted to at each moment; -1 for none. Shapes (n,) → (n,)."""
        fittings, asked = len(self.start_us), len(ts_us)
        # Fittings and questions in one order, a fitting before the question of the same moment; then the last
        # fitting seen before a question is the only one that can hold its moment.
        row = np.concatenate((self.tracker_row, tracker_row))
        moment = np.concatenate((self.start_us, ts_us))
        is_question = np.arange(fittings + asked) >= fittings
        order = np.lexsort((is_question, moment, row))
        last_fitting = np.maximum.accumulate(np.where(is_question[order], -1, order))
        found = np.empty(fittings + asked, np.int64)
        found[order] = last_fitting
        fitting = found[fittings:]

        vehicle = np.full(asked, -1, np.int32)
        seen = np.flatnonzero(fitting >= 0)
        candidate = fitting[seen]
        holds = (self.tracker_row[candidate] == tracker_row[seen]) & (ts_us[seen] < self.end_us[candidate])
        vehicle[seen[holds]] = self.vehicle_id[candidate[holds]]
        return vehicle
