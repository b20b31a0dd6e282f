"""The plane around zones, sorted into squares that a zone holds, misses, or has its border in.

One square that covers everything is halved again and again. At each size every zone that may reach a square is
found to hold it wholly, to miss it, or to need smaller squares. The segments that can matter in a square get fewer
with its size, so that going down costs little, and the smallest squares know the few segments that a point in
them has to be measured against.

Sides are powers of two of 1e-7 degrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geofence.distance import E7_M
from geofence.outline import Bools, Floats, Ints, Outlines, cos_lat, spread

BLOCK_BITS = 5
_FINEST_BLOCK_BITS = 15
_MOST_SPLIT_BLOCKS = 3_000
_MOST_BLOCKS = 4_000_000
_MARGIN_M = 0.001
_POLE_E7 = 899_999_999.0


class Frame(NamedTuple):
    """What the raster covers, in 1e-7 degrees; columns and rows are counted from its south-west corner."""

    west: int
    south: int
    east: int
    north: int

    def columns(self, bits: int) -> int:
        """How many squares of side 2**bits cover it from west to east."""
        return (self.east - self.west >> bits) + 1

    def rows(self, bits: int) -> int:
        return (self.north - self.south >> bits) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """Rows (zone, square): the square's column and row at one size, and the zone's segments that can matter.

    ``crossed``: the zone's own border may pass through; otherwise the square lies wholly outside the zone, and
    only the buffer reaches into it. ``segment`` lists the segments of all rows, ``segments`` counts each row's.
    """

    zone: Ints
    column: Ints
    row: Ints
    crossed: Bools
    segment: Ints
    segments: Ints

    def take(self, rows: Ints) -> Squares:
        start = np.cumsum(self.segments) - self.segments
        _, picked = spread(start[rows], self.segments[rows])
        return Squares(
            self.zone[rows],
            self.column[rows],
            self.row[rows],
            self.crossed[rows],
            self.segment[picked],
            self.segments[rows],
        )

    def quarters(self) -> Squares:
        """The four squares of half the side that make up each."""
        parts = self.take(np.repeat(np.arange(len(self.zone)), 4))
        quarter = np.arange(len(parts.zone)) & 3
        return Squares(
            parts.zone,
            parts.column * 2 + (quarter & 1),
            parts.row * 2 + (quarter >> 1),
            parts.crossed,
            parts.segment,
            parts.segments,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """What was found at one size: squares a zone holds wholly, and those its grown border passes through."""

    bits: int
    held: Squares
    border: Squares


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """All sizes from the top down to the cells, of which 32 x 32 make a block."""

    frame: Frame
    block_bits: int
    levels: list[Level]

    @property
    def cell_bits(self) -> int:
        return self.block_bits - BLOCK_BITS


def descend(outlines: Outlines, buffer_m: float) -> Descent:
    """Sort the plane around zones grown by ``buffer_m`` metres into squares held, missed and crossed.

    Blocks are the smallest squares of which not too many are crossed.
    """
    frame = _frame(outlines, buffer_m)
    levels: list[Level] = []
    block_bits = 0
    for level in _levels(outlines, buffer_m, frame):
        levels.append(level)
        split = len(np.unique(level.border.column << 32 | level.border.row))
        blocks = frame.columns(level.bits) * frame.rows(level.bits)
        small = split <= _MOST_SPLIT_BLOCKS and blocks <= _MOST_BLOCKS and level.bits >= _FINEST_BLOCK_BITS
        if small or not block_bits:
            block_bits = level.bits
        if level.bits == block_bits - BLOCK_BITS:
            break
    return Descent(frame, block_bits, levels)


def _levels(outlines: Outlines, buffer_m: float, frame: Frame) -> Iterator[Level]:
    zones = len(outlines.areas)
    nil = np.zeros(zones, dtype=np.int64)
    everything = np.arange(len(outlines.ax))
    squares = Squares(np.arange(zones), nil, nil, np.ones(zones, dtype=bool), everything, np.diff(outlines.start))
    widest = max(frame.east - frame.west, frame.north - frame.south)
    for bits in range(max(_FINEST_BLOCK_BITS, widest.bit_length()), -1, -1):
        covered = (squares.column < frame.columns(bits)) & (squares.row < frame.rows(bits))
        level = _sorted_out(outlines, buffer_m, squares.take(np.flatnonzero(covered)), frame, bits)
        yield level
        squares = level.border.quarters()


def _sorted_out(outlines: Outlines, buffer_m: float, squares: Squares, frame: Frame, bits: int) -> Level:
    """Which squares are held and which crossed, by bounds on how far any point in a square is from the border.

    With d the distance of the square's centre, any point's lies in [d·shrink - half, d·stretch + half], where
    half is half the diagonal, and shrink and stretch bound how the plane at a point differs from the centre's.
    """
    if len(squares.zone) == 0:
        return Level(bits, squares, squares)
    at = _Planes.of(squares, frame, bits)
    owner = np.repeat(np.arange(len(squares.zone)), squares.segments)
    each_m = outlines.distance_m(squares.segment, at.x[owner], at.y[owner], at.cos_centre[owner])
    centre_m = np.minimum.reduceat(each_m, np.cumsum(squares.segments) - squares.segments)
    least_m = centre_m * at.shrink - at.half_m - _MARGIN_M
    most_m = centre_m * at.stretch + at.half_m + _MARGIN_M

    crossed = least_m <= 0
    inside = np.zeros(len(crossed), dtype=bool)
    inside[~crossed] = outlines.contain(squares.zone[~crossed], at.x[~crossed], at.y[~crossed])
    held = inside | (most_m <= buffer_m)
    border = ~held & (crossed | (least_m <= buffer_m))

    nearest_m = (each_m * at.shrink[owner] - at.half_m[owner]) - _MARGIN_M
    matters = (nearest_m <= most_m[owner]) & (nearest_m <= buffer_m)
    kept = Squares(
        squares.zone,
        squares.column,
        squares.row,
        crossed,
        squares.segment[matters],
        np.bincount(owner[matters], minlength=len(crossed)),
    )
    return Level(bits, kept.take(np.flatnonzero(held)), kept.take(np.flatnonzero(border)))


@dataclass(frozen=True, slots=True, eq=False)
class _Planes:
    """Of squares: the centre and the cosine there, bounds of cosines within against it, half the diagonal."""

    x: Floats
    y: Floats
    cos_centre: Floats
    shrink: Floats
    stretch: Floats
    half_m: Floats

    @classmethod
    def of(cls, squares: Squares, frame: Frame, bits: int) -> _Planes:
        half = 2.0 ** (bits - 1)
        x = frame.west + (2.0 * squares.column.astype(np.float64) + 1.0) * half
        y = frame.south + (2.0 * squares.row.astype(np.float64) + 1.0) * half
        # The outermost squares can reach over a pole, where no fix is: the cosine must not turn negative there.
        low, centre, high = (np.clip(edge, -_POLE_E7, _POLE_E7) for edge in (y - half, y, y + half))
        cos_low, cos_centre, cos_high = cos_lat(low), cos_lat(centre), cos_lat(high)
        cos_most = np.where((low <= 0) & (high >= 0), 1.0, np.maximum(cos_low, cos_high))
        shrink = np.minimum(cos_low, cos_high) / cos_centre
        half_m = E7_M * half * np.hypot(1.0, cos_most)
        return cls(x, y, cos_centre, shrink, cos_most / cos_centre, half_m)


def _frame(outlines: Outlines, buffer_m: float) -> Frame:
    """Bounds of all zones grown by the buffer."""
    west, south, east, north = np.array([area.bounds for area in outlines.areas]).T
    up = buffer_m / E7_M + 2
    highest = np.minimum(np.maximum(np.abs(south), np.abs(north)) + up, 895_000_000)
    aside = buffer_m / E7_M / cos_lat(highest) + 2
    return Frame(
        int(np.floor((west - aside).min())),
        int(np.floor((south - up).min())),
        int(np.ceil((east + aside).max())),
        int(np.ceil((north + up).max())),
    )
