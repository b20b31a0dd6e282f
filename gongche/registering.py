"""Registers trackers that the centre does not know, each with a demonstration vehicle: for replays and tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fleet.span import Span
from store import fleet
from store.database import Connection
from store.identity import fittings_of

_UNIT = fleet.NewUnit("REPLAY", "轨迹回放 Replay")
_ALWAYS = Span(None, None)


async def register_trackers(conn: Connection, codes: Sequence[str]) -> int:
    """Gives each tracker that was never fitted a vehicle with a plate 苏N·R0001, 苏N·R0002, ...; how many it gave."""
    async with conn.transaction():
        fittings = await fittings_of(conn, codes)
        fitted = set(fittings.tracker_row.tolist())
        new = [code for row, code in enumerate(codes) if row not in fitted]
        if not new:
            return 0
        free = _free_plates({vehicle.plate for vehicle in await fleet.vehicles(conn)})
        plates = [next(free) for _ in new]
        await fleet.save_units(conn, [_UNIT])
        await fleet.save_vehicles(conn, [fleet.NewVehicle(plate, _UNIT.code) for plate in plates])
        await fleet.save_trackers(conn, [fleet.NewTracker(code) for code in new])
        await fleet.save_enrolments(conn, [fleet.NewEnrolment(plate, _ALWAYS) for plate in plates])
        await fleet.save_fittings(
            conn, [fleet.NewFitting(code, plate, _ALWAYS) for code, plate in zip(new, plates, strict=True)]
        )
    return len(new)


def _free_plates(taken: set[str]) -> Iterator[str]:
    return (plate for number in range(1, 100_000) if (plate := f"苏NR{number:04d}") not in taken)
