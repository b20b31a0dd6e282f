"""What one connection has stored last of each vehicle, so that it need not look for repeats of what is later."""

from __future__ import annotations

import numpy as np

from fleet.position import Positions


class Newest:
    """The latest time stored of each vehicle, as far as one connection knows: others may have stored later ones."""

    def __init__(self) -> None:
        self._ts_us: dict[int, int] = {}

    def are_before(self, ordered: Positions) -> bool:
        """Whether all of these, which are :meth:`~Positions.in_order`, are later and none is there twice."""
        vehicle_id, firsts = np.unique(ordered.vehicle_id, return_index=True)
        earliest_us = ordered.ts_us[firsts].tolist()
        known = self._ts_us
        if not all(
            (last_us := known.get(vehicle)) is not None and last_us < ts_us
            for vehicle, ts_us in zip(vehicle_id.tolist(), earliest_us, strict=True)
        ):
            return False
        keys = (ordered.vehicle_id, ordered.ts_us, ordered.lon_e7, ordered.lat_e7)
        is_again = np.logical_and.reduce([key[1:] == key[:-1] for key in keys])
        return not is_again.any()

    def saw(self, ordered: Positions) -> None:
        """These are stored, or are about to be: what is remembered of a transaction that is undone costs time only."""
        vehicle_id, firsts = np.unique(ordered.vehicle_id, return_index=True)
        lasts = np.append(firsts[1:], len(ordered)) - 1
        for vehicle, ts_us in zip(vehicle_id.tolist(), ordered.ts_us[lasts].tolist(), strict=True):
            if ts_us > self._ts_us.get(vehicle, ts_us - 1):
                self._ts_us[vehicle] = ts_us
