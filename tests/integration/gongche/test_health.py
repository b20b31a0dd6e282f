"""`gongche health` and `gongche admin`: what a container's health check and its first day need."""

from __future__ import annotations

import json

import psycopg
import pytest

from gongche.commands.admin import admin
from gongche.commands.health import Role, health
from gongche.commands.output import Format
from gongche.problem import Problem


@pytest.fixture(autouse=True)
def _settings(database: str, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    monkeypatch.setenv("GONGCHE_HTTP_PORT", str(unused_tcp_port))


@pytest.mark.parametrize(("role", "application"), [(Role.INGEST, "gongche ingest"), (Role.JUDGE, "gongche-judge")])
def test_a_role_is_well_while_it_is_connected(role: Role, application: str, database: str) -> None:
    with psycopg.connect(database, application_name=application):
        health(role)
    with pytest.raises(Problem, match=f"no {role} of this machine"):
        health(role)


def test_another_role_that_is_connected_does_not_count(database: str) -> None:
    with psycopg.connect(database, application_name="gongche-judge"), pytest.raises(Problem, match="no ingest"):
        health(Role.INGEST)


def test_a_judge_is_known_by_the_name_that_it_uses(database: str) -> None:
    from store import judging

    with judging.connect(database):
        health(Role.JUDGE)


def test_pages_that_do_not_answer_are_not_well() -> None:
    with pytest.raises(Problem, match="no answer from"):
        health(Role.SERVE)


def test_the_first_user_is_made_once(capsys: pytest.CaptureFixture[str]) -> None:
    admin(Format.JSON)
    made = json.loads(capsys.readouterr().out)
    admin(Format.JSON)
    again = json.loads(capsys.readouterr().out)
    assert made["user"] == "admin"
    assert len(made["password"]) >= 16
    assert again == {"user": None, "password": None}
