"""`gongche trackers`, and how what it changes reaches the embedded broker."""

from __future__ import annotations

import asyncio
import csv
import json
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import bcrypt
import psycopg
import pytest
import typer

from gongche.admitting import Admission
from gongche.commands.output import Format
from gongche.commands.trackers import Broker, export, list_trackers, password, passwords, refusals, revoke
from gongche.credentials import new_credential
from gongche.doing import doer
from gongche.embedded.broker import EmbeddedBroker
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.problem import Problem
from store import credentials
from store.database import Connection, connect
from tests.integration.api.builders import District

PATIENCE_S = 20


@pytest.fixture(autouse=True)
def _settings(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("insert into trackers (code) values ('T1'), ('T2'), ('a.b'), ('ingest')")


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """What a command prints as JSON."""

    def run(command: Callable[..., None], *arguments: Any, **more: Any) -> Any:
        capsys.readouterr()
        command(*arguments, **more, form=Format.JSON)
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def admission(database: str, broker_server: EmbeddedBroker) -> Iterator[Admission]:
    with Admission(database, broker_server) as admission:
        yield admission


async def lets_in(broker: EmbeddedBroker, user: str, its_password: str) -> bool:
    try:
        async with aiomqtt.Client(broker.host, broker.port, username=user, password=its_password):
            return True
    except aiomqtt.MqttError:
        return False


def eventually(what: Callable[[], bool], admission: Admission) -> None:
    """As `gongche up` does: tends the broker again and again."""
    until = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < until
        admission.tend()
        time.sleep(0.1)


def test_a_password_is_told_once_and_kept_as_hashes_only(database: str, told: Callable[..., Any]) -> None:
    made = told(password, "T1", by="李四")
    assert made["user"] == "T1"
    with psycopg.connect(database) as conn:
        everything = str(conn.execute("select to_jsonb(c) from tracker_credentials c").fetchall())
        chain = conn.execute("select actor, act, subject, details from audit_entries").fetchall()
    assert made["password"] not in everything
    assert chain == [("李四", "issue_tracker_password", "T1", {"replaces": False})]
    assert [row["tracker"] for row in told(list_trackers) if row["may_sign_in"]] == ["T1"]


def test_all_that_have_none_get_one_into_a_file_that_is_the_owners(
    database: str, tmp_path: Path, told: Callable[..., Any]
) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        built = District(conn)
        built.tracker("T3", built.vehicle("苏N00003", unit=built.unit("区教育局")))
    before = told(password, "T1")["password"]
    file = tmp_path / "new.csv"
    with pytest.raises(typer.Exit) as ended:
        told(passwords, file, by="李四")
    assert ended.value.exit_code == 1, "a.b and ingest are no names for users of trackers"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf-8-sig", newline="") as table:
        rows = {row["终端编号 tracker"]: row for row in csv.DictReader(table)}
    assert {code: (row["车牌 plate"], row["单位 unit"]) for code, row in rows.items()} == {
        "T2": ("", ""),
        "T3": ("苏N00003", "区教育局"),
    }
    with psycopg.connect(database) as conn:
        query = "select code, bcrypt from trackers t join tracker_credentials c on c.tracker_id = t.id"
        held = dict(conn.execute(query).fetchall())
        chain = conn.execute("select actor, act, details from audit_entries order by number desc limit 1").fetchone()
    assert all(bcrypt.checkpw(row["密码 password"].encode(), held[code].encode()) for code, row in rows.items())
    assert bcrypt.checkpw(before.encode(), held["T1"].encode()), "who had one keeps it"
    assert chain == ("李四", "issue_tracker_passwords", {"trackers": ["T2", "T3"]})
    with pytest.raises(Problem, match="is there already"):
        passwords(file)


def test_those_of_a_list_get_one_and_who_is_unknown_in_it_is_told(
    tmp_path: Path, told: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wanted").write_text("T2\n\n")
    passwords(tmp_path / "new.csv", tmp_path / "wanted", form=Format.JSON)
    assert json.loads(capsys.readouterr().out) == {"issued": 1, "cannot_have_one": [], "revoked": []}
    assert [row["tracker"] for row in told(list_trackers) if row["may_sign_in"]] == ["T2"]
    (tmp_path / "wanted").write_text("T2\nT9\n")
    with pytest.raises(Problem, match="there is no tracker T9"):
        passwords(tmp_path / "newer.csv", tmp_path / "wanted")
    assert not (tmp_path / "newer.csv").exists()


def test_who_was_revoked_gets_another_one_only_when_asked_for(tmp_path: Path, told: Callable[..., Any]) -> None:
    told(password, "T1")
    revoke("T1")
    with pytest.raises(typer.Exit):
        passwords(tmp_path / "all.csv")
    assert [row["tracker"] for row in told(list_trackers) if row["may_sign_in"]] == ["T2"]
    (tmp_path / "wanted").write_text("T1\n")
    assert told(passwords, tmp_path / "one.csv", tmp_path / "wanted")["issued"] == 1
    assert [row["tracker"] for row in told(list_trackers) if row["may_sign_in"]] == ["T1", "T2"]


async def test_two_who_give_passwords_at_once_give_each_tracker_one(database: str) -> None:
    async with await connect(database, autocommit=True) as first, await connect(database, autocommit=True) as second:
        by = doer("李四")
        async with first.transaction():
            found = await credentials.without(first, None, by.at)
            waiting = asyncio.create_task(_given(second))
            await asyncio.sleep(0.2)
            await credentials.issue_all(first, by, [new_credential(one.code)[0] for one in found if one.code == "T1"])
        assert await waiting == ["T2", "a.b", "ingest"]


async def _given(conn: Connection) -> list[str]:
    async with conn.transaction():
        return [one.code for one in await credentials.without(conn, None, doer().at)]


def test_passwords_are_printed_where_no_file_can_be_had(
    told: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        passwords(Path("-"))
    printed = capsys.readouterr()
    assert [row["终端编号 tracker"] for row in csv.DictReader(printed.out.lstrip("\ufeff").splitlines())] == [
        "T1",
        "T2",
    ]
    assert json.loads(printed.err)["issued"] == 2
    assert [row["tracker"] for row in told(list_trackers) if row["may_sign_in"]] == ["T1", "T2"]


def test_revoking_is_entered_once(database: str, told: Callable[..., Any]) -> None:
    told(password, "T1")
    told(password, "T1")
    revoke("T1", by="李四")
    with pytest.raises(Problem, match="has no password of its own") as second:
        revoke("T1")
    assert second.value.exit_status == 1
    assert not any(row["may_sign_in"] for row in told(list_trackers))
    with psycopg.connect(database) as conn:
        acts = [act for (act,) in conn.execute("select act from audit_entries order by number")]
    assert acts == ["issue_tracker_password", "issue_tracker_password", "revoke_tracker_password"]


@pytest.mark.parametrize(
    ("number", "why"),
    [("T9", "there is no tracker T9"), ("a.b", "letters, digits"), ("ingest", "a user of the program's own")],
)
def test_who_cannot_have_a_password_is_told_why(number: str, why: str) -> None:
    with pytest.raises(Problem, match=why):
        password(number)


def test_what_was_entered_stays_as_it_is(database: str, told: Callable[..., Any]) -> None:
    told(password, "T1")
    with psycopg.connect(database, autocommit=True) as conn:
        for change in ("delete from tracker_credentials", "update tracker_credentials set actor = 'x'"):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                conn.execute(change.encode())


def test_the_files_for_mosquitto_are_the_owners_and_keep_its_other_users(
    tmp_path: Path, told: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    told(password, "T2")
    made = told(password, "T1")
    (tmp_path / "others").write_text("ingest:$7$101$x$y\n")
    (tmp_path / "rights").write_text("user ingest\ntopic read v1/#\n")
    export(Broker.MOSQUITTO, tmp_path / "out", tmp_path / "others", tmp_path / "rights")
    assert "2 个终端" in capsys.readouterr().out
    passwords, acl = (tmp_path / "out" / name for name in ("passwords", "acl"))
    assert [line.split(":")[0] for line in passwords.read_text().splitlines()] == ["ingest", "T1", "T2"]
    assert made["password"] not in passwords.read_text()
    assert acl.read_text() == (
        "user ingest\ntopic read v1/#\nuser T1\ntopic write v1/T1/#\nuser T2\ntopic write v1/T2/#\n"
    )
    assert {stat.S_IMODE(file.stat().st_mode) for file in (passwords, acl)} == {0o600}


@pytest.mark.parametrize("file", ["others", "rights"])
def test_another_user_with_a_trackers_name_is_a_problem(tmp_path: Path, told: Callable[..., Any], file: str) -> None:
    told(password, "T1")
    (tmp_path / "others").write_text("T1:$7$101$x$y\n" if file == "others" else "")
    (tmp_path / "rights").write_text("user T1\ntopic #\n" if file == "rights" else "")
    with pytest.raises(Problem, match="with the names of trackers: T1"):
        export(Broker.MOSQUITTO, tmp_path / "out", tmp_path / "others", tmp_path / "rights")


def test_a_change_reaches_the_running_broker_and_holds_after_its_death(
    admission: Admission, broker_server: EmbeddedBroker, told: Callable[..., Any]
) -> None:
    first, second = told(password, "T1")["password"], told(password, "T2")["password"]
    eventually(lambda: asyncio.run(lets_in(broker_server, "T1", first)), admission)
    revoke("T1")
    eventually(lambda: not asyncio.run(lets_in(broker_server, "T1", first)), admission)
    broker_server.stop()
    broker_server.start()
    assert not asyncio.run(lets_in(broker_server, "T1", first))
    assert asyncio.run(lets_in(broker_server, "T2", second))


def test_a_change_reaches_the_broker_although_the_database_was_away(
    postgres_server: EmbeddedPostgres,
    broker_server: EmbeddedBroker,
    told: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", postgres_server.dsn)
    with psycopg.connect(postgres_server.dsn, autocommit=True) as conn:
        conn.execute("insert into trackers (code) values ('T1'), ('T2')")
    with Admission(postgres_server.dsn, broker_server) as admission:
        first = told(password, "T1")["password"]
        eventually(lambda: asyncio.run(lets_in(broker_server, "T1", first)), admission)
        postgres_server.stop()
        time.sleep(1)
        admission.tend()
        assert asyncio.run(lets_in(broker_server, "T1", first)), "what was known holds meanwhile"
        postgres_server.start()
        second = told(password, "T2")["password"]
        eventually(lambda: asyncio.run(lets_in(broker_server, "T2", second)), admission)


def test_a_defect_in_counting_does_not_end_revoking(
    admission: Admission, broker_server: EmbeddedBroker, told: Callable[..., Any]
) -> None:
    log = broker_server.log
    log.rename(log.with_suffix(".away"))
    log.mkdir()  # so that it cannot be read
    its_password = told(password, "T1")["password"]
    time.sleep(1.5)
    log.rmdir()
    log.with_suffix(".away").rename(log)
    eventually(lambda: asyncio.run(lets_in(broker_server, "T1", its_password)), admission)


def test_what_the_broker_refuses_is_counted(
    admission: Admission, broker_server: EmbeddedBroker, told: Callable[..., Any]
) -> None:
    its_password = told(password, "T1")["password"]
    eventually(lambda: asyncio.run(lets_in(broker_server, "T1", its_password)), admission)
    forged_name = 'x" - authentication error - User "a.b'

    async def misbehave() -> None:
        for user in ("T2", "T2", forged_name):
            assert not await lets_in(broker_server, user, "guessed")
        async with aiomqtt.Client(
            broker_server.host, broker_server.port, username="T1", password=its_password, identifier="forger"
        ) as tracker:
            await tracker.publish("v1/T2/position", b"forged", qos=1)

    def counted() -> dict[tuple[str, str], Any]:
        return {(row["kind"], row["name"]): row for row in told(refusals)}

    asyncio.run(misbehave())
    eventually(lambda: ("publish", "forger") in counted(), admission)
    assert counted()["sign_in", "T2"]["times"] == 2
    assert counted()["sign_in", forged_name]["times"] == 1
    assert (counted()["publish", "forger"]["times"], counted()["publish", "forger"]["topic"]) == (1, "v1/T2/position")
    listed = {row["tracker"]: row["refused_sign_ins"] for row in told(list_trackers)}
    assert (listed["T2"], listed["a.b"]) == (2, 0)
