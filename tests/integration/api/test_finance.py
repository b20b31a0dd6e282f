"""The finance gate's pages, served for real: a sheet in, verdicts out, an appeal and its answer."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Iterator

import httpx
import openpyxl
import psycopg
import pytest

from store.database import connect
from store.users import add_user
from tests.builders.district import add_unit
from tests.finance.district import add_car
from tests.finance.table import HEADINGS
from tests.fixtures.pages import PASSWORD, ServedPages, sign_in


@pytest.fixture
def clerk(pages: ServedPages) -> Iterator[httpx.Client]:
    """Somebody of finance. 苏N10001 is enrolled, 苏N10009 confidential."""

    async def people() -> None:
        async with await connect(pages.site.dsn) as conn:
            for name, role in [("王会计", "finance"), ("李主任", "head"), ("值班员", "staff")]:
                await add_user(conn, name, PASSWORD, role)

    asyncio.run(people())
    with psycopg.connect(pages.site.dsn, autocommit=True) as conn:
        unit = add_unit(conn)
        add_car(conn, unit, "苏N10001", enrolled="2026-01-01")
        add_car(conn, unit, "苏N10009", enrolled="2026-10-20", use="confidential_mail")
    with pages.visitor() as client:
        assert sign_in(client, "王会计").status_code == 303
        yield client


def sheet(*rows: tuple[str, str, str, str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *rows])
    return text.getvalue().encode()


def token_of(client: httpx.Client, path: str = "/finance") -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def send(client: httpx.Client, content: bytes, **more: str) -> httpx.Response:
    return client.post(
        "/finance/checks", data={"form_token": token_of(client), **more}, files={"file": ("九月.csv", content)}
    )


REFUSED = ("苏N88888", "2026-09-22", "保险", "300")
PAID = ("苏N10001", "2026-09-22", "保险", "3000")
SECRET = ("苏N10009", "2026-09-22", "洗车", "30")


def test_a_sheet_comes_back_with_the_refused_rows_first(clerk: httpx.Client) -> None:
    answer = send(clerk, sheet(PAID, REFUSED))
    assert (answer.status_code, answer.headers["location"]) == (303, "/finance/checks/1")
    page = clerk.get("/finance/checks/1").text
    assert page.index("苏N88888") < page.index("苏N10001")
    assert "该车牌不在车辆登记中" in page
    assert "苏N10001" not in clerk.get("/finance/checks/1?verdict=refuse").text
    book = openpyxl.load_workbook(io.BytesIO(clerk.get("/finance/checks/1/result").content))
    assert "审核汇总 summary" in book.sheetnames
    assert send(clerk, sheet(PAID, REFUSED)).headers["location"] == "/finance/checks/1?frozen=1"


def test_cells_to_mend_are_told_on_the_page(clerk: httpx.Client) -> None:
    answer = send(clerk, sheet(("苏N10001", "2026-09-22", "保险", "300元")))
    assert answer.status_code == 422
    assert "请只写 300" in answer.text
    assert "还没有审核记录" in answer.text


def test_of_a_confidential_car_nothing_is_told_but_that_it_is_checked_by_hand(
    clerk: httpx.Client, pages: ServedPages
) -> None:
    send(clerk, sheet(SECRET))
    with pages.admin() as admin:
        for client in (clerk, admin):
            row = client.get("/finance/rows/1").text
            told = client.get("/finance", params={"plate": "苏N10009", "day": "2026-09-22"}).text
            for page in (row, told):
                assert "可支出，人工核对" in page
                assert "2026-10-" not in page.partition("审核记录")[0]
                assert "终端安装" not in page


def test_an_appeal_is_answered_by_somebody_else_and_the_frozen_verdict_stays(
    clerk: httpx.Client, pages: ServedPages
) -> None:
    send(clerk, sheet(REFUSED))
    statement = {"form_token": token_of(clerk), "statement": "新车，登记迟了", "note": "宿豫财〔2026〕3号"}
    assert clerk.post("/finance/rows/1/appeals", data=statement).status_code == 303
    assert clerk.post("/finance/rows/1/appeals", data=statement).status_code == 409
    own = {"form_token": token_of(clerk), "verdict": "pay", "reason": "同意"}
    assert clerk.post("/finance/appeals/1/answer", data=own).status_code == 403
    with pages.visitor() as head:
        sign_in(head, "李主任")
        answer = {"form_token": token_of(head), "verdict": "pay", "reason": "核对属实"}
        assert head.post("/finance/appeals/1/answer", data=answer).status_code == 303
        assert head.post("/finance/appeals/1/answer", data=answer).status_code == 409
    with psycopg.connect(pages.site.dsn) as conn:
        assert conn.execute("select verdict from finance_rows").fetchall() == [("refuse",)]
        acts = conn.execute("select actor, act from audit_entries where act <> 'sign_in' order by number").fetchall()
    assert acts == [("王会计", "check_claims"), ("王会计", "appeal_refusal"), ("李主任", "answer_appeal")]
    assert "核对属实" in clerk.get("/finance/rows/1").text


def test_the_registry_is_told_in_local_days(clerk: httpx.Client) -> None:
    told = clerk.get("/finance", params={"plate": "苏N10001", "day": "2026-09-22"}).text
    assert "2026-01-01 – …" in told
    assert "2025-12-31" not in told


def test_a_paid_row_cannot_be_appealed(clerk: httpx.Client) -> None:
    send(clerk, sheet(PAID))
    statement = {"form_token": token_of(clerk), "statement": "多付一些"}
    assert clerk.post("/finance/rows/1/appeals", data=statement).status_code == 409


def test_machines_send_a_sheet_and_read_its_rows(clerk: httpx.Client) -> None:
    answer = clerk.post("/api/finance/checks", params={"name": "九月.csv"}, content=sheet(PAID, REFUSED))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["check"], told["is_new"], told["totals"]["refuse"]) == (1, True, {"rows": 1, "amount": "300.00"})
    rows = clerk.get("/api/finance/checks/1/rows").json()
    assert [(row["line"], row["verdict"]) for row in rows] == [(3, "refuse"), (2, "pay")]
    bad = clerk.post("/api/finance/checks", params={"name": "九月.csv"}, content=sheet((*PAID[:3], "300元")))
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "cells_to_mend")


def test_finance_sees_neither_violations_nor_tracks(clerk: httpx.Client) -> None:
    assert clerk.get("/violations").status_code == 403
    assert clerk.get("/finance").status_code == 200
