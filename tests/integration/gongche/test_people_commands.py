"""`gongche people` and the people of the demonstration."""

from __future__ import annotations

import json

import psycopg
import pytest

from fleet.role import Role
from gongche.commands.output import Format
from gongche.commands.people import add, change_role, disable, list_people, reset_password
from gongche.district.people import demonstration_people
from gongche.problem import Problem


@pytest.fixture(autouse=True)
def _settings(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("insert into units (code, name) values ('A', '教育局')")
        conn.execute("insert into vehicles (plate, unit_id) values ('苏N12345', 1)")


def test_people_are_made_changed_and_disabled_by_name(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    add("李四", [Role.ADMIN], by="", form=Format.JSON)
    add("王芳", [Role.STAFF], by="李四", form=Format.JSON)
    change_role("王芳", [Role.UNIT_MANAGER], unit="A", by="李四")
    reset_password("王芳", by="李四", form=Format.JSON)
    disable("王芳", by="李四")
    capsys.readouterr()
    list_people(Format.JSON)
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert (listed["王芳"]["roles"], listed["王芳"]["unit"]) == (["unit_manager"], "A")
    assert (listed["王芳"]["disabled_at"] is None, listed["李四"]["disabled_at"] is None) == (False, True)
    with psycopg.connect(database) as conn:
        told = conn.execute("select actor, role, act from audit_entries order by number").fetchall()
    assert told[0][0].startswith("cli:")
    assert told[1:] == [
        ("李四", "operator", act) for act in ("add_person", "change_roles", "reset_password", "disable_person")
    ]


def test_what_cannot_be_done_is_said(database: str) -> None:
    assert database
    with pytest.raises(Problem, match="no unit with the code"):
        add("王芳", [Role.UNIT_MANAGER], unit="Z")
    with pytest.raises(Problem, match="nobody called"):
        disable("王芳")


async def test_the_demonstration_has_one_person_of_each_role_and_makes_them_once(database: str) -> None:
    made = await demonstration_people(database)
    assert [one["role"] for one in made] == list(Role)
    assert await demonstration_people(database) == []
