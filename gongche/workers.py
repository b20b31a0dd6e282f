"""Judging history with several processes. What waits is in the database: a process may die, or all of them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import fields
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import sleep

import structlog

from gongche import logs
from gongche.judge import VEHICLES_AT_ONCE, Judge, Tally
from gongche.problem import Problem
from gongche.settings import Settings
from store import judging

_log = structlog.get_logger()
_LOOK_AGAIN_S = 0.05
_DEATHS_BORNE = 5
_SHARES = 4
"""Of the vehicles each worker takes so many shares, so that none waits long for the last one."""


def judge_with_workers(
    dsn: str, settings: Settings, workers: int, last_mark: int, told: Callable[[int], None]
) -> Tally:
    """Judges until no mark up to ``last_mark`` waits; ``told`` hears how many vehicles still do.

    A worker that is killed is replaced: what it had in hand is undone by the database and taken by another. Its
    figures since its last lot are lost. Raises Problem when workers fail, or keep being killed.
    """
    with judging.connect(dsn) as conn:
        left = judging.waiting(conn, last_mark)
        at_once = max(1, min(VEHICLES_AT_ONCE, left // (workers * _SHARES)))
        team = [_Worker(dsn, settings, last_mark, at_once) for _ in range(min(workers, left))]
        deaths = 0
        try:
            while left and any(worker.runs for worker in team):
                for number, worker in enumerate(team):
                    worker.hear()
                    if worker.killed:
                        deaths += 1
                        _check(deaths)
                        _log.warning("rejudge.worker_killed", pid=worker.pid, deaths=deaths)
                        team.append(_Worker(dsn, settings, last_mark, at_once))
                        team[number] = worker.retired()
                    elif worker.failed:
                        raise Problem("研判进程出错，见上", "a worker failed; see above")
                sleep(_LOOK_AGAIN_S)
                left = judging.waiting(conn, last_mark)
                told(left)
            for worker in team:
                worker.wait()
        finally:
            for worker in team:
                worker.stop()
    return _sum([worker.tally for worker in team])


def _check(deaths: int) -> None:
    if deaths > _DEATHS_BORNE:
        raise Problem(
            "研判进程一再被终止（内存不足？），请减少 --workers 后用 --resume 继续",
            "workers keep being killed (out of memory?); go on with fewer --workers and --resume",
        )


class _Worker:
    """One process, with a pipe of its own: a shared queue could be left locked by one that is killed."""

    def __init__(self, dsn: str, settings: Settings, last_mark: int, at_once: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._from, to_parent = context.Pipe(duplex=False)
        self._process: BaseProcess | None = context.Process(
            target=_work, args=(dsn, settings, last_mark, at_once, os.getpid(), to_parent), daemon=True
        )
        self._process.start()
        to_parent.close()
        self.pid = self._process.pid
        self.tally = Tally()

    @property
    def runs(self) -> bool:
        """Whether it has not ended by itself: one that was killed is to be replaced yet."""
        return self._process is not None and self._process.exitcode != 0

    @property
    def killed(self) -> bool:
        return self._process is not None and (self._process.exitcode or 0) < 0

    @property
    def failed(self) -> bool:
        return self._process is not None and (self._process.exitcode or 0) > 0

    def hear(self) -> None:
        """Takes the newest figures it sent."""
        try:
            while self._process is not None and self._from.poll():
                self.tally = self._from.recv()
        except (EOFError, OSError):
            self._from.close()
            self._process.join() if self._process is not None else None

    def retired(self) -> _Worker:
        """The same with its figures only."""
        self._process = None
        return self

    def wait(self) -> None:
        """Until it ended by itself, as it does when nothing waits."""
        if self._process is not None:
            self._process.join()
            self.hear()

    def stop(self) -> None:
        """Ends it at once; what it has in hand waits for the next."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join()


def _work(dsn: str, settings: Settings, last_mark: int, at_once: int, parent: int, to_parent: Connection) -> None:
    """A worker: judges what no other holds, until nothing up to the mark waits but what it put aside itself."""
    logs.configure("rejudge")
    with judging.connect(dsn) as conn:
        one = Judge(conn, settings, at_once=at_once)
        while os.getppid() == parent:
            if one.once():
                to_parent.send(one.tally)
            elif judging.waiting(conn, last_mark) > one.aside:
                sleep(_LOOK_AGAIN_S)
            else:
                return


def _sum(tallies: list[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        for field in fields(Tally):
            if field.name != "seconds":
                setattr(total, field.name, getattr(total, field.name) + getattr(tally, field.name))
        for step, seconds in tally.seconds.items():
            total.seconds[step] = total.seconds.get(step, 0.0) + seconds
    return total
