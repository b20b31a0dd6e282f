"""The pages as people use them, in a real browser, with no other machine to ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser import PHONE, WIDE, Watched, visit
from tests.fixtures.pages import NOON, PASSWORD, ServedPages
from tests.integration.api.builders import District

SHOWN_MS = 20_000


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("用户名").fill("admin")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026年10月9日", timeout=SHOWN_MS)


def test_an_alert_appears_by_itself_and_leads_to_its_evidence(
    browser: Browser, pages: ServedPages, built: District, scene: dict[str, int], watched: Watched
) -> None:
    with visit(browser, pages.url, WIDE, watched) as page:
        sign_in(page)
        cars = page.frame_locator("#live-map").locator(".leaflet-overlay-pane .car")
        expect(cars).to_have_count(2, timeout=SHOWN_MS)
        expect(page.locator("#alert-count")).to_have_text("0")
        built.alert(scene["violation"], NOON - timedelta(seconds=3))
        expect(page.locator("#alert-count")).to_have_text("1", timeout=SHOWN_MS)
        page.get_by_role("link", name="节假日用车").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("疑似违规")
        expect(page.locator("main")).to_contain_text("不在该时段内")
        evidence = page.frame_locator("#evidence-map")
        expect(evidence.locator("path.track-held").first).to_be_visible(timeout=SHOWN_MS)
        expect(evidence.locator("path.zone-sensitive").first).to_be_attached()
        page.get_by_role("link", name="查看该车本周").click()
        week = page.frame_locator("#week-map")
        expect(week.locator("path.track").first).to_be_visible(timeout=SHOWN_MS)
        expect(page.locator(".strip")).to_have_count(7)


def test_cars_move_and_are_counted_without_a_reload(
    browser: Browser, pages: ServedPages, built: District, scene: dict[str, int], watched: Watched
) -> None:
    with visit(browser, pages.url, WIDE, watched) as page:
        sign_in(page)
        page.evaluate("window.notReloaded = true")
        map_frame = page.frame_locator("#live-map")
        expect(map_frame.locator(".leaflet-overlay-pane .car-driving")).to_have_count(1, timeout=SHOWN_MS)
        expect(page.locator("[data-count=driving]")).to_have_text("1")
        place = map_frame.locator(".leaflet-overlay-pane .car-driving").get_attribute("d")
        built.latest(scene["car"], NOON, lon_e7=1_184_000_000, lat_e7=340_000_000, speed_kmh=30)
        expect(map_frame.locator(".leaflet-overlay-pane .car-driving")).not_to_have_attribute(
            "d", place or "", timeout=SHOWN_MS
        )
        built.latest(scene["car"], NOON, lon_e7=1_184_000_000, lat_e7=340_000_000, speed_kmh=0)
        expect(page.locator("[data-count=driving]")).to_have_text("0", timeout=SHOWN_MS)
        expect(page.locator("[data-count=standing]")).to_have_text("2")
        assert page.evaluate("window.notReloaded")


def test_filters_change_the_list_in_place_and_the_address(
    browser: Browser, pages: ServedPages, built: District, scene: dict[str, int], watched: Watched
) -> None:
    built.violation(scene["car"], "R05", NOON - timedelta(days=5), severity="medium")
    with visit(browser, pages.url, WIDE, watched) as page:
        sign_in(page)
        page.get_by_role("link", name="疑似违规", exact=True).click()
        rows = page.locator("#list tbody tr")
        expect(rows).to_have_count(2)
        page.locator("select[name=rule]").select_option("R05")
        expect(rows).to_have_count(1)
        expect(page).to_have_url(f"{pages.url}/violations?rule=R05")
        page.get_by_label("车牌").fill("99999")
        expect(page.locator("#list")).to_contain_text("没有符合条件的疑似违规")
        page.get_by_role("link", name="清除条件").click()
        expect(rows).to_have_count(2)


def test_a_vehicle_is_found_while_typing(
    browser: Browser, pages: ServedPages, scene: dict[str, int], watched: Watched
) -> None:
    assert scene
    with visit(browser, pages.url, PHONE, watched) as page:
        sign_in(page)
        page.get_by_role("link", name="车辆", exact=True).click()
        expect(page.locator("#list tbody tr")).to_have_count(2)
        page.get_by_label("车牌或单位").type("n123")
        expect(page.locator("#list tbody tr")).to_have_count(1)
        page.get_by_role("link", name="苏N12345").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("苏N12345")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280", "390"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_fit_their_window(
    browser: Browser,
    pages: ServedPages,
    built: District,
    scene: dict[str, int],
    watched: Watched,
    size: tuple[int, int],
    language: str,
) -> None:
    built.alert(scene["violation"], NOON - timedelta(minutes=5))
    with visit(browser, pages.url, size, watched) as page:
        sign_in(page)
        page.goto(f"/?lang={language}")
        for path, frame, drawn in (
            ("/", "#live-map", ".car"),
            ("/violations", None, ""),
            (f"/violations/{scene['violation']}", "#evidence-map", "path.track-held"),
            ("/vehicles", None, ""),
            (f"/vehicles/{scene['car']}?week=2026-W40", "#week-map", "path.track"),
        ):
            page.goto(path)
            if frame is not None:
                expect(page.frame_locator(frame).locator(drawn).first).to_be_attached(timeout=SHOWN_MS)
            too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert too_wide == 0, f"{path} is wider than the window"
