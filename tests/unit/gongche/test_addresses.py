"""Where commands find the servers: settings first, then whoever holds the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gongche import addresses
from gongche.addresses import Addresses, BrokerAddress, Tls
from gongche.embedded.folder import DataFolder
from gongche.problem import Problem
from gongche.settings import Settings

RUNNING = Addresses(
    "postgresql://gongche:s3cret@127.0.0.1:5432/gongche",
    BrokerAddress("127.0.0.1", 1883, "ingest", "a"),
    BrokerAddress("127.0.0.1", 8883, "gateway", "b", Tls("ca.pem", "own.pem", "own.key")),
)


def settings(folder: Path, **told: Any) -> Settings:
    return Settings(data_folder=folder, _env_file=None, **told)


def test_what_a_running_program_publishes_is_found(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.lock():
        addresses.publish(folder, RUNNING)
        assert addresses.find(settings(tmp_path)) == RUNNING


def test_what_a_killed_program_published_is_not(tmp_path: Path) -> None:
    addresses.publish(DataFolder(tmp_path), RUNNING)
    with pytest.raises(Problem, match=r"没有运行中的服务.*start `gongche up` first"):
        addresses.find(settings(tmp_path))


def test_a_program_that_is_still_starting_is_told_apart(tmp_path: Path) -> None:
    with DataFolder(tmp_path).lock(), pytest.raises(Problem, match="try again in a moment"):
        addresses.find_database(settings(tmp_path))


def test_servers_of_the_settings_need_nothing_running(tmp_path: Path) -> None:
    (tmp_path / "database").write_text("p@ss word\n")
    (tmp_path / "mqtt").write_text("secret\n")
    found = addresses.find(
        settings(
            tmp_path,
            database_url="postgresql://gongche@db.example:5433/gongche",
            database_password_file=tmp_path / "database",
            mqtt_host="broker.example",
            mqtt_username="gongche",
            mqtt_password_file=tmp_path / "mqtt",
        )
    )
    assert "host=db.example" in found.database_dsn
    assert "password='p@ss word'" in found.database_dsn
    assert found.mqtt == found.tracker_mqtt == BrokerAddress("broker.example", 1883, "gongche", "secret")


def test_one_server_may_be_embedded_and_the_other_not(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.lock():
        addresses.publish(folder, RUNNING)
        found = addresses.find(settings(tmp_path, mqtt_host="broker.example", mqtt_port=8883))
    assert (found.database_dsn, found.mqtt_host, found.mqtt_port) == (RUNNING.database_dsn, "broker.example", 8883)


def test_a_password_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"cannot read the password file .*/nowhere"):
        addresses.find_database(
            settings(tmp_path, database_url="postgresql://x/y", database_password_file=tmp_path / "nowhere")
        )
