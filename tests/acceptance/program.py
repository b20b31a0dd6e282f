"""The program as its users run it: a command in a folder of its own, watched from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from queue import Empty, Queue

import psutil

from gongche import addresses
from gongche.addresses import Addresses
from gongche.settings import Settings

PATIENCE_S = 240
"""Far more than anything takes: a bound for a test that would hang, not a measure."""


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a user who set the data folder and these settings (`http_port="0"`), and nothing else."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GONGCHE_")}
    told = {"data_folder": str(folder / "data"), "http_port": "0", **settings}
    return {**inherited, **{f"GONGCHE_{name.upper()}": value for name, value in told.items()}}


def gongche(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gongche", *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


class Up:
    """A running `gongche up` (or another command that keeps running)."""

    def __init__(self, folder: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.printed: list[str] = []
        self._errors = folder / "stderr"
        self._lines: Queue[str] = Queue()
        with self._errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gongche", *(arguments or ("up",))],
                cwd=folder,
                env=environment(folder, **(settings or {})),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        threading.Thread(target=self._read, daemon=True).start()

    def line_with(self, words: str) -> str:
        """Wait for a printed line that has `words`."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(Empty):
                line = self._lines.get(timeout=0.2)
                self.printed.append(line)
                if words in line:
                    return line
            if self.process.poll() is not None and self._lines.empty():
                break
        raise AssertionError(f"never printed {words!r}, but {self.printed}\n{self.errors()}")

    def wait_until_up(self) -> str:
        """The address of the pages, once they are served."""
        return next(word for word in self.line_with(" up: ").split() if word.startswith("http"))

    def errors(self) -> str:
        """What it wrote to standard error so far."""
        return self._errors.read_text(encoding="utf-8", errors="replace")

    def addresses(self) -> Addresses:
        """What other commands on the same folder find."""
        return addresses.find(Settings(data_folder=self.folder / "data", _env_file=None))

    def part(self, word: str) -> psutil.Process:
        """The child whose command line has `word` (`nats-server`, `postgres`, `ingest`, ...), once there is one."""
        found: list[psutil.Process] = []

        def there() -> bool:
            found[:] = [child for child in psutil.Process(self.process.pid).children() if _is(child, word)]
            return bool(found)

        eventually(there, f"no part {word}")
        return found[0]

    def everyone(self) -> list[psutil.Process]:
        """It and all processes below it."""
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end; the exit status."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)


@contextlib.contextmanager
def running(folder: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> Iterator[Up]:
    """A `gongche up` in `folder` that is gone when the block ends, whatever happened in it."""
    up = Up(folder, *arguments, settings=settings)
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.process.terminate()
            try:
                up.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                for process in up.everyone():
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.kill()


def eventually(holds: Callable[[], bool], otherwise: str) -> None:
    """Wait until it holds."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, otherwise
        time.sleep(0.05)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all have ended (a zombie has)."""
    return not any(_alive(process) for process in processes)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is(process: psutil.Process, word: str) -> bool:
    try:
        command = process.cmdline()
    except psutil.Error:
        return False
    # Not the moment before the program takes the place of what ties it to its parent.
    return _alive(process) and command[1:3] != ["-I", "-S"] and any(word in part for part in command[:4])
