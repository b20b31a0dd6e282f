"""docker-compose.yml and the image: what must hold for whoever brings them up."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from gongche.cli import LISTED
from gongche.settings import Settings

TOP = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((TOP / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (TOP / "Dockerfile").read_text(encoding="utf-8")

ONCE = {"migrate"}  # do their work and end
STAYING = sorted(set(SERVICES) - ONCE)
OURS = sorted(name for name, service in SERVICES.items() if service["image"].startswith("gongche:"))
PINNED = re.compile(r"[a-z/]+:\d+\.\d+(\.\d+)(-[a-z0-9-]+)?")


def secret_names(service: dict[str, Any]) -> set[str]:
    return {secret if isinstance(secret, str) else secret["source"] for secret in service.get("secrets", [])}


def test_there_is_a_service_for_each_part() -> None:
    assert set(SERVICES) == {
        "database",
        "broker",
        "migrate",
        "ingest",
        "gateway",
        "judge",
        "work",
        "serve",
    }


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_its_image_is_one_version_and_no_other(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"])


def test_the_images_that_ours_is_built_from_are_one_version_each() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases
    assert all(PINNED.fullmatch(base) for base in bases)


def test_every_room_that_is_installed_is_handed_to_the_builder() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = {name.removesuffix("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    handed = {line[1:] for line in (TOP / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}

    assert rooms <= handed


def test_the_image_installs_what_is_pinned_with_hashes() -> None:
    assert "--require-hashes -r requirements.txt" in DOCKERFILE


@pytest.mark.parametrize("name", STAYING)
def test_it_is_watched_and_started_again(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(ONCE))
def test_it_is_not_started_again_once_done(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"


@pytest.mark.parametrize("name", ["broker", "ingest", "gateway", "judge", "work", "serve"])
def test_it_waits_for_a_healthy_and_migrated_database(name: str) -> None:
    waits = {other: how["condition"] for other, how in SERVICES[name]["depends_on"].items()}
    assert waits["database"] == "service_healthy"
    assert waits["migrate"] == "service_completed_successfully"


@pytest.mark.parametrize("name", OURS)
def test_its_command_is_one_of_the_programs(name: str) -> None:
    [command] = SERVICES[name]["command"]
    assert command in {listed.name for listed in LISTED}


@pytest.mark.parametrize("name", OURS)
def test_every_setting_it_is_given_exists(name: str) -> None:
    given = {variable.removeprefix("GONGCHE_").lower() for variable in SERVICES[name]["environment"]}
    assert given <= set(Settings.model_fields)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_stands_in_its_environment(name: str) -> None:
    secret_like = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")
    for variable, value in SERVICES[name].get("environment", {}).items():
        assert not secret_like.search(variable) or (variable.endswith("_FILE") and value.startswith("/run/secrets/"))
        assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), "a password inside an address"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_secret_file_that_it_reads_is_mounted(name: str) -> None:
    read = {value.rpartition("/")[2] for key, value in SERVICES[name].get("environment", {}).items() if "_FILE" in key}
    assert read <= secret_names(SERVICES[name])


def test_every_secret_is_a_file_that_make_secrets_makes_and_keeps(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make = ["sh", str(TOP / "docker" / "make-secrets"), str(folder)]
    subprocess.run(make, check=True)
    first = {file.name: file.read_text() for file in folder.iterdir()}
    subprocess.run(make, check=True)
    assert {file.name: file.read_text() for file in folder.iterdir()} == first
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(len(text) >= 32 for text in first.values())
    needed = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert needed <= set(first)
    assert set().union(*(secret_names(service) for service in SERVICES.values())) == set(COMPOSE["secrets"])


@pytest.mark.parametrize("name", OURS)
def test_it_runs_without_root_without_capabilities_on_a_read_only_system(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    assert "user" not in service
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_nothing_is_reached_from_other_machines_unless_asked_for() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {
        "broker": ["${GONGCHE_MQTT_ADDRESS:-127.0.0.1}:1883:1883"],
        "gateway": ["${GONGCHE_TERMINALS_ADDRESS:-127.0.0.1}:6808:6808"],
        "serve": ["127.0.0.1:8000:8000"],
    }
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["database"]["networks"] == ["inside"]


def test_every_volume_of_a_service_is_declared() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    files = {source for source in used if source.startswith("./")}
    assert used - files == set(COMPOSE["volumes"])
    assert all((TOP / file).is_file() for file in files)


def compose_client() -> list[str] | None:
    """The command of Compose: the docker client's plugin, or the program of old."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(command[0])
            and not subprocess.run([*command, "version"], capture_output=True, check=False).returncode
        ):
            return command
    return None


def test_compose_itself_understands_it() -> None:
    command = compose_client()
    if command is None:
        pytest.skip("neither `docker compose` nor `docker-compose` is here, so their `config` was not tried")
    told = subprocess.run(
        [*command, "-f", str(TOP / "docker-compose.yml"), "config"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert not re.search("unsupported|ignored", told.stderr, re.IGNORECASE), told.stderr
    assert set(yaml.safe_load(told.stdout)["services"]) == set(SERVICES)
