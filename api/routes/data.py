"""The same things for programs, as JSON. Moments are ISO 8601 in UTC, coordinates degrees in WGS-84."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isnan
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from api.car_state import CarState
from api.deps import Conn, TheSite
from api.live_feed import car_of, count_states
from api.looks import TheLooks
from api.permission import Permission, TheScope, may
from api.problem import ErrorDetail, RefusedError, answers, not_found
from api.routes.vehicles import wanted_text
from api.violation_query import NO_NUL, ViolationQuery, write_key
from fleet.clock import moment_of
from fleet.decision import Outcome
from fleet.position import E7
from fleet.vehicle import UseClass
from fleet.violation import Severity
from store import overview, timelines, vehicles, violations
from store.scope import Scope

router = APIRouter(prefix="/api", responses=answers(401, 403, 503))

LONGEST_TRACK = timedelta(days=8)
VehicleId = Annotated[int, Path(ge=1, le=2**31 - 1)]
ViolationId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Moment = Annotated[datetime, Query(description="ISO 8601 with its offset.")]


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class LiveCar(_Row):
    """Where a car is now; nulls when it never reported."""

    vehicle_id: int
    plate: str
    unit: str
    state: CarState
    ts: datetime | None
    lon: float | None
    lat: float | None
    speed_kmh: float | None
    heading_deg: float | None


class Live(BaseModel):
    """All enrolled cars."""

    now: datetime
    counts: dict[CarState, int]
    cars: list[LiveCar]


class ViolationRow(_Row):
    """A suspected violation."""

    id: int
    vehicle_id: int
    plate: str
    unit: str
    rule_id: str
    rule_version: int
    start_at: datetime
    end_at: datetime
    total_s: float
    severity: Severity
    provisional: bool
    insufficient: bool
    evidence_changed: bool
    outcome: Outcome | None
    withdrawn_at: datetime | None
    found_at: datetime


class ViolationPage(BaseModel):
    """``after`` for the next page; null at the end."""

    rows: list[ViolationRow]
    next: str | None


class FullViolation(ViolationRow):
    """With its evidence as the judge wrote it."""

    evidence: dict[str, Any]


class VehicleRow(_Row):
    """A vehicle, and when it last reported."""

    id: int
    plate: str
    unit: str
    unit_id: int
    use_class: UseClass
    model: str
    enrolled: bool
    seen_at: datetime | None


class VehiclePage(BaseModel):
    """``after`` for the next page; null at the end."""

    rows: list[VehicleRow]
    next: str | None


class TripRow(_Row):
    start_at: datetime
    end_at: datetime
    distance_m: float
    fixes: int
    max_speed_kmh: float


class StopRow(_Row):
    start_at: datetime
    end_at: datetime
    lon: float
    lat: float
    fixes: int
    inferred_s: float


class GapRow(_Row):
    start_at: datetime
    end_at: datetime


class Facts(BaseModel):
    """What a vehicle did between two moments, so far as its positions tell."""

    trips: list[TripRow]
    stops: list[StopRow]
    gaps: list[GapRow]


class Track(BaseModel):
    """Positions as rows of columns."""

    columns: list[str] = ["ts", "lon", "lat", "speed_kmh"]
    rows: list[tuple[datetime, float, float, float | None]]


@router.get("/live", dependencies=[Depends(may(Permission.SEE_LIVE))])
async def read_live(conn: Conn, site: TheSite, scope: TheScope, looks: TheLooks) -> Live:
    """Where all cars are now."""
    now = site.now()
    cars = [car_of(position, now) for position in await overview.live(conn, now, scope=scope)]
    counts = {CarState(state): count for state, count in count_states(cars).items()}
    await looks.at_live(conn)
    return Live(now=now, counts=counts, cars=[LiveCar(**car) for car in cars])


@router.get("/violations", dependencies=[Depends(may(Permission.SEE_VIOLATIONS))], responses=answers(422))
async def list_violations(
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    asked: ViolationQuery,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ViolationPage:
    """Suspected violations, a page at a time."""
    page = await violations.page(
        conn, asked.filter(site), scope=scope, sorting=asked.sorting, after=asked.key, limit=limit
    )
    return ViolationPage(rows=[ViolationRow.model_validate(row) for row in page.rows], next=write_key(page.next_key))


@router.get(
    "/violations/{violation_id}",
    dependencies=[Depends(may(Permission.SEE_VIOLATIONS))],
    responses=answers(404, 422),
)
async def read_violation(conn: Conn, scope: TheScope, looks: TheLooks, violation_id: ViolationId) -> FullViolation:
    """One violation with its evidence."""
    found = await violations.one(conn, violation_id, scope=scope)
    if found is None:
        raise not_found(f"编号为 {violation_id} 的疑似违规", f"violation {violation_id}")
    await looks.at_track(conn, "api_violation", found.plate, found.start_at, found.end_at, found.id)
    return FullViolation.model_validate(found)


@router.get("/vehicles", dependencies=[Depends(may(Permission.SEE_TRACKS))], responses=answers(422))
async def find_vehicles(
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    q: Annotated[str, Query(max_length=60, pattern=NO_NUL)] = "",
    after: Annotated[str, Query(max_length=20, pattern=NO_NUL)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> VehiclePage:
    """Vehicles by a part of their plate or of their unit's name."""
    now = site.now()
    found = await vehicles.search(conn, wanted_text(q), scope=scope, now=now, since=now, after=after, limit=limit + 1)
    rows = [VehicleRow.model_validate(row) for row in found[:limit]]
    return VehiclePage(rows=rows, next=found[limit - 1].plate if len(found) > limit else None)


