"""Units 用车单位 of the vehicles judged together, over time: whose home zone and whose settings count, and when.

Almost every vehicle has had one unit for ever. So the moments at which any of them changed are few, and a table with a
row a vehicle and a column a stretch between two of them is small; without any, it is a column of units.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

History = tuple[tuple[int | None, int], ...]
"""Since when (None: for ever) a vehicle belonged to which unit, ascending; two neighbours differ."""


@dataclass(frozen=True, eq=False)
class Units:
    """``ids[row, n]``: the unit of the vehicle from ``turns_us[n - 1]`` to ``turns_us[n]``. Turns ascend."""

    ids: NDArray[np.int32]
    turns_us: NDArray[np.int64]

    @classmethod
    def always(cls, ids: NDArray[np.int32]) -> Units:
        """Each vehicle's one unit."""
        return cls(ids.reshape(-1, 1), np.empty(0, np.int64))

    @classmethod
    def of(cls, first: NDArray[np.int32], changes: Iterable[tuple[int, int, int]]) -> Units:
        """Each vehicle's first unit, and its changes: row, since when in µs, the unit from then on."""
        ordered = sorted(changes, key=lambda change: change[1])
        if not ordered:
            return cls.always(first)
        turns_us = np.unique(np.array([since_us for _, since_us, _ in ordered], np.int64))
        ids = np.repeat(first.reshape(-1, 1), len(turns_us) + 1, axis=1)
        for row, since_us, unit_id in ordered:
            ids[row, np.searchsorted(turns_us, since_us) + 1 :] = unit_id
        return cls(ids, turns_us)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: slice | NDArray[np.int64]) -> Units:
        """Of some of the vehicles."""
        return Units(self.ids[rows], self.turns_us)

    @property
    def change(self) -> bool:
        """Whether any vehicle ever changed its unit."""
        return len(self.turns_us) > 0

    def at(self, rows: NDArray[Any], ts_us: NDArray[np.int64]) -> NDArray[np.int32]:
        """The units of vehicles at moments, row by row."""
        return self.pick(self.ids, rows, ts_us)

    def one_at(self, row: int, ts_us: int) -> int:
        """The unit of a vehicle at a moment."""
        return int(self.ids[row, np.searchsorted(self.turns_us, ts_us, side="right")])

    def pick(self, table: NDArray[Any], rows: NDArray[Any], ts_us: NDArray[np.int64]) -> NDArray[Any]:
        """What a table that is parallel to ``ids`` says of vehicles at moments, row by row."""
        if not self.change:
            return np.asarray(table[:, 0][rows])
        return np.asarray(table[rows, np.searchsorted(self.turns_us, ts_us, side="right")])

    @cached_property
    def histories(self) -> tuple[list[History], NDArray[np.int64]]:
        """Each history that some vehicle has, once; and its number by row."""
        if not self.change:
            units, number = np.unique(self.ids[:, 0], return_inverse=True)
            return [((None, unit),) for unit in units.tolist()], number
        rows, number = np.unique(self.ids, axis=0, return_inverse=True)
        return [self._history(row) for row in rows.tolist()], number.reshape(-1)

    def _history(self, row: list[int]) -> History:
        told: list[tuple[int | None, int]] = [(None, row[0])]
        for since_us, unit_id in zip(self.turns_us.tolist(), row[1:], strict=True):
            if unit_id != told[-1][1]:
                told.append((since_us, unit_id))
        return tuple(told)
