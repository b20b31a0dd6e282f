"""`gongche up` from outside: it comes up, says where, lets no second one in, ends in order, survives kills."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import stat
import sys
import urllib.request
from pathlib import Path

import aiomqtt
import psutil
import psycopg
import pytest

from tests.acceptance.program import Up, eventually, gone, gongche, running


def test_a_second_one_on_the_same_folder_is_told_who_has_it(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        up.wait_until_up()
        second = gongche("up", folder=tmp_path)
        assert second.returncode == 2
        assert f"进程 {up.process.pid} 使用" in second.stderr
        assert f"is in use by process {up.process.pid}" in second.stderr
        assert len(second.stderr.splitlines()) == 1, "one line, no traceback"
        assert up.process.poll() is None, "the first one does not mind"


def test_other_commands_find_it_and_only_its_owner_reads_where(tmp_path: Path) -> None:
    assert gongche("migrate", folder=tmp_path).returncode == 2, "nothing is running"
    with running(tmp_path) as up:
        up.wait_until_up()
        assert any("admin" in line for line in up.printed), "the first start tells the administrator's password"
        migrated = gongche("migrate", "--format", "json", folder=tmp_path)
        assert (migrated.returncode, json.loads(migrated.stdout)["applied"]) == (0, [])
        assert stat.S_IMODE((tmp_path / "data" / "addresses.json").stat().st_mode) == 0o600
    after = gongche("migrate", folder=tmp_path)
    assert after.returncode == 2
    assert "gongche up" in after.stderr, "it says what to do"


def test_passwords_are_in_no_command_line(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        up.wait_until_up()
        found = up.addresses()
        secrets = {
            found.mqtt.password,
            found.tracker_mqtt.password,
            psycopg.conninfo.conninfo_to_dict(found.database_dsn)["password"],
        }
        for process in up.everyone():
            words = " ".join(process.cmdline())
            assert not [secret for secret in secrets if str(secret) in words], words


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_and_leaves_nobody_behind(tmp_path: Path, how: signal.Signals) -> None:
    with running(tmp_path) as up:
        up.wait_until_up()
        everyone = up.everyone()
        assert len(everyone) > 5
        assert up.stop(how) == 0, up.errors()
        assert gone(everyone), "all had ended when it ended"
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


@pytest.mark.parametrize("victim", ["postgres", "nats-server", "ingest", "judge", "serve"])
def test_a_killed_part_is_started_again(tmp_path: Path, victim: str) -> None:
    with running(tmp_path) as up:
        page = up.wait_until_up()
        killed = up.part(victim)
        killed.kill()
        eventually(lambda: gone([killed]), "the kill takes")
        eventually(lambda: up.part(victim).pid != killed.pid, "not started again")
        publish(up, f"after the death of {victim}".encode())
        eventually(lambda: f"after the death of {victim}".encode() in unreadable(up), "ingest does not go on")
        eventually(lambda: answers(page), "the pages do not come back")


def test_a_taken_port_for_the_pages_is_told_before_anything_starts(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        port = up.wait_until_up().rstrip("/").rsplit(":", 1)[1]
        (tmp_path / "other").mkdir()
        other = gongche("up", folder=tmp_path / "other", http_port=port)
    assert other.returncode == 2
    assert "GONGCHE_HTTP_PORT" in other.stderr
    assert not (tmp_path / "other" / "data").exists()


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
