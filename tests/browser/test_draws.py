"""The spot check in a browser: from the draw to a signed sheet, wide and on a telephone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser import PHONE, WIDE, Watched, visit
from tests.browser.test_pages import SHOWN_MS
from tests.builders.drawing import draw_now
from tests.fixtures.pages import NOON, PASSWORD, ServedPages
from tests.integration.api.builders import District

SHOTS = os.environ.get("GONGCHE_SHOTS")


@pytest.fixture
def drawn(pages: ServedPages, built: District, scene: dict[str, int]) -> int:
    """All cars of the scene and of two more units drawn; the car that drove."""
    for number in range(8):
        built.vehicle(
            f"苏N6000{number}",
            unit=built.unit(f"区{'财政农业卫健水利司法民政住建交通'[2 * number : 2 * number + 2]}局"),
        )
    draw_now(pages.site.dsn, NOON)
    return scene["car"]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sheet_is_signed_and_the_next_one_shown(
    drawn: int, browser: Browser, pages: ServedPages, watched: Watched, size: tuple[int, int], language: str
) -> None:
    with visit(browser, pages.url, size, watched) as page:
        page.goto("/sign-in?lang=zh")
        page.get_by_label("用户名").fill("admin")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.goto(f"/draws?lang={language}")
        expect(page.locator(".count").first).to_have_text("0/10")
        shot(page, f"draw-{language}-{size[0]}")
        page.goto(f"/draws/2026-W41/{drawn}")
        expect(page.frame_locator("#week-map").locator("path.track").first).to_be_attached(timeout=SHOWN_MS)
        shot(page, f"sheet-{language}-{size[0]}")
        page.locator("input[value=doubtful]").check()
        page.locator("textarea").fill("国庆当日出车，派车单 12 时已截止")
        page.locator("form.sign button").click()
        expect(page.locator(".finding-doubtful")).to_be_visible()
        assert page.url.endswith(f"/{drawn}"), "to open its case"
        shot(page, f"doubtful-{language}-{size[0]}")
        page.locator("form[action$='/case'] button").click()
        page.wait_for_url("**/cases/*")
        shot(page, f"case-of-sheet-{language}-{size[0]}")
        page.goto("/draws")
        expect(page.locator(".count").first).to_have_text("1/10")
        no_wider_than_the_window(page)
        page.goto("/draws/coverage")
        shot(page, f"coverage-{language}-{size[0]}")
        no_wider_than_the_window(page)


def no_wider_than_the_window(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def shot(page: Page, name: str) -> None:
    """For looking at, where GONGCHE_SHOTS names a folder."""
    no_wider_than_the_window(page)
    if SHOTS:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True, scale="css")
