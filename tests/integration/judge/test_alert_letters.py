"""An alert puts a letter into the outbox in the judge's own transaction; one that stands no more is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from fleet.clock import SHANGHAI
from fleet.role import Role
from fleet.violation import Severity
from gongche.judge import Judge
from gongche.sender import Sender
from gongche.settings import Settings
from oversight.target import Target
from store import judging, outbox, targets
from store.database import connect, open_pool
from store.outbox import ListedDelivery
from store.people import By
from store.scope import EVERYTHING
from store.targets import StoredTarget
from tests.builders.district import Connection, add_order, add_unit, add_vehicle, arrive, move_vehicle
from tests.builders.receivers import web_receiver
from tests.builders.tracks import drive
from tests.integration.judge.test_judging import NATIONAL_DAY, SETTINGS, on_national_day

NOW = NATIONAL_DAY + timedelta(hours=2)


@pytest.fixture
def judge(database: str) -> Iterator[Judge]:
    with judging.connect(database) as connection:
        yield Judge(connection, SETTINGS, clock=lambda: NOW)


def drives(conn: Connection, car: int) -> None:
    arrive(conn, [(car, fix) for fix in on_national_day(drive(30, 20, from_m=0, to_m=12_000))])


def letters(conn: Connection) -> list[tuple[Any, ...]]:
    return conn.execute(
        "select key, severity, roles, unit_id, is_confidential, path, takes_back from letters order by id"
    ).fetchall()


def test_an_alert_is_a_letter_to_the_centre_and_the_unit(conn: Connection, judge: Judge) -> None:
    unit = add_unit(conn)
    drives(conn, add_vehicle(conn, unit))
    judge.until_idle()
    judge.until_idle()
    (alert,) = conn.execute("select violation_id from alerts").fetchall()
    key = f"alert/{alert[0]}"
    assert letters(conn) == [(key, "high", ["head", "staff"], unit, False, f"/violations/{alert[0]}", None)]
    (texts,) = conn.execute("select subject_zh, subject_en, body_zh, body_en from letters").fetchall()
    assert texts[0] == "疑似节假日用车：苏N10001 区政府办 10月1日 周四 09:30—09:50"
    assert texts[1].startswith("Suspected ")
    assert "待核实" in texts[2]
    told = " ".join(texts)
    assert "118." not in told, "no coordinates"
    assert "33." not in told


def test_an_alert_of_the_evening_before_is_a_letter_to_the_unit_of_that_evening(conn: Connection, judge: Judge) -> None:
    old, new = add_unit(conn, "区水利局"), add_unit(conn, "区城管局")
    car = add_vehicle(conn, old)
    move_vehicle(conn, car, new, NATIONAL_DAY + timedelta(hours=1))
    drives(conn, car)
    judge.until_idle()
    assert [unit_id for _, _, _, unit_id, *_ in letters(conn)] == [old]
    assert "区水利局" in conn.execute("select body_zh from letters").fetchall()[0][0]


def test_a_letter_about_a_confidential_car_is_for_the_head_alone(conn: Connection, judge: Judge) -> None:
    car = add_vehicle(conn, add_unit(conn))
    conn.execute("update vehicles set use_class = 'confidential_mail'")
    drives(conn, car)
    judge.until_idle()
    ((_, _, roles, unit_id, is_confidential, _, _),) = letters(conn)
    assert (roles, unit_id, is_confidential) == (["head"], None, True)


def test_history_that_is_loaded_late_is_no_letter(conn: Connection, database: str) -> None:
    drives(conn, add_vehicle(conn, add_unit(conn)))
    with judging.connect(database) as connection:
        late = NOW + timedelta(hours=Settings(_env_file=None).alert_within_h)
        Judge(connection, SETTINGS, clock=lambda: late).until_idle()
    assert letters(conn) == []


def test_what_was_not_sent_yet_is_not_sent_when_the_violation_is_withdrawn(
    conn: Connection, judge: Judge, database: str
) -> None:
    car = add_vehicle(conn, add_unit(conn))
    with web_receiver() as receiver:
        asyncio.run(add_target(database, receiver.port))
        drives(conn, car)
        judge.until_idle()
        add_order(conn, car, NATIONAL_DAY, NATIONAL_DAY + timedelta(hours=2))
        judge.until_idle()
        asyncio.run(send(database))
    assert receiver.received == []


def test_who_was_told_is_told_that_it_was_withdrawn(conn: Connection, judge: Judge, database: str) -> None:
    car = add_vehicle(conn, add_unit(conn))
    with web_receiver() as receiver:
        asyncio.run(add_target(database, receiver.port))
        drives(conn, car)
        judge.until_idle()
        asyncio.run(send(database))
        # Made after the alert: it was told nothing, so nothing is taken back from it.
        asyncio.run(add_target(database, receiver.port, name="后来的"))
        add_order(conn, car, NATIONAL_DAY, NATIONAL_DAY + timedelta(hours=2))
        judge.until_idle()
        found = asyncio.run(send(database))
    first, second = (request.json["letters"][0] for request in receiver.received)
    assert second["takes_back"] == first["id"]
    assert second["subject"]["zh"] == "撤销：" + first["subject"]["zh"]
    assert {(one.target, one.state) for one in found} == {("值班", "sent")}
    conn.execute("update orders set cancelled_at = now()")
    judge.until_idle()
    assert len(letters(conn)) == 3, "found again it is another violation, with a letter of its own"


def test_a_letter_is_undone_with_the_judging_that_failed(
    conn: Connection, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    drives(conn, add_vehicle(conn, add_unit(conn)))

    def breaks(*_: object) -> None:
        raise psycopg.OperationalError("the server went away")

    with monkeypatch.context() as patch:
        patch.setattr("store.judged.finish", breaks)
        with pytest.raises(Exception, match="went away"):
            judge.until_idle()
    assert letters(conn) == []
    judge.until_idle()
    assert len(letters(conn)) == 1


async def add_target(dsn: str, port: int, name: str = "值班") -> None:
    target = Target(id=0, name=name, roles=frozenset({Role.STAFF}), is_webhook=True, least_severity=Severity.HIGH)
    async with await connect(dsn, autocommit=True) as conn:
        by = By("cli:ops", "operator", NOW)
        await targets.add(conn, by, StoredTarget(target, ""), f"http://127.0.0.1:{port}/")


async def send(dsn: str) -> list[ListedDelivery]:
    pool = await open_pool(dsn)
    try:
        await Sender(pool, SHANGHAI, lambda: NOW).until_idle()
    finally:
        await pool.close()
    async with await connect(dsn, autocommit=True) as conn:
        return await outbox.listed(conn, scope=EVERYTHING)
