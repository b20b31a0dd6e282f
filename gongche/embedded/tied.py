"""Starting a server as a child that ends when this program does, however this program ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from gongche.embedded.account import Account

# Runs in the child before the server takes its place: gives up root, then asks Linux for a signal at the
# parent's death. Not a preexec_fn, which may deadlock in a program with threads; and in this order, because
# a change of user cancels the request.
_TIE_TO_PARENT = """
import ctypes, os, sys
parent, signum, uid, gid = map(int, sys.argv[1:5])
if uid >= 0:
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
ctypes.CDLL(None).prctl(1, signum)
if os.getppid() != parent:
    sys.exit("the program that started this server is gone")
os.execv(sys.argv[5], sys.argv[5:])
"""


def spawn_tied(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    at_parents_death: signal.Signals,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` with its output appended to `log` (None: where ours goes), away from this terminal's Ctrl-C.

    Where the platform can (Linux), the child gets `at_parents_death` when this program ends, kill -9
    included. With `account` (for root only) the child runs as that user. Any thread may call.
    """
    numbers = (int(at_parents_death), *((account.uid, account.gid) if account else (-1, -1)))
    words = [str(word) for word in command]
    if sys.platform != "linux":
        return _start(words, log, env, account)
    started: Future[subprocess.Popen[bytes]] = Future()

    def start_and_stay() -> None:
        tied = [sys.executable, "-I", "-S", "-c", _TIE_TO_PARENT, str(os.getpid()), *map(str, numbers), *words]
        try:
            process = _start(tied, log, env, None)
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(process)
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # leaves the exit status to the caller

    # The death that Linux reports is that of the *thread* which forked: this one stays as long as the child.
    threading.Thread(target=start_and_stay, name=f"child {Path(command[0]).name}", daemon=True).start()
    return started.result()


def _start(
    words: list[str], log: Path | None, env: Mapping[str, str] | None, account: Account | None
) -> subprocess.Popen[bytes]:
    with log.open("ab") if log else contextlib.nullcontext() as output:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            env=env,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
