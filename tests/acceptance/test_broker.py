"""`gongche broker` as docker-compose.yml runs it: a process of its own, with trackers and ingest as its users."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import psycopg
import pytest

from gongche.embedded.postgres import EmbeddedPostgres
from tests.acceptance.program import PATIENCE_S, Up, eventually, gone, gongche, running
from tests.builders.intake import position

POSITION = json.dumps(position()).encode()


@pytest.fixture
def settings(tmp_path: Path, database: str, unused_tcp_port: int) -> dict[str, str]:
    """The broker's, as its service has them: passwords in files that others read, too."""
    files = {}
    for user in ("ingest", "gateway", "trackers"):
        file = tmp_path / f"{user}.secret"
        file.write_text(f"{user}-password\n")
        files[f"broker_{user}_password_file"] = str(file)
    return {"database_url": database, "broker_port": str(unused_tcp_port), **files}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "broker"
    made.mkdir()
    return made


@pytest.fixture
def told(settings: Mapping[str, str], tmp_path: Path) -> Callable[..., str]:
    """What a command says, run beside the broker, elsewhere."""

    def run(*words: str) -> str:
        done = gongche(*words, folder=tmp_path, **settings)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def trackers(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("insert into trackers (code) values ('T1'), ('T2')")


@asynccontextmanager
async def signed_in(
    settings: Mapping[str, str], user: str, password: str, **more: object
) -> AsyncIterator[aiomqtt.Client]:
    port = int(settings["broker_port"])
    async with aiomqtt.Client(
        "127.0.0.1", port, username=user, password=password, identifier=f"of-{user}", **more
    ) as client:  # type: ignore[arg-type]
        yield client


def lets_in(settings: Mapping[str, str], user: str, password: str) -> bool:
    async def tried() -> bool:
        try:
            async with signed_in(settings, user, password):
                return True
        except aiomqtt.MqttError:
            return False

    return asyncio.run(tried())


def publish(settings: Mapping[str, str], user: str, password: str, **more: object) -> None:
    async def published() -> None:
        async with signed_in(settings, user, password, **more) as client:
            await client.publish(f"v1/{user}/position", POSITION, qos=1)

    asyncio.run(published())


def is_well(settings: Mapping[str, str], folder: Path) -> bool:
    return gongche("health", "broker", folder=folder, **settings).returncode == 0


def waiting(database: str) -> int:
    """Messages that ingest has taken in of trackers that are on no car."""
    with psycopg.connect(database) as conn:
        (count,) = conn.execute("select count(*) from unassigned_messages").fetchone() or (0,)
    return int(count)


@pytest.fixture
def broker(folder: Path, settings: dict[str, str]) -> Iterator[Up]:
    with running(folder, "broker", settings=settings) as up:
        eventually(lambda: is_well(settings, folder), f"never well: {up.errors()}")
        yield up


@pytest.mark.usefixtures("trackers", "broker")
def test_a_tracker_has_a_user_of_its_own_and_what_it_sends_waits_for_ingest(
    settings: dict[str, str], told: Callable[..., str], database: str, tmp_path: Path
) -> None:
    password = json.loads(told("trackers", "password", "T1", "--format", "json"))["password"]
    eventually(lambda: lets_in(settings, "T1", password), "T1 is never let in")
    publish(settings, "T1", password)
    assert not lets_in(settings, "trackers", "trackers-password"), "nobody shares a user unless asked for"
    ingest = {
        "database_url": database,
        "mqtt_host": "127.0.0.1",
        "mqtt_port": settings["broker_port"],
        "mqtt_username": "ingest",
        "mqtt_password_file": settings["broker_ingest_password_file"],
    }
    elsewhere = tmp_path / "ingest"
    elsewhere.mkdir()
    with running(elsewhere, "ingest", settings=ingest):
        eventually(lambda: waiting(database) == 1, "what was sent before ingest first came is lost")
    told("trackers", "revoke", "T1")
    eventually(lambda: not lets_in(settings, "T1", password), "T1 is still let in")

    def is_counted() -> bool:
        """Tried again each time: the one that failed first may have been cut off, and not refused."""
        return not lets_in(settings, "T1", password) and "T1" in told("trackers", "refusals")

    eventually(is_counted, "what was refused is not counted")


@pytest.mark.usefixtures("trackers")
def test_a_server_that_is_killed_comes_back_and_the_end_leaves_nothing(
    broker: Up, settings: dict[str, str], folder: Path
) -> None:
    broker.part("nats-server").kill()
    eventually(lambda: is_well(settings, folder), "never well again")
    everyone = broker.everyone()
    assert broker.stop() == 0
    eventually(lambda: gone(everyone), "something is left behind")
    assert not is_well(settings, folder)


def test_a_second_broker_on_the_same_folder_is_refused(broker: Up, settings: dict[str, str], folder: Path) -> None:
    second = gongche("broker", folder=folder, **settings)
    assert second.returncode == 2
    assert f"process {broker.process.pid}" in second.stderr


def test_without_the_database_those_are_let_in_whom_the_run_before_let_in(
    postgres_server: EmbeddedPostgres, settings: dict[str, str], folder: Path
) -> None:
    settings["database_url"] = postgres_server.dsn
    with psycopg.connect(postgres_server.dsn, autocommit=True) as conn:
        conn.execute("insert into trackers (code) values ('T1')")
    made = gongche("trackers", "password", "T1", "--format", "json", folder=folder, **settings)
    password = json.loads(made.stdout)["password"]
    with running(folder, "broker", settings=settings) as first:
        eventually(lambda: lets_in(settings, "T1", password), f"never: {first.errors()}")
        assert first.stop(signal.SIGINT) == 0
    postgres_server.stop()
    with running(folder, "broker", settings=settings) as second:
        eventually(lambda: lets_in(settings, "T1", password), f"never without the database: {second.errors()}")
        assert not lets_in(settings, "T1", "guessed")
        postgres_server.start()
        assert gongche("trackers", "revoke", "T1", folder=folder, **settings).returncode == 0
        eventually(lambda: not lets_in(settings, "T1", password), "what was revoked still holds")


@pytest.mark.usefixtures("trackers")
def test_with_a_certificate_all_speak_tls(
    settings: dict[str, str], told: Callable[..., str], folder: Path, certificates: Path
) -> None:
    settings |= {
        "broker_certificate_file": str(certificates / "server.pem"),
        "broker_key_file": str(certificates / "server.key"),
    }
    with running(folder, "broker", settings=settings) as up:
        eventually(lambda: is_well(settings, folder), f"never well: {up.errors()}")
        password = json.loads(told("trackers", "password", "T1", "--format", "json"))["password"]
        context = ssl.create_default_context(cafile=certificates / "ca.pem")
        encrypted = {"tls_context": context, "timeout": PATIENCE_S}

        def published() -> bool:
            try:
                publish(settings, "T1", password, **encrypted)
            except aiomqtt.MqttError:
                return False
            return True

        eventually(published, "T1 is never let in over TLS")
        assert not lets_in(settings, "T1", password), "without TLS nobody is"


def test_a_certificate_without_its_key_is_told(settings: dict[str, str], folder: Path) -> None:
    done = gongche("broker", folder=folder, **settings, broker_certificate_file="server.pem")
    assert done.returncode == 2
    assert "need each other" in done.stderr
