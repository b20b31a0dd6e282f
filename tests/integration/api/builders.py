"""Rows as the other parts of the program would have written them, put in by SQL, a line a thing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import shapely

SHANGHAI = ZoneInfo("Asia/Shanghai")
DISTRICT = shapely.box(118.10, 33.80, 118.50, 34.10)
HOME = shapely.box(118.290, 33.940, 118.296, 33.944)
HOTEL = shapely.box(118.340, 33.960, 118.344, 33.963)


def local(text: str) -> datetime:
    """A moment by the district's clock: ``2026-10-09 08:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


class District:
    """Builders over one connection; each returns the id of what it made."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn

    def unit(self, name: str = "区教育局") -> int:
        return self._id("insert into units (code, name) values (%s, %s) returning id", name, name)

    def vehicle(
        self, plate: str = "苏N12345", *, unit: int | None = None, enrolled: bool = True, use_class: str = "general"
    ) -> int:
        """Enrolled from 2020 on, unless told."""
        vehicle = self._id(
            "insert into vehicles (plate, unit_id, model, use_class) values (%s, %s, '大众帕萨特', %s) returning id",
            plate,
            unit if unit is not None else self.unit(f"{plate}所属单位"),
            use_class,
        )
        if enrolled:
            self._do("insert into enrolments (vehicle_id, during) values (%s, '[2020-01-01,)')", vehicle)
        return vehicle

    def zone(self, name: str, kind: str, boundary: shapely.Polygon, unit: int | None = None) -> int:
        return self._id(
            "insert into zones (name, kind, unit_id, datum_given, boundary_wkb) values (%s, %s, %s, 'wgs84', %s)"
            " returning id",
            name,
            kind,
            unit,
            shapely.to_wkb(boundary),
        )

    def track(
        self,
        vehicle: int,
        start: datetime,
        *,
        minutes: int = 30,
        speed_kmh: float = 45,
        every_s: int = 10,
        delay: timedelta = timedelta(seconds=1),
        at_once: bool = False,
    ) -> None:
        """Positions from the home, north-east, at a steady speed; the newest one is the car's latest, too.

        They come with a delay, each its own or, as out of a blind area, ``at_once``.
        """
        step_deg = speed_kmh / 3.6 * every_s / 111_195 / 2**0.5
        rows = [
            (
                vehicle,
                start + timedelta(seconds=n * every_s),
                round((118.293 + n * step_deg) * 1e7),
                round((33.942 + n * step_deg * 0.8) * 1e7),
                speed_kmh,
            )
            for n in range(minutes * 60 // every_s + 1)
        ]
        with self.conn.cursor() as cursor:
            cursor.executemany(
                "insert into positions (vehicle_id, ts, lon_e7, lat_e7, speed_kmh, heading_deg, tracker_id,"
                " received_at) values (%s, %s, %s, %s, %s, 45, 1, %s)",
                [(*row, (rows[-1] if at_once else row)[1] + delay) for row in rows],
            )
        self.latest(vehicle, rows[-1][1], lon_e7=rows[-1][2], lat_e7=rows[-1][3], speed_kmh=speed_kmh)

    def latest(
        self,
        vehicle: int,
        ts: datetime,
        *,
        lon_e7: int = 1_182_930_000,
        lat_e7: int = 339_420_000,
        speed_kmh: float = 0.0,
    ) -> None:
        self._do(
            "insert into latest_positions values (%s, %s, %s, %s, %s, 45, 0, %s)"
            " on conflict (vehicle_id) do update set ts = excluded.ts, lon_e7 = excluded.lon_e7,"
            " lat_e7 = excluded.lat_e7, speed_kmh = excluded.speed_kmh, received_at = excluded.received_at",
            vehicle,
            ts,
            lon_e7,
            lat_e7,
            speed_kmh,
            ts + timedelta(seconds=1),
        )

    def tracker(self, code: str, vehicle: int | None = None, *, fitted: str = "[2026-01-01,)") -> int:
        """Registered, and fitted to the vehicle unless there is none."""
        tracker = self._id("insert into trackers (code) values (%s) returning id", code)
        if vehicle is not None:
            self._do(
                "insert into fittings (tracker_id, vehicle_id, during) values (%s, %s, %s)", tracker, vehicle, fitted
            )
        return tracker

    def tracker_day(
        self,
        tracker: int,
        heard_at: datetime,
        *,
        positions: int = 1000,
        fixes: int | None = None,
        repeats: int = 0,
        late: int = 0,
        offsets_s: Sequence[int] = (1,) * 9,
    ) -> None:
        """What came of a tracker on the local day of a moment, the last of it then; healthy unless told."""
        self._do(
            "insert into tracker_days (tracker_id, day, positions, fixes, parked, repeats, late, offsets_s,"
            " last_received_at) values (%s, %s, %s, %s, 0, %s, %s, %s::int[], %s)",
            tracker,
            heard_at.astimezone(SHANGHAI).date(),
            positions,
            positions if fixes is None else fixes,
            repeats,
            late,
            list(offsets_s),
            heard_at,
        )

    def rejected(self, tracker: str, reason: str, count: int, at: datetime) -> None:
        """Messages of a tracker that were put aside on the local day of a moment, the last one then."""
        self._do(
            "insert into tracker_rejections values (%s, %s, %s, %s, %s)",
            tracker,
            at.astimezone(SHANGHAI).date(),
            reason,
            count,
            at,
        )

    def refused(
        self,
        kind: str,
        name: str,
        last_at: datetime,
        *,
        times: int = 1,
        topic: str = "",
        address: str = "203.0.113.7:40332",
    ) -> None:
        """What the broker refused somebody, since a day before the last time."""
        self._do(
            "insert into broker_refusals values (%s, %s, %s, %s, %s, %s, %s)",
            kind,
            name,
            times,
            last_at - timedelta(days=1),
            last_at,
            topic,
            address,
        )

    def trip(self, vehicle: int, start: datetime, end: datetime, *, distance_m: float = 22_500) -> None:
        self._do(
            "insert into trips values (%s, %s, %s, %s, 181, 47.5, 1182930000, 339420000, 1184000000, 340300000)",
            vehicle,
            start,
            end,
            distance_m,
        )

    def stop(self, vehicle: int, start: datetime, end: datetime) -> None:
        self._do(
            "insert into stops values (%s, %s, %s, 1182930000, 339420000, 12, 0)",
            vehicle,
            start,
            end,
        )

    def gap(self, vehicle: int, start: datetime, end: datetime) -> None:
        self._do("insert into gaps values (%s, %s, %s)", vehicle, start, end)

    def visit(self, vehicle: int, zone: int, start: datetime, end: datetime) -> None:
        self._do("insert into visits values (%s, 'sensitive', 50, 'inside', %s, %s, %s, 9)", vehicle, zone, start, end)

    def order(
        self,
        vehicle: int,
        start: datetime,
        end: datetime,
        *,
        number: str = "PC-2026-0001",
        approved: bool = True,
        filed_at: datetime | None = None,
    ) -> int:
        filed = filed_at or start - timedelta(hours=2)
        return self._id(
            "insert into orders (number, vehicle_id, during, reason, destination, filed_at, approved_at)"
            " values (%s, %s, tstzrange(%s, %s), '下乡检查', '来龙镇', %s, %s) returning id",
            number,
            vehicle,
            start,
            end,
            filed,
            filed if approved else None,
        )

    def duty(self, vehicle: int, start: datetime, end: datetime) -> int:
        return self._id(
            "insert into waivers (vehicle_id, kind, during, reason) values (%s, 'duty', tstzrange(%s, %s), '节日值班')"
            " returning id",
            vehicle,
            start,
            end,
        )

    def violation(
        self,
        vehicle: int,
        rule: str = "R06",
        start: datetime | None = None,
        *,
        minutes: int = 30,
        severity: str = "high",
        provisional: bool = False,
        evidence: dict[str, Any] | None = None,
    ) -> int:
        """Found half a minute after its end, with a first line in its history."""
        start = start or local("2026-10-02 14:00")
        end = start + timedelta(minutes=minutes)
        violation = self._id(
            "insert into violations (vehicle_id, rule_id, rule_version, start_at, end_at, severity, provisional,"
            " evidence, found_at) values (%s, %s, 1, %s, %s, %s, %s, %s, %s) returning id",
            vehicle,
            rule,
            start,
            end,
            severity,
            provisional,
            json.dumps(evidence or {}),
            end + timedelta(seconds=30),
        )
        self._do(
            "insert into violation_changes (violation_id, at, change, start_at, end_at)"
            " values (%s, %s, 'found', %s, %s)",
            violation,
            end + timedelta(seconds=30),
            start,
            end,
        )
        return violation

    def alert(self, violation: int, raised_at: datetime | None = None) -> int:
        return self._id(
            "insert into alerts (violation_id, raised_at) values (%s, coalesce(%s, now())) returning id",
            violation,
            raised_at,
        )

    def withdraw(self, violation: int, at: datetime) -> None:
        self._do("update violations set withdrawn_at = %s where id = %s", at, violation)

    def _id(self, query: str, *values: Any) -> int:
        row = self.conn.execute(query.encode(), values).fetchone()
        assert row is not None
        return int(row[0])

    def _do(self, query: str, *values: Any) -> None:
        self.conn.execute(query.encode(), values)


@contextmanager
def district(dsn: str) -> Iterator[District]:
    """Builders on a database; what they build is there for others at once."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        yield District(conn)


def spans_evidence(spans: Sequence[tuple[datetime, datetime]], **more: Any) -> dict[str, Any]:
    """Evidence as the judge writes it."""
    total_s = sum((end - start).total_seconds() for start, end in spans)
    return {"spans": [[start.isoformat(), end.isoformat()] for start, end in spans], "total_s": total_s, **more}
