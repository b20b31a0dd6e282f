"""The demonstration district with a clock that is moved: what had been reported by then is there, judged, and what was
due is done."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import httpx
import numpy as np
import psycopg
from numpy.typing import NDArray

from api.site import Site
from fleet.clock import us_of
from gongche.district.history import History
from gongche.district.load import load_district, load_papers, load_positions
from gongche.judge import Judge
from gongche.sender import SenderPace
from gongche.settings import Settings
from gongche.working import Pace, run_work
from store import judging
from store.database import connect
from store.users import add_user
from tests.fixtures.pages import PASSWORD, served, sign_in
from tests.integration.api.office import Desk

PACE = Pace(look_s=0.1, fetch_s=0.1, heartbeat_s=0.5, stalled_s=10.0, first_retry_s=1.0, letters=SenderPace(look_s=0.1))
_PATIENCE_S = 60


@dataclass
class World:
    """Pages at ``url``, ``gongche work`` and a judge, all of which look at the same clock."""

    dsn: str
    history: History = field(repr=False)  # millions of positions
    now: datetime
    url: str = ""
    settings: Settings = field(default_factory=lambda: Settings(_env_file=None))
    _loaded_us: int = 0

    def __post_init__(self) -> None:
        self._loaded_us = us_of(self.now)

    def move_to(self, moment: datetime) -> None:
        """What the cars report until then is stored and judged; the jobs that fall due are done."""
        ts_us = self.history.positions.ts_us
        asyncio.run(self._load((ts_us > self._loaded_us) & (ts_us <= us_of(moment))))
        self._loaded_us = us_of(moment)
        with judging.connect(self.dsn) as conn:
            Judge(conn, self.settings, clock=lambda: moment).until_idle()
        self.now = moment  # not before: jobs would find cars that wait for a judge, and try again after a pause
        self.eventually(
            "select not exists (select from job_runs where done_at is null and due_at <= %s)"
            " and (select min(through) from job_cursors) >= %s",
            moment,
            moment,
        )

    def ask(self, query: str, *values: object) -> Any:
        """The first value of the first row."""
        with psycopg.connect(self.dsn) as conn:
            row = conn.execute(query.encode(), values).fetchone()
        return None if row is None else row[0]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(query.encode(), values).fetchall()

    def eventually(self, query: str, *values: object) -> None:
        """Until the query says true."""
        give_up = time.monotonic() + _PATIENCE_S
        while not self.ask(query, *values):
            assert time.monotonic() < give_up, f"never came true: {query}"
            time.sleep(0.05)

    def delivered(self) -> None:
        """Until every letter is where it goes."""
        self.eventually("select not exists (select from letters where addressed_at is null and withdrawn_at is null)")
        self.eventually("select not exists (select from deliveries where state in ('waiting', 'sending'))")

    def desk(self, name: str) -> Any:
        """Somebody who has signed in."""
        return _desk(self.url, name)

    async def _load(self, new: NDArray[np.bool_]) -> None:
        await load_positions(self.dsn, replace(self.history, positions=self.history.positions.take(new)))


@contextmanager
def _desk(url: str, name: str) -> Iterator[Desk]:
    with httpx.Client(base_url=url, timeout=60, follow_redirects=False) as client:
        assert sign_in(client, name).status_code == 303
        yield Desk(client)


@contextmanager
def world(
    site: Site, history: History, begin: datetime, people: dict[str, tuple[str, ...]], managers: dict[str, str]
) -> Iterator[World]:
    """The district as it stands when ``begin`` comes, before anything was reported; ``people`` and their roles,
    ``managers`` and their units' codes."""
    it = World(site.dsn, history, begin)
    asyncio.run(_furnish(site.dsn, history, people, managers))
    with served(replace(site, now=lambda: it.now)) as pages, _working(it):
        it.url = pages.url
        yield it


async def _furnish(dsn: str, history: History, people: dict[str, tuple[str, ...]], managers: dict[str, str]) -> None:
    await load_district(dsn, history.district)
    await load_papers(dsn, history)
    async with await connect(dsn) as conn:
        for name, roles in people.items():
            await add_user(conn, name, PASSWORD, *roles)
        for name, code in managers.items():
            unit = await (await conn.execute("select id from units where code = %s", (code,))).fetchone()
            assert unit is not None
            await add_user(conn, name, PASSWORD, "unit_manager", unit_id=unit[0])


@contextmanager
def _working(it: World) -> Iterator[None]:
    """``gongche work`` in a thread, by the world's clock."""
    told: dict[str, Any] = {}
    started = threading.Event()

    async def run() -> None:
        told["loop"], told["stop"] = asyncio.get_running_loop(), asyncio.Event()
        started.set()
        await run_work(it.dsn, it.settings, told["stop"], now=lambda: it.now, pace=PACE)

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="work")
    thread.start()
    try:
        assert started.wait(30)
        yield
    finally:
        told["loop"].call_soon_threadsafe(told["stop"].set)
        thread.join(30)
        assert not thread.is_alive(), "gongche work did not stop"


def links(page: str, pattern: str) -> list[str]:
    """Addresses on a page that are wholly like the pattern, each once, in their order."""
    return list(dict.fromkeys(re.findall(rf'href="({pattern})"', page)))
