"""The outbox and the targets on pages: who sees what, what is done about failures, and that secrets stay secret."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.permission import _OF_ROLE, Permission
from fleet.clock import SHANGHAI
from fleet.role import Role
from fleet.violation import Severity
from gongche.sender import Sender
from oversight.letter import Letter, LetterKind, Wording
from oversight.target import MAY_SEE_CONFIDENTIAL
from store import outbox
from store.database import Connection, connect, open_pool
from tests.builders.receivers import nobody, web_receiver
from tests.fixtures.pages import NOON, ServedPages
from tests.integration.api.builders import District, local

SECRET = "T0kenT0kenT0ken"
ALERT = Letter(
    key="alert/1",
    kind=LetterKind.ALERT,
    severity=Severity.HIGH,
    subject=Wording("疑似节假日用车：苏N12345", "Suspected holiday use: 苏N12345"),
    body=Wording("待核实", "To be verified"),
    roles=frozenset({Role.STAFF}),
    path="/violations/1",
)
JOB = replace(
    ALERT, key="job/1", kind=LetterKind.OPERATION, subject=Wording("定时任务失败", "A job fails"), path="/outbox"
)


def do(pages: ServedPages, act: Callable[[Connection], Awaitable[Any]]) -> Any:
    async def done() -> Any:
        async with await connect(pages.site.dsn) as conn:
            return await act(conn)

    return asyncio.run(done())


def put(pages: ServedPages, *letters: Letter) -> None:
    for letter in letters:
        do(pages, lambda conn, letter=letter: outbox.put(conn, letter, NOON))


def send(pages: ServedPages) -> None:
    async def sent() -> None:
        pool = await open_pool(pages.site.dsn)
        try:
            await Sender(pool, SHANGHAI, lambda: NOON).until_idle()
        finally:
            await pool.close()

    asyncio.run(sent())


def post(client: httpx.Client, page: str, path: str, **form: Any) -> httpx.Response:
    token = re.search(r'name="form_token" value="([^"]+)"', client.get(page).text)
    assert token is not None
    return client.post(path, data={"form_token": token[1], **form})


def add_target(client: httpx.Client, address: str, name: str = "值班", **form: Any) -> httpx.Response:
    told = {"role": ["staff"], "kind": [kind.value for kind in LetterKind], "quiet": ""} | form
    return post(client, "/targets", "/targets", name=name, address=address, **told)


def test_an_address_is_taken_in_and_never_shown_again(pages: ServedPages) -> None:
    with pages.someone("admin") as client:
        made = add_target(client, f"https://hooks.example.com/{SECRET}?key={SECRET}")
        assert made.status_code == 200
        key = re.search(r'<code class="password">([^<]+)</code>', made.text)
        assert key is not None
        shown = [made, client.get("/targets"), client.get("/targets/1"), post(client, "/targets/1", "/targets/1/key")]
        assert "https://hooks.example.com/…" in shown[1].text
        for page in shown:
            assert SECRET not in page.text
        assert key[1] not in shown[1].text + shown[2].text + shown[3].text
    with pages.someone("auditor") as client:
        chain = client.get("/audit?what=all").text
    assert "增加接收方" in chain
    assert "hooks.example.com" in chain
    assert SECRET not in chain
    assert key[1] not in chain


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"address": f"telnet://{SECRET}"}, "地址无法识别"),
        ({"quiet": "22-7"}, "免打扰应写作"),
        ({"role": ["unit_manager"]}, "要注明单位"),
        ({"role": ["staff"], "confidential": "true"}, "机要通信"),
        ({"kind": []}, "至少要有一种通知"),
    ],
)
def test_what_cannot_be_a_target_is_said_without_repeating_the_address(
    pages: ServedPages, form: dict[str, Any], said: str
) -> None:
    with pages.someone("admin") as client:
        answer = add_target(client, **({"address": f"https://hooks.example.com/{SECRET}"} | form))
        assert answer.status_code == 422
        assert said in answer.text
        assert SECRET not in answer.text


def test_a_target_is_changed_tried_and_disabled(pages: ServedPages) -> None:
    with pages.someone("admin") as client, web_receiver() as receiver:
        add_target(client, f"https://127.0.0.1:{receiver.port}/")
        told = {"name": "夜班", "role": ["head"], "kind": ["alert"], "quiet": "23:00-06:00", "least": "high"}
        address = f"json://127.0.0.1:{receiver.port}/"
        assert post(client, "/targets/1", "/targets/1", address=address, **told).status_code == 200
        page = client.get("/targets").text
        assert "夜班" in page
        assert "23:00–06:00" in page
        tried = post(client, "/targets/1", "/targets/1/test")
        assert "测试通知已送达" in tried.text
        assert len(receiver.received) == 1
        assert post(client, "/targets/1", "/targets/1/disable").status_code == 303
        assert "已停用" in client.get("/targets").text


def test_what_failed_is_shown_and_sent_again(pages: ServedPages) -> None:
    with web_receiver(hangs_up=True) as receiver:
        with pages.someone("admin") as client:
            add_target(client, f"json://127.0.0.1:{receiver.port}/")
        put(pages, ALERT, JOB)
        send(pages)
        with pages.someone("staff") as client:
            page = client.get("/outbox").text
            assert "疑似节假日用车：苏N12345" in page
            assert page.count("不确定是否送达") == 2
            (first, _) = (one for one in client.get("/api/outbox").json() if one["state"] == "unsure")
            assert first["may_be_repeat"] is True
            assert post(client, "/outbox", f"/outbox/{first['id']}/retry").status_code == 303
            assert post(client, "/outbox", f"/outbox/{first['id']}/retry").status_code == 409
        receiver.hangs_up = False
        send(pages)
        with pages.someone("staff") as client:
            assert [one["state"] for one in client.get("/api/outbox").json()] == ["unsure", "sent"]
            assert "定时任务失败" in client.get("/outbox?show=sent").text or first["key"] == ALERT.key
    with pages.someone("auditor") as client:
        assert "重发通知" in client.get("/audit?what=all").text


def test_who_administers_sees_that_letters_fail_and_not_whose_cars_they_are_about(pages: ServedPages) -> None:
    put(pages, ALERT, JOB)
    with pages.someone("admin") as client:
        page, told = client.get("/outbox").text, client.get("/api/outbox").json()
    assert "苏N12345" not in page + str(told)
    assert "即时告警" in page
    assert "定时任务失败" in page


def test_letters_about_confidential_cars_are_listed_for_few(pages: ServedPages) -> None:
    put(pages, replace(ALERT, is_confidential=True, roles=frozenset({Role.HEAD})))
    for role, sees in (("staff", False), ("head", True), ("admin", False)):
        with pages.someone(role) as client:
            assert len(client.get("/api/outbox").json()) == int(sees)
    assert {
        role for role in Role if {Permission.SEE_CONFIDENTIAL, Permission.SEE_VIOLATIONS} <= _OF_ROLE[role]
    } == MAY_SEE_CONFIDENTIAL


def test_the_page_of_a_violation_says_who_was_told(pages: ServedPages, built: District) -> None:
    unit = built.unit()
    violation = built.violation(built.vehicle(unit=unit), "R06", local("2026-10-05 08:00"))
    with pages.someone("admin") as client, nobody() as port:
        add_target(client, f"json://127.0.0.1:{port}/")
        put(pages, replace(ALERT, key=f"alert/{violation}", unit_id=unit))
        send(pages)
    with pages.someone("unit_manager", unit_id=unit) as client:
        page = client.get(f"/violations/{violation}").text
    assert "告警通知" in page
    assert "值班" in page
    assert "连不上" in page
