"""A raster that knows, for each of its cells, which zones hold it wholly and which have a border in it.

*Blocks* are split into 32 x 32 cells only where a border passes; elsewhere the block itself is one cell. That keeps
the raster small where zones lie far apart, and a look-up is one or two reads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.outline import Ints, spread
from geofence.squares import BLOCK_BITS, Descent, Frame, Level, Squares


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The raster: cell -> class, class -> entries (zone, border or -1), border -> what to measure.

    ``table`` holds the blocks first (row 0 is the empty one that everything outside falls on), then the cells
    of split blocks. A value of 0 or more is a class; a negative one is minus the row at which the block's cells
    begin.
    """

    frame: Frame
    block_bits: int
    table: NDArray[np.int32]
    entry_start: Ints
    entry_zone: NDArray[np.int32]
    entry_border: NDArray[np.int32]
    border: Squares
    border_start: Ints

    @classmethod
    def of(cls, descent: Descent) -> Cells:
        border = next(level.border for level in descent.levels if level.bits == descent.cell_bits)
        split = _split_blocks(descent)
        first_cell = _first_cell(descent)
        table = np.zeros(first_cell + (len(split) << 2 * BLOCK_BITS), dtype=np.int32)
        classes = _Classes(table)
        held_zone, held_cell = _held(descent, split)
        border_cell = _cell_rows(descent, split, border.column, border.row)
        for zone in np.unique(np.concatenate([held_zone, border.zone])).tolist():
            classes.hold(zone, held_cell[slice(*np.searchsorted(held_zone, [zone, zone + 1]))])
            mine = np.flatnonzero(border.zone == zone)
            classes.cross(zone, border_cell[mine], mine)
        table[1 + split] = -(first_cell + (np.arange(len(split)) << 2 * BLOCK_BITS))
        start = np.concatenate([[0], np.cumsum(border.segments)])
        return cls(
            descent.frame,
            descent.block_bits,
            table,
            *classes.entries(),
            border,
            start,
        )


def _first_cell(descent: Descent) -> int:
    """Row of the table at which the cells of split blocks begin."""
    return 1 + descent.frame.columns(descent.block_bits) * descent.frame.rows(descent.block_bits)


def _split_blocks(descent: Descent) -> Ints:
    """Numbers (row · columns + column) of the blocks that a border passes through, ascending."""
    level = next(level for level in descent.levels if level.bits == descent.block_bits)
    return np.unique(level.border.row * descent.frame.columns(descent.block_bits) + level.border.column)


def _cell_rows(descent: Descent, split: Ints, column: Ints, row: Ints) -> Ints:
    """Rows in the table of cells given by column and row; their blocks must be split."""
    block = (row >> BLOCK_BITS) * descent.frame.columns(descent.block_bits) + (column >> BLOCK_BITS)
    side = (1 << BLOCK_BITS) - 1
    within = (row & side) << BLOCK_BITS | (column & side)
    return _first_cell(descent) + (np.searchsorted(split, block) << 2 * BLOCK_BITS) + within


def _held(descent: Descent, split: Ints) -> tuple[Ints, Ints]:
    """Zone and table row of all that is held wholly: blocks, and cells of split blocks; sorted by zone."""
    zones, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for level in descent.levels:
        whole = level.bits >= descent.block_bits
        zone, column, row = _cut(level, descent.block_bits if whole else descent.cell_bits)
        if not whole:
            zones.append(zone)
            rows.append(_cell_rows(descent, split, column, row))
            continue
        block = row * descent.frame.columns(descent.block_bits) + column
        at = np.minimum(np.searchsorted(split, block), max(len(split) - 1, 0))
        is_split = split[at] == block if len(split) else np.zeros(len(block), dtype=bool)
        zones.append(zone[~is_split])
        rows.append(1 + block[~is_split])
        owner, cell = spread(at[is_split] << 2 * BLOCK_BITS, np.full(is_split.sum(), 1 << 2 * BLOCK_BITS))
        zones.append(zone[is_split][owner])
        rows.append(_first_cell(descent) + cell)
    zone, row = np.concatenate(zones), np.concatenate(rows)
    order = np.argsort(zone, kind="stable")
    return zone[order], row[order]


def _cut(level: Level, bits: int) -> tuple[Ints, Ints, Ints]:
    """The held squares of a level as squares of a smaller side: zone, column, row."""
    extra = level.bits - bits
    owner, part = spread(np.zeros(len(level.held.zone), np.int64), np.full(len(level.held.zone), 1 << 2 * extra))
    column = (level.held.column[owner] << extra) + (part & (1 << extra) - 1)
    return level.held.zone[owner], column, (level.held.row[owner] << extra) + (part >> extra)


class _Classes:
    """Cells held by the same zones are of one class. A class is a parent class and one zone more; 0 is empty."""

    def __init__(self, table: NDArray[np.int32]) -> None:
        self._table = table
        self._count = 1
        self._parent = [np.zeros(1, np.int64)]
        self._zone = [np.zeros(1, np.int64)]
        self._border = [np.zeros(1, np.int64)]

    def hold(self, zone: int, rows: Ints) -> None:
        """These rows of the table lie wholly in the zone."""
        present = np.zeros(self._count, dtype=bool)
        present[self._table[rows]] = True
        parents = np.flatnonzero(present)
        renamed = np.zeros(self._count, dtype=np.int32)
        renamed[parents] = self._add(parents, zone, np.full(len(parents), -1))
        self._table[rows] = renamed[self._table[rows]]

    def cross(self, zone: int, rows: Ints, borders: Ints) -> None:
        """The zone's border passes through these rows of the table: each becomes a class of its own."""
        self._table[rows] = self._add(self._table[rows].astype(np.int64), zone, borders)

    def _add(self, parents: Ints, zone: int, borders: Ints) -> Ints:
        numbers = self._count + np.arange(len(parents))
        self._parent.append(parents)
        self._zone.append(np.full(len(parents), zone))
        self._border.append(borders)
        self._count += len(parents)
        return numbers

    def entries(self) -> tuple[Ints, NDArray[np.int32], NDArray[np.int32]]:
        """Start of each class's entries; zone and border of the entries, by ascending zone within a class."""
        parent, zone, border = (np.concatenate(parts) for parts in (self._parent, self._zone, self._border))
        owner, link = np.arange(self._count), np.arange(self._count)
        owners, links = [], []
        while len(owner := owner[link > 0]):
            link = link[link > 0]
            owners.append(owner)
            links.append(link)
            link = parent[link]
        owner = np.concatenate([np.empty(0, np.int64), *owners[::-1]])
        link = np.concatenate([np.empty(0, np.int64), *links[::-1]])
        order = np.argsort(owner, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=self._count))])
        return start, zone[link[order]].astype(np.int32), border[link[order]].astype(np.int32)
