"""The data folder: whose it is right now, and what only its owner may read."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from gongche.problem import Problem

_LOCK = "lock"
_PROBE_S = 0.5


class DataFolder:
    """A folder that one program at a time runs servers in.

    The lock is the kernel's (``flock``): it goes with the process that holds it, however that ends, so a
    pid left in the file after a kill is no obstacle. Other commands only probe it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for as long as the block lasts; ``Problem`` (with the pid) when it is in use."""
        self._make()
        descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _take(descriptor):
                raise self._in_use(descriptor)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            try:
                yield
            finally:
                # Emptied while still held: who looks at it between two runs sees no pid of the past.
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def in_use(self) -> bool:
        """Whether a running program holds the folder."""
        try:
            descriptor = os.open(self.path / _LOCK, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            # Shared, so that probes do not see each other; _take waits longer than a probe lasts.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def write_private(self, name: str, text: str) -> None:
        """Write a file that only its owner may read, whole or not at all."""
        write_private(self.path / name, text)

    def _make(self) -> None:
        try:
            # 711: the embedded PostgreSQL of a root user runs as another user and must pass through.
            self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
        except OSError as e:
            raise Problem(
                f"数据文件夹 {self.path} 建不了（{e.strerror}），请用 GONGCHE_DATA_FOLDER 另指定",
                f"cannot make the data folder {self.path}: {e.strerror}; name another one with GONGCHE_DATA_FOLDER",
            ) from e

    def _in_use(self, descriptor: int) -> Problem:
        pid = os.pread(descriptor, 32, 0).decode().strip() or "?"
        return Problem(
            f"数据文件夹 {self.path} 正被进程 {pid} 使用，请先停止它，或用 GONGCHE_DATA_FOLDER 另指定",
            f"the data folder {self.path} is in use by process {pid}; "
            "stop it first, or name another one with GONGCHE_DATA_FOLDER",
        )


def write_private(file: Path, text: str) -> None:
    """Write a file of mode 600 by way of a new one, so that no reader sees half of it."""
    half = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as new:
        new.write(text)
        new.flush()
        os.fsync(new.fileno())
    half.rename(file)


def kept_secret(file: Path) -> str:
    """The secret in ``file``; made at the first call and the same ever after."""
    with contextlib.suppress(FileNotFoundError):
        return file.read_text(encoding="utf-8").strip()
    secret = secrets.token_urlsafe(24)
    write_private(file, secret + "\n")
    return secret


def _take(descriptor: int) -> bool:
    until = time.monotonic() + _PROBE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        else:
            return True
