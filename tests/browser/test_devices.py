"""Device health in a browser, wide and on a telephone: what is wrong is found, narrowed and opened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browser import PHONE, WIDE, Watched, visit
from tests.browser.test_draws import shot
from tests.fixtures.pages import NOON, PASSWORD, ServedPages
from tests.integration.api.builders import District, local


@pytest.fixture
def trackers(built: District) -> None:
    unit = built.unit("区教育局")
    for number in range(1, 13):
        tracker = built.tracker(f"1390000{number:04}", built.vehicle(f"苏N0{number:04}", unit=unit))
        built.tracker_day(tracker, NOON - timedelta(minutes=number), fixes=1000 - number)
    silent = built.tracker("13911112222", built.vehicle("苏N12345", unit=unit))
    built.tracker_day(silent, local("2026-10-04 17:42"), late=310)
    fast = built.tracker("13911113333", built.vehicle("苏N23456", unit=built.unit("区卫生健康委员会")))
    for day in range(9):
        at = NOON - timedelta(days=day)
        built.tracker_day(fast, at, offsets_s=[-7200 + day] * 9, fixes=700, repeats=400, late=12 * day)
        built.rejected("13911113333", "bad_time", 30 + day, at)
    built.tracker("13911114444", built.vehicle("苏N34567", unit=unit))
    built.rejected("13911115555", "unknown_tracker", 1204, NOON)
    spare = built.tracker("13911116666")
    built.rejected("13911116666", "not_fitted", 38, NOON)
    assert spare
    built.refused("sign_in", "13900000003", NOON - timedelta(minutes=4), times=1312)
    built.refused("publish", "mqttx_5f2c9a", NOON - timedelta(hours=2), topic="v1/13900000005/position", times=3)
    built.refused("sign_in", "<script>alert(1)</script>", NOON - timedelta(days=2), times=17)
    built.refused("publish", "n" * 64, NOON - timedelta(days=2), topic="v1/" + "x" * 197, times=2)
    built.refused("sign_in", "*", NOON - timedelta(days=3), times=40_210, address="[2001:db8::7334:1]:40332")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.usefixtures("trackers")
def test_what_is_wrong_is_found_narrowed_and_opened(
    browser: Browser, pages: ServedPages, watched: Watched, size: tuple[int, int], language: str
) -> None:
    with visit(browser, pages.url, size, watched) as page:
        page.goto("/sign-in?lang=zh")
        page.get_by_label("用户名").fill("admin")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.goto(f"/devices?lang={language}")
        rows = page.locator("table.devices tbody tr")
        expect(rows).to_have_count(17)
        shot(page, f"devices-{language}-{size[0]}")
        refused = page.locator("table.refusals tbody tr")
        expect(refused).to_have_count(5)
        page.locator("#q").press_sequentially("卫生")
        expect(rows).to_have_count(1)
        page.locator("#q").fill("")
        expect(rows).to_have_count(17)
        page.locator("select[name=sort]").select_option("repeats")
        expect(rows.first).to_contain_text("13911113333")
        page.locator("a.chip[href*='show=clock']").click()
        expect(rows).to_have_count(1)
        rows.first.locator("a.row-link").click()
        expect(page.locator("table.device-days tbody tr")).to_have_count(9)
        shot(page, f"device-{language}-{size[0]}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the page"
        page.go_back()
        refused.first.get_by_role("link").click()
        expect(page.get_by_text("gongche trackers password 13900000003")).to_be_visible()
        shot(page, f"device-refused-{language}-{size[0]}")
