"""Reports in a browser: from what is due to an issued one, wide and on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browser import PHONE, WIDE, Watched, visit
from tests.browser.test_draws import no_wider_than_the_window, shot
from tests.builders.drawing import draw_now
from tests.fixtures.pages import NOON, PASSWORD, ServedPages
from tests.integration.api.builders import District, local


@pytest.fixture
def drawn(pages: ServedPages, built: District, scene: dict[str, int]) -> int:
    """The cars of the scene and some of other units drawn; the car that drove."""
    for number in range(5):
        unit = built.unit(f"区{'财政农业卫健水利司法'[2 * number : 2 * number + 2]}局")
        car = built.vehicle(f"苏N6000{number}", unit=unit)
        built.track(car, local("2026-09-29 20:00"))
        built.trip(car, local("2026-09-29 20:00"), local("2026-09-29 20:30"))
        built.violation(car, "R04", local("2026-09-29 20:00"), severity="medium")
    built.conn.execute("delete from marks")
    draw_now(pages.site.dsn, NOON)
    return scene["car"]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_is_looked_at_and_issued(
    drawn: int, browser: Browser, pages: ServedPages, watched: Watched, size: tuple[int, int], language: str
) -> None:
    assert drawn
    with visit(browser, pages.url, size, watched) as page:
        page.goto("/sign-in?lang=zh")
        page.get_by_label("用户名").fill("admin")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.goto("/reports/draft?kind=week&period=2026-W40")
        page.locator("form.head-action button").click()
        page.wait_for_url("**/reports/1")
        page.goto(f"/reports?lang={language}")
        expect(page.locator(".head .btn-primary")).to_have_count(1)
        shot(page, f"reports-{language}-{size[0]}")
        no_wider_than_the_window(page)
        page.goto("/reports/draft?kind=spot_check&period=2026-W41")
        expect(page.locator("figure img")).to_have_count(6)
        page.evaluate("Promise.all([...document.querySelectorAll('figure img')].map(image => image.decode()))")
        shot(page, f"report-draft-{language}-{size[0]}")
        no_wider_than_the_window(page)
        page.locator("form.head-action button").click()
        page.wait_for_url("**/reports/2")
        expect(page.locator(".sheet-number")).to_have_text("车管〔2026〕2号")
        shot(page, f"report-{language}-{size[0]}")
        no_wider_than_the_window(page)
