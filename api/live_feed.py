"""What open pages are told as it happens: alerts as they are raised, cars as they move.

One feed a process, however many pages are open: one connection listens for alerts, one query a second (less
often where there are very many cars) reads the newest positions while anybody watches.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

import structlog

from api.car_state import CarState, car_state
from api.site import Site
from store.alert_notices import alert_notices
from store.database import Pool, transaction
from store.errors import StoreError
from store.overview import LivePosition, live
from store.scope import EVERYTHING, Scope
from store.violations import alerted_car

POLL_S = 1.0
IDLE_TIMES = 9
"""So many times as long as reading and telling took, it rests at least: ten thousand cars must not take a core."""
RETRY_S = 2.0
MOST_WAITING = 64
"""Events that a page may be behind; then it is let go, and comes back to everything anew."""

_log = structlog.get_logger("pages")
Car = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    name: str
    data: str

    def __str__(self) -> str:
        return f"event: {self.name}\ndata: {self.data}\n\n"


@dataclass(eq=False, slots=True)
class Watcher:
    """An open page. ``None`` in its queue ends it."""

    scope: Scope
    queue: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    knows_cars: bool = False


class LiveFeed:
    """Run :meth:`run` as a task; :meth:`close` ends all watchers, so that the server can stop."""

    def __init__(self, site: Site, pool: Pool) -> None:
        self._site = site
        self._pool = pool
        self._watchers: set[Watcher] = set()
        self._cars: dict[Scope, dict[int, Car]] = {}
        self._closed = False

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_alerts(), name="live feed: alerts")
            tasks.create_task(self._tell_positions(), name="live feed: positions")

    @contextmanager
    def watch(self, scope: Scope) -> Iterator[asyncio.Queue[Event | None]]:
        """The events from now on about cars within the scope; after :meth:`close`, just the end."""
        watcher = Watcher(scope)
        if self._closed:
            watcher.queue.put_nowait(None)
        self._watchers.add(watcher)
        try:
            yield watcher.queue
        finally:
            self._watchers.discard(watcher)

    def close(self) -> None:
        """Ends all watchers, those that come later too."""
        self._closed = True
        for watcher in list(self._watchers):
            self._let_go(watcher)

    async def _tell_alerts(self) -> None:
        while True:
            try:
                async for alert_id in alert_notices(self._site.dsn):
                    # Also once it listens: an alert may have been raised while it did not.
                    await self._send_alert(alert_id)
            except StoreError as error:
                _log.warning("alerts_not_heard", error=str(error), retry_s=RETRY_S)
            await asyncio.sleep(RETRY_S)

    async def _tell_positions(self) -> None:
        while True:
            began_s = monotonic()
            if self._watchers:
                try:
                    async with transaction(self._pool) as conn:
                        positions = await live(conn, self._site.now(), scope=EVERYTHING)
                    self._send_positions(positions)
                except StoreError as error:
                    _log.warning("positions_not_read", error=str(error))
            await asyncio.sleep(max(POLL_S, IDLE_TIMES * (monotonic() - began_s)))

    def _send_positions(self, positions: list[LivePosition]) -> None:
        """To each watcher what lies within its scope, counts too."""
        now = self._site.now()
        for scope in {watcher.scope for watcher in self._watchers}:
            shown = [p for p in positions if scope.shows(p.use_class, p.unit_id)]
            self._send_cars(scope, {p.vehicle_id: car_of(p, now) for p in shown}, now)

    def _send_cars(self, scope: Scope, cars: dict[int, Car], now: datetime) -> None:
        known = self._cars.get(scope, {})
        changed = [car for vehicle_id, car in cars.items() if known.get(vehicle_id) != car]
        self._cars[scope] = cars
        counts = count_states(cars.values())
        news = positions_event(now, changed, counts) if changed else None
        for watcher in [watcher for watcher in self._watchers if watcher.scope == scope]:
            if not watcher.knows_cars:
                self._send(watcher, positions_event(now, list(cars.values()), counts))
                watcher.knows_cars = True
            elif news is not None:
                self._send(watcher, news)

    async def _send_alert(self, alert_id: int | None) -> None:
        """To those in whose scope the car is; without an id it tells of no car and goes to all."""
        car: tuple[str, int] | None = None
        if alert_id is not None and self._watchers:
            async with transaction(self._pool) as conn:
                car = await alerted_car(conn, alert_id)
        event = Event("alert", json.dumps({"alert": alert_id}))
        for watcher in list(self._watchers):
            if alert_id is None or (car is not None and watcher.scope.shows(*car)):
                self._send(watcher, event)

    def _send(self, watcher: Watcher, event: Event) -> None:
        try:
            watcher.queue.put_nowait(event)
        except asyncio.QueueFull:
            self._let_go(watcher)

    def _let_go(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)
        while watcher.queue.full():
            watcher.queue.get_nowait()
        watcher.queue.put_nowait(None)


def car_of(position: LivePosition, now: datetime) -> Car:
    """A car as maps and programs get it: degrees, WGS-84."""
    return {
        "vehicle_id": position.vehicle_id,
        "plate": position.plate,
        "unit": position.unit,
        "state": car_state(position.ts, position.speed_kmh, now).value,
        "ts": position.ts.isoformat() if position.ts else None,
        "lon": None if position.lon_e7 is None else position.lon_e7 / 1e7,
        "lat": None if position.lat_e7 is None else position.lat_e7 / 1e7,
        "speed_kmh": None if position.speed_kmh is None else round(position.speed_kmh, 1),
        "heading_deg": None if position.heading_deg is None else round(position.heading_deg),
    }


def count_states(cars: Any) -> dict[str, int]:
    """How many cars are in each state; a state without any is 0."""
    counts = Counter(car["state"] for car in cars)
    return {state.value: counts[state.value] for state in CarState}


def positions_event(now: datetime, cars: list[Car], counts: dict[str, int]) -> Event:
    """Cars that changed, and how many there are of each state now."""
    return Event("positions", json.dumps({"now": now.isoformat(), "counts": counts, "cars": cars}))
