"""`gongche up` from outside: it comes up, says where, lets no second one in, ends in order, survives kills."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import stat
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import psutil
import psycopg
import pytest

from tests.acceptance.program import Up, eventually, gone, gongche, running


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One that is up, for tests that only look."""
    with running(tmp_path_factory.mktemp("up")) as up:
        up.wait_until_up()
        yield up


def test_a_second_one_on_the_same_folder_is_told_who_has_it(standing: Up) -> None:
    second = gongche("up", folder=standing.folder)
    assert second.returncode == 2
    assert f"进程 {standing.process.pid} 使用" in second.stderr
    assert f"is in use by process {standing.process.pid}" in second.stderr
    assert len(second.stderr.splitlines()) == 1, "one line, no traceback"
    assert standing.process.poll() is None, "the first one does not mind"


def test_the_first_start_tells_the_password_of_the_administrator(standing: Up) -> None:
    assert any("admin" in line and "密码 / password" in line for line in standing.printed)


def test_other_commands_find_its_servers(standing: Up) -> None:
    migrated = gongche("migrate", "--format", "json", folder=standing.folder)
    assert (migrated.returncode, json.loads(migrated.stdout)["applied"]) == (0, []), migrated.stderr


def test_only_its_owner_reads_where_the_servers_are(standing: Up) -> None:
    assert stat.S_IMODE((standing.folder / "data" / "addresses.json").stat().st_mode) == 0o600


def test_passwords_are_in_no_command_line(standing: Up) -> None:
    found = standing.addresses()
    database_password = psycopg.conninfo.conninfo_to_dict(found.database_dsn)["password"]
    secrets = {str(found.mqtt.password), str(found.tracker_mqtt.password), str(database_password)}
    for process in standing.everyone():
        words = " ".join(process.cmdline())
        assert not [secret for secret in secrets if secret in words], words


def test_a_taken_port_for_the_pages_is_told_before_anything_starts(standing: Up, tmp_path: Path) -> None:
    address = next(line for line in standing.printed if " up: " in line)
    port = address.partition("127.0.0.1:")[2].partition("/")[0]
    other = gongche("up", folder=tmp_path, http_port=port)
    assert other.returncode == 2
    assert "GONGCHE_HTTP_PORT" in other.stderr
    assert not (tmp_path / "data").exists()


def test_with_nothing_running_a_command_says_what_to_do(tmp_path: Path) -> None:
    alone = gongche("migrate", folder=tmp_path)
    assert (alone.returncode, len(alone.stderr.splitlines())) == (2, 1)
    assert "gongche up" in alone.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_and_leaves_nobody_behind(tmp_path: Path, how: signal.Signals) -> None:
    with running(tmp_path) as up:
        up.wait_until_up()
        everyone = up.everyone()
        assert len(everyone) > 5
        assert up.stop(how) == 0, up.errors()
        assert gone(everyone), "all had ended when it ended"
        assert not (tmp_path / "data" / "addresses.json").exists()
        assert "killed, as it did not stop" not in up.errors()
    assert "database system is shut down" in (tmp_path / "data/postgres/server.log").read_text()


def test_it_may_be_told_to_stop_while_it_starts(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        everyone = [*up.everyone(), up.part("postgres")]
        assert up.stop() == 0, up.errors()
        eventually(lambda: gone(everyone), "somebody was left behind")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_killed_alone_it_takes_everyone_along(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        up.wait_until_up()
        everyone = up.everyone()
        up.stop(signal.SIGKILL)
        eventually(lambda: gone(everyone), "somebody was left behind")
    with running(tmp_path) as again:
        again.wait_until_up()


def test_everything_killed_at_once_starts_again_with_what_it_had(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        up.wait_until_up()
        publish(up, b"before the kill")
        eventually(lambda: b"before the kill" in unreadable(up), "never stored")
        everyone = up.everyone()
        for process in everyone:
            with contextlib.suppress(psutil.NoSuchProcess):  # the death of the first takes others along
                process.kill()
        up.process.wait()
        eventually(lambda: gone(everyone), "the kill takes")
    with running(tmp_path) as again:
        again.wait_until_up()
        assert not any("admin" in line for line in again.printed), "the administrator is there already"
        assert b"before the kill" in unreadable(again)


def test_a_killed_part_is_started_again(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        page = up.wait_until_up()
        for victim in ("postgres", "nats-server", "ingest", "judge", "serve"):
            killed = up.part(victim)
            killed.kill()
            eventually(lambda killed=killed: gone([killed]), "the kill takes")
            again = up.part(victim)
            assert again.pid != killed.pid
            word = f"after the death of {victim}".encode()
            publish(up, word)
            eventually(lambda word=word: word in unreadable(up), "ingest does not go on")
            eventually(lambda: answers(page), "the pages do not come back")


def publish(up: Up, payload: bytes) -> None:
    """Send as a tracker until the broker has acknowledged, whatever is being restarted meanwhile."""
    broker = up.addresses().tracker_mqtt

    async def once() -> None:
        async with aiomqtt.Client(
            broker.host, broker.port, username=broker.username, password=broker.password, identifier="t1"
        ) as tracker:
            await tracker.publish("v1/t1/position", payload, qos=1)

    def done() -> bool:
        try:
            asyncio.run(once())
        except aiomqtt.MqttError:
            return False
        return True

    eventually(done, "the broker does not come back")


def unreadable(up: Up) -> set[bytes]:
    """Payloads that ingest has put aside."""
    try:
        with psycopg.connect(up.addresses().database_dsn) as connection:
            return {payload for (payload,) in connection.execute("select payload from unreadable_messages")}
    except psycopg.OperationalError:
        return set()


def answers(page: str) -> bool:
    try:
        with urllib.request.urlopen(page, timeout=10) as response:
            return int(response.status) == 200
    except OSError:
        return False


def test_a_tracker_with_a_password_of_its_own_is_let_in_until_it_is_revoked_whatever_dies(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        up.wait_until_up()
        with psycopg.connect(up.addresses().database_dsn) as connection:
            connection.execute("insert into trackers (code) values ('t1'), ('t2')")
        made = {
            tracker: json.loads(gongche("trackers", "password", tracker, "--format", "json", folder=tmp_path).stdout)
            for tracker in ("t1", "t2")
        }
        eventually(lambda: lets_in(up, **made["t1"]), "the broker does not let it in")
        eventually(lambda: lets_in(up, **made["t2"]), "the broker does not let it in")
        assert gongche("trackers", "revoke", "t1", folder=tmp_path).returncode == 0
        eventually(lambda: not lets_in(up, **made["t1"]), "the broker still lets it in")
        killed = up.part("nats-server")
        killed.kill()
        eventually(lambda: gone([killed]), "the kill takes")
        eventually(lambda: lets_in(up, **made["t2"]), "the broker does not come back")
        assert not lets_in(up, **made["t1"])
        up.stop(signal.SIGKILL)
    with running(tmp_path) as again:
        again.wait_until_up()
        assert lets_in(again, **made["t2"])
        assert not lets_in(again, **made["t1"])


def lets_in(up: Up, user: str, password: str) -> bool:
    broker = up.addresses().tracker_mqtt

    async def once() -> None:
        async with aiomqtt.Client(broker.host, broker.port, username=user, password=password):
            pass

    try:
        asyncio.run(once())
    except aiomqtt.MqttError:
        return False
    return True
