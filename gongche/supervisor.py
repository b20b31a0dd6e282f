"""Keeping the parts of the program running: each is started again when it ends, the longer the oftener it does."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from gongche.embedded.tied import spawn_tied
from gongche.problem import Problem

_log = structlog.get_logger(__name__)

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0
_STEADY_S = 60.0


class Part(Protocol):
    """Something that runs until it is stopped or dies: an embedded server, a role."""

    @property
    def pid(self) -> int | None:
        """Process id, None when it does not run."""

    def start(self) -> None:
        """Start it, or start it again after it died."""

    def stop(self) -> None:
        """End it in order and wait for its end."""


def delay_s(crashes: int) -> float:
    """How long to wait before the start after the n-th crash in a row."""
    return min(_FIRST_DELAY_S * 2.0 ** (crashes - 1), _LONGEST_DELAY_S)


class Kept:
    """One part and how it has fared."""

    def __init__(self, name: str, part: Part) -> None:
        self.name = name
        self.part = part
        self._crashes = 0
        self._started_s: float | None = None
        self._start_at_s: float | None = None

    def tend(self, now_s: float) -> None:
        """Look after it: call this often, with a clock that only goes forward."""
        if self.part.pid is not None:
            self._started_s = now_s if self._started_s is None else self._started_s
            if now_s - self._started_s >= _STEADY_S:
                self._crashes = 0
        elif self._start_at_s is None:
            self._crashed(now_s)
        elif now_s >= self._start_at_s:
            self._start_again(now_s)

    def _crashed(self, now_s: float) -> None:
        self._crashes += 1
        self._started_s = None
        self._start_at_s = now_s + delay_s(self._crashes)
        _log.error("ended unexpectedly", part=self.name, crashes=self._crashes, again_in_s=delay_s(self._crashes))

    def _start_again(self, now_s: float) -> None:
        self._start_at_s = None
        try:
            self.part.start()
        except Problem as problem:
            _log.error("could not be started", part=self.name, problem=str(problem))
            self._crashed(now_s)
        else:
            _log.info("started again", part=self.name, pid=self.part.pid)


class RoleProcess:
    """A role (`ingest`, `judge`, `serve`) as a child process of the same program, its logs on our standard error.

    Passwords never travel through arguments: a role reads them from the data folder, as every command does.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str], *, stops_within_s: float = 15) -> None:
        self._command = command
        self._env = env
        self._stops_within_s = stops_within_s
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        self._process = spawn_tied(
            [sys.executable, "-m", "gongche", *self._command],
            log=None,
            at_parents_death=signal.SIGKILL,
            env=self._env,
        )

    def ask_to_stop(self) -> None:
        """SIGTERM without waiting, so that several roles finish what they have in hand side by side."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when it takes too long; what was in hand then is done again at the next start."""
        if self._process is None:
            return
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self._stops_within_s)
        if self._process.poll() is None:
            _log.error("killed, as it did not stop", command=self._command)
            self._process.kill()
            self._process.wait()
        self._process = None


def tend_all(kept: Sequence[Kept]) -> None:
    """One round over all parts, in order: servers come before those who need them."""
    for part in kept:
        part.tend(time.monotonic())
