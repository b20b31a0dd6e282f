"""The role ``work``: looks what jobs are due, and does them; sends what waits in the outbox; may run many times.

Our tables say what is due, done and failed (``store.jobs``); procrastinate hands the work to one of the workers and
notices those that died. Losing all that procrastinate holds would lose nothing: the next look queues it anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from api.site import utc_now
from fleet.clock import day_start_us, moment_of
from fleet.week import Week
from gongche.job_letters import TOLD_AFTER_FAILURES, failed_letter
from gongche.jobs import BY_NAME, JOBS, Work
from gongche.problem import Problem
from gongche.sender import Sender, SenderPace
from gongche.settings import Settings
from oversight.jobs import due
from store import jobs, outbox
from store.calendar_years import work_calendar
from store.database import Connection, Pool, open_pool, transaction
from store.errors import StoreError
from store.jobs import JobRun

_log = structlog.get_logger("work")
APPLICATION = "gongche work"
_TASK = "gongche.job"
_LONGEST_BACKOFF_S = 10.0
_STOPS_WITHIN_S = 10.0
_REACHED_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a worker looks, and how long it waits. Seconds."""

    look_s: float = 60.0
    fetch_s: float = 5.0
    heartbeat_s: float = 10.0
    stalled_s: float = 30.0
    first_retry_s: float = 60.0
    longest_retry_s: float = 3600.0
    letters: SenderPace = field(default_factory=SenderPace)

    def retry_s(self, failures: int) -> float:
        """The pause after the n-th failure: doubled each time."""
        return float(min(self.first_retry_s * 2.0 ** min(failures - 1, 32), self.longest_retry_s))


async def run_work(
    dsn: str,
    settings: Settings,
    stop: asyncio.Event,
    *,
    now: Callable[[], datetime] = utc_now,
    pace: Pace | None = None,
) -> None:
    """Works until told to stop; jobs in hand are finished. The database may go away and come back."""
    backoff_s = 0.1
    while not stop.is_set():
        try:
            await _Worker(dsn, settings, now, pace or Pace()).run(stop)
            backoff_s = 0.1
            await _pause(stop, backoff_s)  # it ends by itself when procrastinate lost its connection
        except (StoreError, ConnectorException) as error:
            _log.warning("work.database_away", error=str(error), again_in_s=backoff_s)
            await _pause(stop, backoff_s)
            backoff_s = min(2 * backoff_s, _LONGEST_BACKOFF_S)


class _Worker:
    """One connected worker: a task that looks, and procrastinate's worker that does."""

    def __init__(self, dsn: str, settings: Settings, now: Callable[[], datetime], pace: Pace) -> None:
        self._dsn, self._settings, self._now, self._pace = dsn, settings, now, pace
        connector = PsycopgConnector(conninfo=dsn, kwargs={"application_name": APPLICATION}, min_size=1, max_size=4)
        self._queue = App(connector=connector)
        self._queue.task(name=_TASK)(self._do)
        self._pool: Pool

    async def run(self, stop: asyncio.Event) -> None:
        self._pool = await open_pool(self._dsn, application=APPLICATION, wait_s=_REACHED_WITHIN_S)
        try:
            async with self._queue.open_async():
                await self._look()
                _log.info("work.ready", jobs=[job.name for job in JOBS])
                await self._until(stop)
        finally:
            await self._pool.close()

    async def _until(self, stop: asyncio.Event) -> None:
        pace = self._pace
        doing = self._queue.run_worker_async(
            name=APPLICATION,
            delete_jobs="always",
            install_signal_handlers=False,
            fetch_job_polling_interval=pace.fetch_s,
            update_heartbeat_interval=pace.heartbeat_s,
            stalled_worker_timeout=pace.stalled_s,
            shutdown_graceful_timeout=_STOPS_WITHIN_S,
        )
        sender = Sender(
            self._pool,
            self._settings.zone,
            self._now,
            public_url=self._settings.public_url,
            pace=pace.letters,
        )
        tasks = {
            asyncio.create_task(doing, name="worker"),
            asyncio.create_task(self._keep_looking(), name="look"),
            asyncio.create_task(sender.run(), name="letters"),
            asyncio.create_task(stop.wait(), name="stop"),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()  # procrastinate's finishes what is in hand
            await asyncio.wait(tasks)
        for task in done:
            task.result()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._pace.look_s)
            await self._look()

    async def _look(self) -> None:
        """Notes what became due, lets go what died in a worker's hands, queues what is not done."""
        manager = self._queue.job_manager
        async with transaction(self._pool) as conn:
            await note_due(conn, self._settings, self._now())
            waiting = [run for run in await jobs.waiting(conn) if self._may_be_tried(run)]
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._pace.stalled_s):
            _log.warning("work.worker_died", job=job.task_kwargs)
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)
        for one in waiting:
            await self._put(one)

    def _may_be_tried(self, run: JobRun) -> bool:
        """Known to this program (a newer one may have noted others), and its pause after failing is over."""
        pause = timedelta(seconds=self._pace.retry_s(run.failures)) if run.failures else timedelta(0)
        return run.job in BY_NAME and (run.failed_at is None or run.failed_at + pause <= self._now())

    async def _put(self, one: JobRun) -> None:
        name = f"{one.job} {one.key}"
        try:
            task = self._queue.configure_task(_TASK, lock=name, queueing_lock=name)
            await task.defer_async(job=one.job, key=one.key)
        except AlreadyEnqueued:
            pass

    async def _do(self, job: str, key: str) -> None:
        """An occurrence, in one transaction with the note that it is done; nothing where it is."""
        try:
            async with transaction(self._pool) as conn:
                if await jobs.hold(conn, job, key):
                    is_done = await BY_NAME[job].run(Work(conn, self._settings, self._now), key)
                    if is_done:
                        await jobs.done(conn, job, key, self._now())
                        _log.info("work.done", job=job, key=key)
        except Exception as error:
            # Not raised: when it is tried again is told by our table, not by the queue.
            trace = None if isinstance(error, Problem) else error
            _log.warning("work.failed", job=job, key=key, error=str(error), exc_info=trace)
            async with transaction(self._pool) as conn:
                failures = await jobs.failed(conn, job, key, self._now(), str(error) or repr(error))
                if failures == TOLD_AFTER_FAILURES:
                    await outbox.put(conn, failed_letter(BY_NAME[job], key), self._now())


async def note_due(conn: Connection, settings: Settings, now: datetime) -> None:
    """Notes every occurrence that is due by now. A job that is new begins with the local week of now."""
    calendar = await work_calendar(conn, settings.zone)
    monday = Week.of(now.astimezone(settings.zone).date()).monday
    begin = moment_of(day_start_us(monday, settings.zone)) - timedelta(microseconds=1)
    for job in JOBS:
        through = await jobs.hold_cursor(conn, job.name, begin)
        await jobs.note(conn, job.name, due(job.name, job.schedule, through, now, calendar), now)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
