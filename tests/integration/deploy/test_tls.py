"""Ingest's and the gateway's connections over TLS, to a Mosquitto that shows a certificate and asks for one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gongche import addresses
from gongche.credentials import new_credential
from gongche.intake import run_ingest
from gongche.problem import Problem
from gongche.publish import Publisher, payload_of, topic_of
from gongche.settings import Settings
from store.database import connect
from tests.builders.intake import fit, position
from tests.fixtures.mosquitto import Mosquitto

PATIENCE_S = 20


@pytest.fixture
def mosquitto(tmp_path: Path, certificates: Path) -> Iterator[Mosquitto]:
    with Mosquitto(
        tmp_path / "mosquitto",
        f"cafile {certificates / 'ca.pem'}",
        f"certfile {certificates / 'server.pem'}",
        f"keyfile {certificates / 'server.key'}",
        "require_certificate true",
    ) as server:
        yield server


def settings(server: Mosquitto, certificates: Path, **told: Any) -> Settings:
    """For ingest, with all that is needed unless told otherwise."""
    whole: dict[str, Any] = {
        "mqtt_host": server.host,
        "mqtt_port": server.port,
        "mqtt_username": server.username,
        "mqtt_password": server.password,
        "mqtt_tls": True,
        "mqtt_ca_file": certificates / "ca.pem",
        "mqtt_certificate_file": certificates / "client.pem",
        "mqtt_key_file": certificates / "client.key",
    }
    return Settings(_env_file=None, **(whole | told))


async def test_positions_go_over_tls_from_a_tracker_to_the_table(
    database: str, mosquitto: Mosquitto, certificates: Path
) -> None:
    credential, password = new_credential("T1")
    mosquitto.admit([credential])
    conn = await connect(database, autocommit=True)
    async with conn:
        await fit(conn, {"T1": "苏N10001"})
        stop = asyncio.Event()
        told = settings(mosquitto, certificates)
        ingest = asyncio.create_task(run_ingest(database, addresses.find_broker(told), told, stop))
        as_tracker = addresses.find_tracker_broker(
            settings(mosquitto, certificates, mqtt_username="T1", mqtt_password=password)
        )
        async with asyncio.timeout(PATIENCE_S):
            # No broker keeps messages for a session that it has never seen.
            await asyncio.to_thread(mosquitto.await_word, "SUBSCRIBE")
            await conn.execute("listen marks")
            async with Publisher(as_tracker, "of-T1") as publisher:
                for second in range(50):
                    told_position = position(ts=f"2026-10-02T12:00:{second:02}+08:00")
                    await publisher.publish(topic_of("T1"), payload_of(told_position))
            while await _stored(conn) < 50:
                async for _ in conn.notifies(stop_after=1):
                    pass
        stop.set()
        await ingest


async def _stored(conn: Any) -> int:
    row = await (await conn.execute("select count(*) from positions")).fetchone()
    return int(row[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"mqtt_ca_file": "stranger.pem"},
        {"mqtt_ca_file": None},
        {"mqtt_certificate_file": None, "mqtt_key_file": None},
        {"mqtt_certificate_file": "stranger.pem", "mqtt_key_file": "stranger.key"},
        {"mqtt_host": "localhost"},
        {"mqtt_tls": False, "mqtt_ca_file": None, "mqtt_certificate_file": None, "mqtt_key_file": None},
    ],
    ids=["another authority", "the system's authorities", "no certificate", "a stranger's", "another name", "no TLS"],
)
async def test_without_the_right_certificates_nothing_is_published(
    mosquitto: Mosquitto, certificates: Path, wrong: dict[str, Any]
) -> None:
    told = {
        name: certificates / value if name.endswith("_file") and value is not None else value
        for name, value in wrong.items()
    }
    publisher = Publisher(addresses.find_tracker_broker(settings(mosquitto, certificates, **told)), "of-T1")
    await publisher.__aenter__()
    await publisher.publish("v1/T1/position", b"{}")
    await asyncio.to_thread(mosquitto.await_word, "SSL routines")  # it came, and they did not agree
    assert publisher.acknowledged == 0
    await publisher.abandon()


def test_files_that_are_no_certificates_are_told(mosquitto: Mosquitto, certificates: Path) -> None:
    for wrong in ({"mqtt_ca_file": certificates / "nowhere.pem"}, {"mqtt_key_file": certificates / "server.key"}):
        with pytest.raises(Problem, match="for TLS"):
            addresses.find_broker(settings(mosquitto, certificates, **wrong)).tls_context()


def test_files_without_tls_are_told(mosquitto: Mosquitto, certificates: Path) -> None:
    with pytest.raises(Problem, match="GONGCHE_MQTT_TLS=true"):
        addresses.find_broker(settings(mosquitto, certificates, mqtt_tls=False))


def test_the_port_is_that_of_tls(mosquitto: Mosquitto, certificates: Path) -> None:
    assert addresses.find_broker(settings(mosquitto, certificates, mqtt_port=0)).port == 8883