@router.get(
    "/vehicles/{vehicle_id}/facts", dependencies=[Depends(may(Permission.SEE_TRACKS))], responses=answers(404, 422)
)
async def read_facts(
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    looks: TheLooks,
    vehicle_id: VehicleId,
    since: Moment,
    until: Moment,
) -> Facts:
    """Trips, stops and gaps that touch [since, until)."""
    since, until = _span(since, until)
    plate = await _plate_of(conn, scope, site.now(), vehicle_id)
    done = await timelines.timeline(conn, vehicle_id, since, until)
    await looks.at_track(conn, "api_facts", plate, since, until)
    return Facts(
        trips=[TripRow.model_validate(trip) for trip in done.trips],
        stops=[
            StopRow(
                start_at=stop.start_at,
                end_at=stop.end_at,
                lon=stop.lon_e7 / E7,
                lat=stop.lat_e7 / E7,
                fixes=stop.fixes,
                inferred_s=stop.inferred_s,
            )
            for stop in done.stops
        ],
        gaps=[GapRow.model_validate(gap) for gap in done.gaps],
    )


@router.get(
    "/vehicles/{vehicle_id}/track", dependencies=[Depends(may(Permission.SEE_TRACKS))], responses=answers(404, 422)
)
async def read_track(
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    looks: TheLooks,
    vehicle_id: VehicleId,
    since: Moment,
    until: Moment,
) -> Track:
    """The positions in [since, until), at most eight days of them."""
    since, until = _span(since, until)
    plate = await _plate_of(conn, scope, site.now(), vehicle_id)
    track = await timelines.track(conn, vehicle_id, since, until)
    await looks.at_track(conn, "api_track", plate, since, until)
    columns = zip(track.ts_us, track.lon_e7, track.lat_e7, track.speed_kmh, strict=True)
    return Track(
        rows=[
            (moment_of(ts), float(lon) / E7, float(lat) / E7, None if isnan(speed) else float(speed))
            for ts, lon, lat, speed in columns
        ]
    )


def _span(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    for name, moment in (("since", since), ("until", until)):
        if moment.tzinfo is None or not 2000 <= moment.year <= 2199:
            raise _invalid(name, "应为带时区的时间，如 2026-10-01T00:00+08:00", "needs its offset and a year like 2026")
    if not timedelta(0) < until - since <= LONGEST_TRACK:
        raise _invalid("until", "应在 since 之后，且不超过 8 天", "must follow since by at most 8 days")
    return since, until


def _invalid(name: str, zh: str, en: str) -> RefusedError:
    detail = ErrorDetail(where=f"query.{name}", message=en)
    return RefusedError(422, "invalid", f"参数 {name} 有误：{zh}", f"{name} {en}", [detail])


async def _plate_of(conn: Conn, scope: Scope, now: datetime, vehicle_id: int) -> str:
    vehicle = await vehicles.one(conn, vehicle_id, scope=scope, now=now, since=now)
    if vehicle is None:
        raise not_found(f"编号为 {vehicle_id} 的车辆", f"vehicle {vehicle_id}")
    return vehicle.plate
