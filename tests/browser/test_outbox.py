"""The outbox and the targets in a browser, wide and on a telephone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from fleet.role import Role
from fleet.violation import Severity
from oversight.letter import Letter, LetterKind, Wording
from oversight.target import QuietHours, Target
from store import outbox, targets
from store.database import connect
from store.people import By
from store.targets import StoredTarget
from tests.browser.browser import PHONE, WIDE, Watched, visit
from tests.browser.test_draws import shot
from tests.fixtures.pages import NOON, PASSWORD, ServedPages

ALERT = Letter(
    key="alert/1",
    kind=LetterKind.ALERT,
    severity=Severity.HIGH,
    subject=Wording(
        "疑似节假日用车：苏N12345 区教育局 10月2日 周五 14:00–14:30",
        "Suspected Holiday use: 苏N12345 区教育局 Fri 2 Oct 14:00–14:30",
    ),
    body=Wording("", ""),
    roles=frozenset({Role.STAFF}),
    path="/violations/1",
)
JOB = replace(
    ALERT,
    kind=LetterKind.OPERATION,
    subject=Wording("定时任务失败：每周抽签（2026-W41）", "A job fails: draw (2026-W41)"),
    severity=Severity.MEDIUM,
)
STATES = (
    ("sent", "", ""),
    ("waiting", "quiet", ""),
    ("waiting", "retry", "对方答复 HTTP 500 / answered HTTP 500"),
    ("failed", "", "连不上 / cannot be reached"),
    ("unsure", "", "没有答复，可能已送达 / no answer came; it may have arrived"),
    ("withdrawn", "", ""),
)


@pytest.fixture
def told(pages: ServedPages, scene: dict[str, int]) -> int:
    """Two targets, and a delivery of each kind; the violation that the first letter is about."""
    asyncio.run(_fill(pages.site.dsn, scene["violation"]))
    with psycopg.connect(pages.site.dsn) as conn:
        conn.execute("update letters set addressed_at = put_at")
        for number, (state, waits_for, error) in enumerate(STATES, start=1):
            conn.execute(
                "insert into deliveries (letter_id, target_id, state, waits_for, error, next_at, attempts, settled_at)"
                " values (%s, %s, %s, %s, %s, %s, 2, %s)",
                (number, number % 2 + 1, state, waits_for, error, NOON + timedelta(hours=1),
                 None if state == "waiting" else NOON),
            )  # fmt: skip
    return scene["violation"]


async def _fill(dsn: str, violation: int) -> None:
    by = By("cli:ops", "operator", NOON)
    night = QuietHours(time(22), time(7))
    staff = Target(id=0, name="车管中心值班群", roles=frozenset({Role.STAFF, Role.HEAD}), quiet=night)
    mail = replace(staff, name="主任邮箱", roles=frozenset({Role.HEAD}), is_for_confidential=True, quiet=None)
    async with await connect(dsn, autocommit=True) as conn:
        await targets.add(conn, by, StoredTarget(staff, ""), "wecombot://" + "a" * 36)
        await targets.add(conn, by, StoredTarget(mail, ""), "mailtos://gc:secret@smtp.example.com?to=head@example.com")
        for number in range(1, 8):
            letter = replace(
                ALERT if number % 3 else JOB, key=f"alert/{violation}" if number == 1 else f"letter/{number}"
            )
            await outbox.put(conn, letter, NOON - timedelta(minutes=number))


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_failures_are_sent_again_and_targets_are_added(
    told: int, browser: Browser, pages: ServedPages, watched: Watched, size: tuple[int, int], language: str
) -> None:
    with visit(browser, pages.url, size, watched) as page:
        page.goto("/sign-in?lang=zh")
        page.get_by_label("用户名").fill("admin")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.goto(f"/outbox?lang={language}")
        again = page.locator("form[action$='/retry'] button")
        expect(again).to_have_count(2)
        shot(page, f"outbox-{language}-{size[0]}")
        again.first.click()
        expect(again).to_have_count(1)
        page.goto(f"/violations/{told}")
        expect(page.locator("#told-title")).to_be_visible()
        page.locator("#told-title").scroll_into_view_if_needed()
        page.goto("/targets")
        shot(page, f"targets-{language}-{size[0]}")
        page.locator("#name").fill("数据平台")
        page.locator("#address").fill("https://hooks.example.com/gongche")
        page.locator("form[action='/targets'] button").click()
        expect(page.locator("code.password")).to_be_visible()
        page.get_by_role("link", name="车管中心值班群").click()
        expect(page.locator("#quiet")).to_have_value("22:00-07:00")
        shot(page, f"target-{language}-{size[0]}")
