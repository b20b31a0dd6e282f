"""The embedded broker's configuration as NATS reads it: where it listens, who may publish and read what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
LOG = "log"

# Why each number is what it is: docs/decisions/0003-embedded-broker.md
_CONFIG = """\
# Written anew at each start of gongche and with each change of trackers' users; edits are lost.
server_name: gongche
host: {loopback}
port: {nats_port}
max_payload: 2MB
log_file: {log}
logfile_size_limit: {log_bytes}
logfile_max_num: 3
jetstream {{
  store_dir: {store}
  sync_interval: "1s"
}}
mqtt {{
  host: {host}
  port: {port}
  max_ack_pending: 10000
  ack_wait: "10s"
{tls}}}
accounts {{
  GONGCHE {{
    jetstream: enabled
    users: [
{users}
    ]
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Tls:
    """What the broker shows trackers: a certificate with its chain, and its key, both PEM."""

    certificate_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True)
class Listening:
    """Where MQTT is spoken, and how; NATS's own protocol is for this machine alone."""

    port: int
    nats_port: int
    host: str = HOST
    tls: Tls | None = None


def config_of(folder: Path, listening: Listening, users: Sequence[str], log_bytes: int) -> str:
    """``users`` are lines of :func:`reader` and :func:`publisher`. Whoever tries passwords all night fills ``log`` in
    ``folder``, and two of so many bytes before it, and no disk."""
    return _CONFIG.format(
        loopback=HOST,
        nats_port=listening.nats_port,
        log=_text(str(folder / LOG)),
        log_bytes=log_bytes,
        store=_text(str(folder)),
        host=_text(listening.host),
        port=listening.port,
        tls="" if listening.tls is None else _tls(listening.tls),
        users="\n".join(users),
    )


def reader(user: str, password: str, topics: Iterable[str]) -> str:
    """A user who may read everything under the first levels of topics, and publishes nothing."""
    readable = _quoted([*_roots(topics), "$MQTT.sub.>"])
    return _user(user, password, 'deny: ">"', f"allow: [{readable}]")


def publisher(user: str, password: str, topics: Iterable[str]) -> str:
    """A user who may publish there and read nothing; the password may be its bcrypt hash."""
    writable = _quoted(_subject(topic) for topic in topics)
    return _user(user, password, f"allow: [{writable}]", 'deny: ">"')


def _user(user: str, password: str, publish: str, subscribe: str) -> str:
    return (
        f"      {{ user: {_text(user)}, password: {_text(password)}, "
        f"permissions: {{ publish: {{ {publish} }}, subscribe: {{ {subscribe} }} }} }}"
    )


def _tls(tls: Tls) -> str:
    files = _text(str(tls.certificate_file)), _text(str(tls.key_file))
    return "  tls {{ cert_file: {}, key_file: {} }}\n".format(*files)


def _subject(topic_filter: str) -> str:
    """The NATS subject of an MQTT topic filter: ``v1/+/position`` is ``v1.*.position``."""
    return topic_filter.replace("/", ".").replace("+", "*").replace("#", ">")


def _roots(topics: Iterable[str]) -> list[str]:
    """Everything under the first levels, and (as MQTT's # does) the levels."""
    first_levels = sorted({topic.split("/")[0] for topic in topics})
    return [subject for level in first_levels for subject in (level, f"{level}.>")]


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(map(_text, words))


def _text(text: str) -> str:
    """As NATS reads it: it knows JSON's escapes but for those of other than ASCII, which it wants as they are."""
    return json.dumps(text, ensure_ascii=False)
