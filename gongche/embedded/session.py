"""Opening an MQTT session for a client that has not been here yet, so that what is sent meanwhile is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from gongche.problem import Problem

_WITHIN_S = 10.0


def open_session(host: str, port: int, *, username: str, password: str, client_id: str, topics: Sequence[str]) -> None:
    """Subscribe as ``client_id`` with QoS 1 in a lasting session, then leave; ``Problem`` when refused."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True)
    client.username_pw_set(username, password)
    granted: list[int] = []
    refused: list[str] = []

    def on_connect(_client: object, _data: object, _flags: object, reason: ReasonCode, _: object) -> None:
        if reason.is_failure:
            refused.append(str(reason))
        else:
            client.subscribe([(topic, 1) for topic in topics])

    client.on_connect = on_connect
    client.on_subscribe = lambda _client, _data, _mid, reasons, _properties: granted.extend(
        reason.value for reason in reasons
    )
    client.connect(host, port)
    until = time.monotonic() + _WITHIN_S
    while not granted and not refused and time.monotonic() < until:
        client.loop(timeout=0.1)
    client.disconnect()
    client.loop(timeout=0.1)
    if granted != [1] * len(topics):
        raise Problem(
            f"消息服务器不接受订阅 {', '.join(topics)}（{refused or granted or '无应答'}）",
            f"the broker does not grant {', '.join(topics)} to {username}: {refused or granted or 'no answer'}",
        )
