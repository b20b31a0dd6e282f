"""`gongche targets` and `gongche outbox`: no address on the command line, none in what is printed."""

from __future__ import annotations

import asyncio
import json

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from fleet.clock import SHANGHAI
from gongche.commands import outbox as outbox_commands
from gongche.commands import targets as target_commands
from gongche.problem import Problem
from gongche.sender import Sender
from store import outbox
from store.database import connect, open_pool
from tests.builders.receivers import nobody, web_receiver
from tests.fixtures.pages import NOON
from tests.integration.store.test_outbox import LETTER

SECRET = "T0kenT0ken"
APP = typer.Typer()
APP.add_typer(target_commands.app, name="targets")
APP.add_typer(outbox_commands.app, name="outbox")


@pytest.fixture(autouse=True)
def _settings(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    monkeypatch.delenv("GONGCHE_PUBLIC_URL", raising=False)


def gongche(*words: str, address: str = "") -> tuple[int, str]:
    """Exit status and what was printed; the address comes on standard input."""
    result = CliRunner().invoke(APP, list(words), input=f"{address}\n")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def listed() -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in json.loads(gongche("targets", "list", "--format", "json")[1])}


def test_a_target_is_added_changed_tried_and_disabled(database: str) -> None:
    with web_receiver() as receiver:
        hook = f"http://127.0.0.1:{receiver.port}/{SECRET}"
        _, said = gongche("targets", "add", "平台", "--role", "head", "--format", "json", address=hook)
        key = json.loads(said)["signing_key"]
        change = (
            "--quiet",
            "22:00-07:00",
            "--least",
            "high",
            "--kind",
            "alert",
            "--language",
            "both",
            "--confidential",
        )
        gongche("targets", "change", "平台", *change)
        one = listed()["平台"]
        assert one["address"] == f"http://127.0.0.1:{receiver.port}/…"
        assert (one["quiet"], one["least_severity"], one["kinds"]) == ("22:00-07:00", "high", ["alert"])
        assert (one["language"], one["is_for_confidential"], one["roles"]) == ("both", True, ["head"])
        gongche("targets", "change", "平台", "--quiet", "none")
        assert listed()["平台"]["quiet"] is None
        assert gongche("targets", "test", "平台")[0] == 0
        assert len(receiver.received) == 1
        _, told = gongche("targets", "change", "平台", "--new-key", "--format", "json")
        assert json.loads(told)["signing_key"] not in ("", key)
    code, said = gongche("targets", "test", "平台")
    assert code == 1
    assert "cannot be reached" in said
    gongche("targets", "disable", "平台")
    assert listed()["平台"]["enabled"] is False
    gongche("targets", "enable", "平台")
    with psycopg.connect(database) as conn:
        chain = conn.execute("select act, details::text from audit_entries order by number").fetchall()
    acts = [act for act, _ in chain]
    assert acts == [
        *("add_target", "change_target", "change_target", "test_target", "change_target", "test_target"),
        *("disable_target", "enable_target"),
    ]
    assert SECRET not in str(chain)
    assert key not in str(chain)


@pytest.mark.parametrize(
    ("words", "address", "said"),
    [
        (("add", "群"), "https://example.com/", "needs a role"),
        (("add", "群", "--role", "staff"), f"rubbish-{SECRET}", "not understood"),
        (("add", "群", "--role", "unit_manager"), "https://example.com/", "names the unit"),
        (("add", "群", "--role", "staff", "--unit", "Z"), "https://example.com/", "no unit with the code"),
        (("add", "群", "--role", "staff", "--quiet", "22"), "https://example.com/", "quiet hours are written"),
        (("change", "群"), "", "there is no target"),
        (("disable", "群"), "", "there is no target"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], address: str, said: str) -> None:
    with pytest.raises(Problem, match=said) as problem:
        gongche("targets", *words, address=address)
    assert SECRET not in str(problem.value)


def test_what_failed_is_listed_and_tried_again(database: str) -> None:
    with nobody() as port:
        gongche("targets", "add", "群", "--role", "staff", address=f"json://127.0.0.1:{port}/{SECRET}")
    asyncio.run(put_and_send(database))
    code, said = gongche("outbox", "list", "--format", "json")
    (one,) = json.loads(said)
    assert (code, one["state"], one["target"], one["waits_for"]) == (0, "waiting", "群", "retry")
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("update deliveries set state = 'failed'")
    code, said = gongche("outbox", "list", "--state", "trouble")
    assert code == 1
    assert "作业失败" in said
    gongche("outbox", "retry", str(one["id"]))
    assert json.loads(gongche("outbox", "list", "--format", "json")[1])[0]["state"] == "waiting"
    with pytest.raises(Problem, match="has not failed"):
        gongche("outbox", "retry", str(one["id"]))
    with pytest.raises(Problem, match="must be one of"):
        gongche("outbox", "list", "--state", "lost")


async def put_and_send(dsn: str) -> None:
    async with await connect(dsn) as conn:
        await outbox.put(conn, LETTER, NOON)
    pool = await open_pool(dsn)
    try:
        await Sender(pool, SHANGHAI, lambda: NOON).until_idle()
    finally:
        await pool.close()
