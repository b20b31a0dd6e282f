"""Trackers' users as Mosquitto's password file and ACL file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fleet.credential import Credential
from gongche.problem import Problem
from ingest.formats import topics_of


def passwords_of(credentials: Sequence[Credential], others: str = "") -> str:
    """The text for ``password_file``: ``others``, lines as mosquitto_passwd makes them, and then the trackers.

    Problem when ``others`` has a user with a tracker's name.
    """
    kept = [line for line in others.splitlines() if line.strip()]
    _refuse_common_names(credentials, {line.partition(":")[0] for line in kept})
    return _lines([*kept, *(f"{one.tracker}:{one.pbkdf2_sha512}" for one in credentials)])


def rights_of(credentials: Sequence[Credential], others: str = "") -> str:
    """The text for ``acl_file``: ``others`` as they are, and then what each tracker may publish. Reading: nothing."""
    named = [line.split(maxsplit=1)[1].strip() for line in others.splitlines() if line.startswith("user ")]
    _refuse_common_names(credentials, set(named))
    rights = [
        line
        for one in credentials
        for line in (f"user {one.tracker}", *(f"topic write {topic}" for topic in topics_of(one.tracker)))
    ]
    return _lines([*others.splitlines(), *rights])


def _refuse_common_names(credentials: Iterable[Credential], names: set[str]) -> None:
    common = sorted(names.intersection(one.tracker for one in credentials))
    if common:
        raise Problem(
            f"以下用户名与终端编号重复：{', '.join(common)}", f"users with the names of trackers: {', '.join(common)}"
        )


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
