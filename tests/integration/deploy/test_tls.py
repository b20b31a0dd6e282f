"""Ingest's and the gateway's connections over TLS, to a Mosquitto that shows a certificate and asks for one."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
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


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ca.pem, server.pem, client.pem with their keys, and stranger.pem of another authority."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for authority in ("ca", "stranger"):
        _openssl(
            "req", "-x509", *new_key, "-days", "2", "-subj", f"/CN={authority}",
            "-keyout", folder / f"{authority}.key", "-out", folder / f"{authority}.pem",
        )  # fmt: skip
    for name in ("server", "client"):
        _openssl(
            "req", "-x509", *new_key, "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:FALSE", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem",
        )  # fmt: skip
    return folder


@pytest.fixture
def mosquitto(tmp_path: Path, files: Path) -> Iterator[Mosquitto]:
    with Mosquitto(
        tmp_path / "mosquitto",
        f"cafile {files / 'ca.pem'}",
        f"certfile {files / 'server.pem'}",
        f"keyfile {files / 'server.key'}",
        "require_certificate true",
    ) as server:
        yield server


def settings(server: Mosquitto, files: Path, **told: Any) -> Settings:
    """For ingest, with all that is needed unless told otherwise."""
    whole: dict[str, Any] = {
        "mqtt_host": server.host,
        "mqtt_port": server.port,
        "mqtt_username": server.username,
        "mqtt_password": server.password,
        "mqtt_tls": True,
        "mqtt_ca_file": files / "ca.pem",
        "mqtt_certificate_file": files / "client.pem",
        "mqtt_key_file": files / "client.key",
    }
    return Settings(_env_file=None, **(whole | told))


async def test_positions_go_over_tls_from_a_tracker_to_the_table(
    database: str, mosquitto: Mosquitto, files: Path
) -> None:
    credential, password = new_credential("T1")
    mosquitto.admit([credential])
    conn = await connect(database, autocommit=True)
    async with conn:
        await fit(conn, {"T1": "苏N10001"})
        stop = asyncio.Event()
        told = settings(mosquitto, files)
        ingest = asyncio.create_task(run_ingest(database, addresses.find_broker(told), told, stop))
        as_tracker = addresses.find_tracker_broker(
            settings(mosquitto, files, mqtt_username="T1", mqtt_password=password)
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
    mosquitto: Mosquitto, files: Path, wrong: dict[str, Any]
) -> None:
    told = {
        name: files / value if name.endswith("_file") and value is not None else value for name, value in wrong.items()
    }
    publisher = Publisher(addresses.find_tracker_broker(settings(mosquitto, files, **told)), "of-T1")
    await publisher.__aenter__()
    await publisher.publish("v1/T1/position", b"{}")
    await asyncio.to_thread(mosquitto.await_word, "SSL routines")  # it came, and they did not agree
    assert publisher.acknowledged == 0
    await publisher.abandon()


def test_files_that_are_no_certificates_are_told(mosquitto: Mosquitto, files: Path) -> None:
    for wrong in ({"mqtt_ca_file": files / "nowhere.pem"}, {"mqtt_key_file": files / "server.key"}):
        with pytest.raises(Problem, match="for TLS"):
            addresses.find_broker(settings(mosquitto, files, **wrong)).tls_context()


def test_files_without_tls_are_told(mosquitto: Mosquitto, files: Path) -> None:
    with pytest.raises(Problem, match="GONGCHE_MQTT_TLS=true"):
        addresses.find_broker(settings(mosquitto, files, mqtt_tls=False))


def test_the_port_is_that_of_tls(mosquitto: Mosquitto, files: Path) -> None:
    assert addresses.find_broker(settings(mosquitto, files, mqtt_port=0)).port == 8883
