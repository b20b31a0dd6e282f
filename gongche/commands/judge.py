"""``gongche judge``: woken by the database, judges what something changed for."""

from __future__ import annotations

import signal
from time import monotonic, sleep

import structlog

from gongche import logs
from gongche.addresses import find_database
from gongche.judge import Judge
from gongche.settings import Settings
from store import judging
from store.errors import StoreUnavailableError

log = structlog.get_logger()

_LOOK_AROUND_S = 1.0
"""Longest pause between two looks: for a wake-up lost with a connection, and for being told to stop."""
_LONGEST_BACKOFF_S = 10.0


class _Stop:
    """Set by SIGTERM and SIGINT: what is in hand is finished, nothing more is taken."""

    def __init__(self) -> None:
        self.asked = False
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


def judge() -> None:
    """Judge what has changed, until stopped. May run many times at once.

    研判有变化的车辆，直到停止；可同时运行多个。
    """
    logs.configure("judge")
    settings = Settings()
    stop = _Stop()
    backoff_s = 0.1
    while not stop.asked:
        try:
            _judge_while_connected(settings, stop)
        except StoreUnavailableError as error:
            log.warning("judge.database_away", error=str(error), again_in_s=backoff_s)
            _pause(backoff_s, stop)
            backoff_s = min(2 * backoff_s, _LONGEST_BACKOFF_S)
        else:
            backoff_s = 0.1


def _judge_while_connected(settings: Settings, stop: _Stop) -> None:
    with judging.connect(find_database(settings)) as conn:
        judging.listen(conn)
        one = Judge(conn, settings)
        log.info("judge.ready", waiting=judging.waiting(conn))
        while not stop.asked:
            while not stop.asked and one.once():
                pass
            if not stop.asked and judging.wait_for_marks(conn, _LOOK_AROUND_S):
                # Neighbours of the mark that woke us are judged with it.
                _pause(settings.judge_debounce_ms / 1000, stop)
        log.info("judge.stopped", vehicles=one.tally.vehicles, positions=one.tally.positions)


def _pause(seconds: float, stop: _Stop) -> None:
    until = monotonic() + seconds
    while not stop.asked and (left := until - monotonic()) > 0:
        sleep(min(left, 0.2))
