"""docker/broker.conf in a real server: who may do what."""

from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.formats import topic_filters

TOP = Path(__file__).parents[3]
NATS = Path(sys.executable).with_name("nats-server")
WITHIN_S = 20.0


@dataclass(frozen=True)
class Broker:
    """A running server with the configuration of docker-compose.yml."""

    mqtt_port: int
    secrets: Path

    def password(self, user: str) -> str:
        return (self.secrets / f"broker_{user}_password").read_text()


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """The configuration as it is, but for loopback, free ports and a folder of the test's."""
    subprocess.run(["sh", str(TOP / "docker" / "make-secrets"), str(tmp_path / "secrets")], check=True)
    mqtt, nats, http = free_ports(3)
    text = (TOP / "docker" / "broker.conf").read_text(encoding="utf-8")
    for theirs, ours in {
        "0.0.0.0": "127.0.0.1", "port: 1883": f"port: {mqtt}", "port: 4222": f"port: {nats}", ":8222": f":{http}",
        '"/data"': f'"{tmp_path / "data"}"',
    }.items():  # fmt: skip
        assert theirs in text
        text = text.replace(theirs, ours)
    (tmp_path / "broker.conf").write_text(text, encoding="utf-8")
    # As docker-compose.yml mounts it: beside the configuration.
    (tmp_path / "passwords.conf").write_text((tmp_path / "secrets" / "broker_passwords.conf").read_text())
    with subprocess.Popen(
        [NATS, "-c", tmp_path / "broker.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        until = time.monotonic() + WITHIN_S
        while time.monotonic() < until and server.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", mqtt)) == 0:
                    break
        yield Broker(mqtt, tmp_path / "secrets")
        server.send_signal(signal.SIGTERM)


class Client:
    """A signed-in MQTT client that waits for answers."""

    def __init__(self, broker: Broker, user: str, password: str) -> None:
        self._answers: queue.Queue[object] = queue.Queue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{user}")
        self._client.username_pw_set(user, password)
        self._client.on_connect = lambda *args: self._answers.put(args[3].is_failure)
        self._client.on_subscribe = lambda *args: self._answers.put([reason.value for reason in args[3]])
        self._client.on_message = lambda _client, _data, message: self._answers.put(
            (message.topic, bytes(message.payload))
        )
        self._client.connect("127.0.0.1", broker.mqtt_port)
        self._client.loop_start()
        self.was_refused = self.answer()

    def answer(self) -> object:
        return self._answers.get(timeout=WITHIN_S)

    def subscribe(self, topic_filter: str) -> object:
        self._client.subscribe(topic_filter, 1)
        return self.answer()

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, 1).wait_for_publish(WITHIN_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_ingest_gets_what_trackers_publish_on_every_format(broker: Broker) -> None:
    ingest = Client(broker, "ingest", broker.password("ingest"))
    tracker = Client(broker, "trackers", broker.password("trackers"))
    for topic_filter in topic_filters():
        topic = topic_filter.replace("+", "t1").replace("#", "t1")
        assert ingest.subscribe(topic_filter) == [1], topic_filter
        tracker.publish(topic, b"{}")
        assert ingest.answer() == (topic, b"{}")
    ingest.close()
    tracker.close()


def test_trackers_read_nothing(broker: Broker) -> None:
    tracker = Client(broker, "trackers", broker.password("trackers"))
    assert tracker.subscribe("v1/+/position") == [128]
    tracker.close()


def test_what_a_tracker_publishes_elsewhere_reaches_nobody(broker: Broker) -> None:
    ingest = Client(broker, "ingest", broker.password("ingest"))
    tracker = Client(broker, "trackers", broker.password("trackers"))
    assert ingest.subscribe("v1/#") == [1]
    tracker.publish("v1/t1/command", b"refused")
    tracker.publish("v1/t1/position", b"allowed")
    assert ingest.answer() == ("v1/t1/position", b"allowed")
    ingest.close()
    tracker.close()


@pytest.mark.parametrize("user", ["ingest", "trackers", ""])
def test_without_the_password_nobody_comes_in(broker: Broker, user: str) -> None:
    guest = Client(broker, user, "guessed")
    assert guest.was_refused is True
    guest.close()
