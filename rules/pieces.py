"""Many vehicles in pieces of whole ones, and what was found of the pieces put together again.

A piece's columns fit the processor's caches, and nothing made on the way is larger than a piece: the cost of a
position does not grow with how much is judged at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from rules.checkpoint import Beginning, Checkpoints
from rules.records import History, R

PIECE_POSITIONS = 500_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Vehicles by their rows, and their positions."""

    vehicles: slice
    positions: slice


def pieces_of(vehicle_ids: NDArray[np.int32], positions_of: NDArray[np.int32], most: int) -> list[Piece]:
    """Pieces of so many positions at most, or of one vehicle. ``positions_of``: the vehicle of each, ascending."""
    first = np.searchsorted(positions_of, vehicle_ids)
    end = np.append(first[1:], len(positions_of))
    pieces, row = [], 0
    while row < len(vehicle_ids):
        until = max(row + 1, int(np.searchsorted(end, first[row] + most, side="right")))
        pieces.append(Piece(slice(row, until), slice(int(first[row]), int(end[until - 1]))))
        row = until
    return pieces


def beginning_of(begin: Beginning, piece: Piece) -> Beginning:
    """Where a piece's vehicles begin, by their rows in it."""
    row, until = piece.vehicles.start, piece.vehicles.stop

    def chosen(records: R) -> R:
        mine = records.take((records.vehicle >= row) & (records.vehicle < until))
        return mine.numbered(mine.vehicle - np.int32(row))

    opened = History(*(chosen(getattr(begin.open, field.name)) for field in fields(History)))
    return Beginning(begin.cut_us[piece.vehicles], opened)


def histories_together(pieces: Sequence[Piece], found: Sequence[History]) -> History:
    """The histories of pieces as one of all vehicles."""
    return History.concatenate([_moved(each, piece.vehicles.start) for piece, each in zip(pieces, found, strict=True)])


def checkpoints_together(pieces: Sequence[Piece], found: Sequence[Checkpoints]) -> Checkpoints:
    """The checkpoints of pieces as those of all vehicles."""
    rows = [piece.vehicles.start for piece in pieces]
    before = np.cumsum([0, *(len(each.cut_us) for each in found[:-1])]).tolist()
    return Checkpoints(
        np.concatenate([each.vehicle + np.int32(row) for row, each in zip(rows, found, strict=True)]),
        np.concatenate([each.cut_us for each in found]),
        History.concatenate([_moved(each.open, count) for count, each in zip(before, found, strict=True)]),
    )


def _moved(history: History, by: int) -> History:
    """The history with the numbers in its columns ``vehicle`` so much higher."""
    parts = (getattr(history, field.name) for field in fields(History))
    return History(*(records.numbered(records.vehicle + np.int32(by)) for records in parts))
