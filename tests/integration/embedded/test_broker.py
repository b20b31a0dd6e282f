"""The embedded broker, by its users: trackers, ingest, the operator, and whoever kills it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import psutil
import pytest
from paho.mqtt.reasoncodes import ReasonCode

from gongche.credentials import new_credential
from gongche.embedded.broker import EmbeddedBroker
from gongche.problem import Problem
from gongche.refusals import BrokerLog, refusals_in
from tests.fixtures.broker import subscriber, tracker

PATIENCE_S = 30


async def receive(client: aiomqtt.Client, count: int) -> list[bytes]:
    """Payloads of the next messages."""
    payloads: list[bytes] = []
    async with asyncio.timeout(PATIENCE_S):
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            payloads.append(message.payload)
            if len(payloads) == count:
                break
    return payloads


async def test_what_a_tracker_publishes_reaches_ingest(broker_server: EmbeddedBroker) -> None:
    async with subscriber(broker_server) as ingest, tracker(broker_server, "t1") as t1:
        await t1.publish("v1/t1/position", b"here", qos=1)
        assert await receive(ingest, 1) == [b"here"]


async def test_what_was_published_before_ingest_first_came_is_kept(broker_server: EmbeddedBroker) -> None:
    async with tracker(broker_server, "t1") as t1:
        await t1.publish("v1/t1/position", b"early", qos=1)
    async with subscriber(broker_server) as ingest:
        assert await receive(ingest, 1) == [b"early"]


async def test_a_megabyte_of_junk_passes_so_that_ingest_can_count_it(broker_server: EmbeddedBroker) -> None:
    junk = os.urandom(1_000_000)
    async with tracker(broker_server, "t1") as t1, subscriber(broker_server) as ingest:
        await t1.publish("v1/t1/position", junk, qos=1)
        assert await receive(ingest, 1) == [junk]


async def test_what_was_acknowledged_survives_a_kill(broker_server: EmbeddedBroker) -> None:
    port, acknowledged = broker_server.port, []
    with contextlib.suppress(aiomqtt.MqttError):  # the tracker may notice the kill as it leaves
        async with tracker(broker_server, "t1") as t1:
            for number in range(200):
                await t1.publish("v1/t1/position", str(number).encode(), qos=1)
                acknowledged.append(str(number).encode())
            kill(broker_server)
    broker_server.start()
    assert broker_server.port == port
    async with subscriber(broker_server) as ingest:
        assert await receive(ingest, 200) == acknowledged


async def test_strangers_are_refused(broker_server: EmbeddedBroker) -> None:
    for username, password in ((None, None), ("ingest", "guess"), ("gateway", broker_server.password)):
        client = aiomqtt.Client(broker_server.host, broker_server.port, username=username, password=password)
        with pytest.raises(aiomqtt.MqttError):
            async with client:
                pass


async def test_a_tracker_reads_nothing_and_speaks_only_of_positions(broker_server: EmbeddedBroker) -> None:
    async with tracker(broker_server, "t1") as t1:
        granted = await t1.subscribe("v1/+/position", qos=1)
        assert [isinstance(code, ReasonCode) and code.is_failure for code in granted] == [True]
    async with subscriber(broker_server) as ingest:
        await ingest.subscribe("v1/#", qos=1)
        async with tracker(broker_server, "t1") as t1:
            await t1.publish("v1/t1/command", b"open the doors", qos=1)
            await t1.publish("v1/t1/position", b"here", qos=1)
        assert set(await receive(ingest, 2)) == {b"here"}, "once for each of the two subscriptions"


@pytest.mark.parametrize("shared", [False, True])
async def test_the_shared_user_of_all_trackers_is_there_only_when_asked_for(tmp_path: Path, shared: bool) -> None:
    (tmp_path / "password-trackers").write_text("known\n")
    outcome = contextlib.nullcontext() if shared else pytest.raises(aiomqtt.MqttError)
    with EmbeddedBroker(tmp_path, shared_tracker=shared) as broker, outcome:
        async with aiomqtt.Client(broker.host, broker.port, username="trackers", password="known") as any_tracker:
            await any_tracker.publish("v1/t1/position", b"here", qos=1)


async def test_a_list_that_the_server_does_not_take_is_told_and_the_next_one_is_tried(
    broker_server: EmbeddedBroker,
) -> None:
    credential, password = new_credential("T1")
    with pytest.raises(Problem, match="did not take the new list"):
        broker_server.admit([credential, credential])
    assert broker_server.running
    async with subscriber(broker_server):
        pass
    broker_server.admit([credential])
    async with aiomqtt.Client(broker_server.host, broker_server.port, username="T1", password=password):
        pass


async def test_whoever_tries_passwords_all_night_fills_no_disk(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "broker", log_bytes=10_000) as broker:
        log, counted = BrokerLog(broker.log), 0
        for number in range(300):
            with contextlib.suppress(aiomqtt.MqttError):
                async with aiomqtt.Client(broker.host, broker.port, username="eve", password=str(number)):
                    pass
            counted += sum(one.times for one in refusals_in(log.new_lines(), datetime.now(UTC)))
        log.close()
        kept = [file.stat().st_size for file in broker.folder.glob("log*")]
        assert counted == 300, "although the log was begun anew meanwhile"
        assert len(kept) == 3
        assert sum(kept) < 40_000
        broker.admit([new_credential("T1")[0]])


def test_a_folder_may_have_a_chinese_name(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / '公车 "数据"', passwords={"ingest": "密码"}) as broker:
        assert broker.running


async def test_credentials_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    first = EmbeddedBroker(tmp_path / "broker")
    with first:
        told = first.password, first.tracker_password
    with EmbeddedBroker(tmp_path / "broker") as again:
        assert (again.password, again.tracker_password) == told
    assert len(set(told)) == 2
    for file in ("nats.conf", "password-ingest", "password-gateway", "log"):
        assert stat.S_IMODE((tmp_path / "broker" / file).stat().st_mode) == 0o600, file


def test_it_listens_on_loopback_only(broker: EmbeddedBroker) -> None:
    listening = [
        connection.laddr
        for connection in psutil.Process(broker.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert broker.port in {address.port for address in listening}
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_a_configured_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = EmbeddedBroker(tmp_path / "broker", port=taken.getsockname()[1])
        with pytest.raises(Problem, match="address already in use"):
            server.start()
    assert not server.running


def test_another_broker_on_its_port_is_not_taken_for_itself(tmp_path: Path, broker: EmbeddedBroker) -> None:
    server = EmbeddedBroker(tmp_path / "broker", port=broker.port)
    with pytest.raises(Problem, match="address already in use"):
        server.start()
    assert broker.running


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_it_dies_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", _START_AND_WAIT, str(tmp_path / "broker")], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    server = psutil.Process(int(program.stdout.readline()))
    program.kill()
    program.wait()
    server.wait(PATIENCE_S)
    with EmbeddedBroker(tmp_path / "broker") as again:
        assert again.running, "what it left behind is no obstacle"


_START_AND_WAIT = """
import sys, time
from pathlib import Path
from gongche.credentials import new_credential
from gongche.embedded.broker import EmbeddedBroker
broker = EmbeddedBroker(Path(sys.argv[1]))
broker.start()
print(broker.pid, flush=True)
time.sleep(600)
"""


def test_a_server_left_behind_is_ended_before_its_store_is_used_again(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "broker") as first:
        assert first.pid is not None
        left_behind = psutil.Process(first.pid)
        with EmbeddedBroker(tmp_path / "broker") as second:
            assert second.running
            assert not left_behind.is_running() or left_behind.status() == psutil.STATUS_ZOMBIE


def kill(server: EmbeddedBroker) -> None:
    assert server.pid is not None
    process = psutil.Process(server.pid)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE_S)
