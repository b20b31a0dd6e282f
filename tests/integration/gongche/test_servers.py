"""Which servers a command starts, leaves alone, and takes down again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from gongche import addresses
from gongche.embedded.broker import EmbeddedBroker
from gongche.embedded.folder import DataFolder
from gongche.problem import Problem
from gongche.servers import running_servers
from gongche.settings import Settings


def settings(folder: Path, **told: Any) -> Settings:
    return Settings(data_folder=folder / "data", _env_file=None, **told)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


def test_servers_of_the_settings_are_used_and_none_started(
    tmp_path: Path, empty_database: str, broker: EmbeddedBroker
) -> None:
    before = children()
    told = settings(
        tmp_path,
        database_url=empty_database,
        mqtt_host=broker.host,
        mqtt_port=broker.port,
        mqtt_username=broker.username,
        mqtt_password=broker.password,
    )
    with running_servers(told) as servers:
        assert (servers.postgres, servers.broker) == (None, None)
        assert children() == before
        assert servers.addresses.database_dsn == empty_database
        assert (servers.addresses.mqtt.port, servers.addresses.mqtt.username) == (broker.port, broker.username)
        with psycopg.connect(empty_database) as connection:
            assert connection.execute("select count(*) from positions").fetchone() == (0,), "it is migrated"


def test_only_the_server_that_settings_leave_to_us_is_started(tmp_path: Path, empty_database: str) -> None:
    before = children()
    told = settings(tmp_path, database_url=empty_database)
    with running_servers(told) as servers:
        assert servers.postgres is None
        assert servers.broker is not None
        assert children() - before == {servers.broker.pid}
        assert addresses.find(told) == servers.addresses, "other commands find it"
    assert children() == before


def test_a_server_that_does_not_start_takes_the_others_down_and_frees_the_folder(
    tmp_path: Path, empty_database: str, broker: EmbeddedBroker
) -> None:
    before = children()
    told = settings(tmp_path, database_url=empty_database, mqtt_port=broker.port)
    with pytest.raises(Problem, match="address already in use"), running_servers(told):
        pass
    assert children() == before
    assert not DataFolder(told.data_folder).in_use()


def test_a_failure_of_the_work_stops_the_servers(tmp_path: Path, empty_database: str) -> None:
    before = children()
    told = settings(tmp_path, database_url=empty_database)
    with pytest.raises(ZeroDivisionError), running_servers(told):
        _ = 1 / 0
    assert children() == before
    with pytest.raises(Problem, match="nothing is running"):
        addresses.find_broker(told)
