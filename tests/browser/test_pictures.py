"""The documents' pictures: the demonstration district at half past eight on the first workday after National Day."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect

from api.site import Site
from fleet.clock import us_of
from gongche.district.history import make_history
from gongche.district.load import load_district, load_papers, load_positions
from gongche.judge import judge_until_idle
from gongche.settings import Settings
from tests.browser.browser import PHONE, WIDE, Watched, chromium, visit
from tests.browser.test_pages import SHOWN_MS
from tests.fixtures.pages import PASSWORD, ServedPages, make_admin, served
from tests.integration.api.builders import local

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
MORNING = local("2026-10-08 08:30")

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("GONGCHE_PICTURES"), reason="takes the documents' pictures: only with GONGCHE_PICTURES=1"
    ),
    pytest.mark.timeout(1200),
]


@pytest.fixture
def morning(site: Site) -> Iterator[ServedPages]:
    """The district as it was known then: nothing that was reported later."""
    history = make_history()
    known = history.positions.take(history.positions.ts_us <= us_of(MORNING))
    for diary in history.diaries:
        diary.expenses[:] = [expense for expense in diary.expenses if expense.at <= MORNING]

    async def load() -> None:
        await load_district(site.dsn, history.district)
        await load_papers(site.dsn, history)
        await load_positions(site.dsn, replace(history, positions=known))

    asyncio.run(load())
    judge_until_idle(site.dsn, Settings())
    with psycopg.connect(site.dsn) as conn:
        # Judged today, long after; then, each alert would have been raised at the end of what it is about.
        conn.execute(
            "insert into alerts (violation_id, raised_at) select id, end_at + interval '20 s' from violations"
            " where end_at >= '2026-10-08 00:00+08' on conflict do nothing"
        )
        conn.execute("update violations set found_at = end_at + interval '20 s'")
        conn.execute("update violation_changes set at = end_at + interval '20 s'")
        conn.execute("update latest_positions set received_at = ts + interval '1 s'")
        conn.execute("update judge_states set judged_at = %s", [MORNING])
    asyncio.run(make_admin(site.dsn))
    with served(replace(site, now=lambda: MORNING)) as pages:
        yield pages


def test_pictures(morning: ServedPages, watched: Watched) -> None:
    with psycopg.connect(morning.site.dsn) as conn:
        evidence, car = worth_showing(conn)
    shown = {
        "overview": ("/", "#live-map", ".car"),
        "violations": ("/violations?from=2026-09-30", None, ""),
        "evidence": (f"/violations/{evidence}", "#evidence-map", "path.track-held"),
        "vehicles": ("/vehicles?q=教育", None, ""),
        "week": (f"/vehicles/{car}?week=2026-W40", "#week-map", "path.track"),
    }
    PICTURES.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for language, size, suffix in (("zh", WIDE, ""), ("zh", PHONE, "-phone"), ("en", WIDE, "-en")):
            with visit(browser, morning.url, size, watched) as page:
                page.goto("/sign-in?lang=zh")
                page.get_by_label("用户名").fill("admin")
                page.get_by_label("密码").fill(PASSWORD)
                page.get_by_role("button", name="登录").click()
                expect(page.get_by_role("heading", level=1)).to_contain_text("10月8日", timeout=SHOWN_MS)
                page.goto(f"/?lang={language}")
                for name, (path, frame, drawn) in shown.items():
                    show(page, path, frame, drawn)
                    page.screenshot(path=PICTURES / f"{name}{suffix}.png", full_page=name != "violations", scale="css")


def show(page: Page, path: str, frame: str | None, drawn: str) -> None:
    """Goes there and waits until the map is drawn."""
    page.goto(path)
    if frame is not None:
        expect(page.frame_locator(frame).locator(drawn).first).to_be_attached(timeout=SHOWN_MS)
        page.wait_for_load_state("networkidle") if frame != "#live-map" else None


def worth_showing(conn: psycopg.Connection[tuple[int, int]]) -> tuple[int, int]:
    """A holiday drive with papers that were looked at, and the car with most to see in the week of National Day."""
    evidence = conn.execute(
        "select id from violations where rule_id = 'R06' and evidence -> 'excuses' <> '[]'"
        " order by jsonb_array_length(evidence -> 'spans') desc, id limit 1"
    ).fetchone()
    car = conn.execute(
        "select vehicle_id from violations where start_at between '2026-09-28 00:00+08' and '2026-10-05 00:00+08'"
        " group by vehicle_id order by count(distinct rule_id) desc, count(*) desc, vehicle_id limit 1"
    ).fetchone()
    assert evidence is not None
    assert car is not None
    return evidence[0], car[0]
