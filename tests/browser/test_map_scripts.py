"""The maps' scripts in a browser, with every request answered from here: no server, and nothing leaves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from mimetypes import guess_type
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright
from shapely.geometry import box

from api.assets import STATIC
from geofence.datum import from_wgs84
from geofence.zone import Zone, ZoneKind
from maps.assets import LEAFLET_CSS, LEAFLET_JS, Assets
from maps.evidence import evidence_map
from maps.live import live_map
from maps.page import Look
from maps.week import Marked, week_map
from tests.unit.maps.build import MORNING_US, at_us, drive, stand, track
from tests.unit.maps.test_week import MONDAY_US

LOOK = Look(Assets(local=True), nonce="n0nce")
POLICY = "default-src 'none'; script-src 'self' 'nonce-n0nce'; style-src 'self' 'unsafe-inline'; connect-src 'self'"
NASTY = "<img src=x onerror=alert(1)><script>alert(2)</script>"
POINTS = [*drive(10), *stand(30, 610, 6_000), *drive(10, from_s=2_420, from_east_m=6_000)]
SITE = "http://pages.test"
CARS = [
    {"vehicle_id": 1, "plate": NASTY, "unit": NASTY, "state": "driving", "lon": 118.3, "lat": 33.9,
     "speed_kmh": 41.6, "heading_deg": 90, "ts": "2026-10-02T01:00:00+00:00"},
    {"vehicle_id": 2, "plate": "苏N00002", "unit": "", "state": "silent", "lon": 118.2, "lat": 33.8,
     "speed_kmh": None, "heading_deg": None, "ts": None},
    {"vehicle_id": 3, "plate": "苏N00003", "unit": "", "state": "standing", "lon": None, "lat": None,
     "speed_kmh": None, "heading_deg": None, "ts": None},
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    for file in (LEAFLET_JS, LEAFLET_CSS):
        if not (STATIC / "vendor" / file.name).is_file():
            pytest.skip("the pages' assets are not installed (npm ci)")
    with sync_playwright() as playwright:
        quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*quiet.split(), "--disable-component-update", "--disable-sync"]
        )
        yield browser
        browser.close()


class Shown:
    """An open map, and everything that went wrong on it."""

    def __init__(self, page: Page, html: str) -> None:
        self.page = page
        self.html = html
        self.wrong: list[str] = []
        page.on("console", lambda told: self.wrong.append(told.text) if told.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (self.wrong.append(f"ran: {dialog.message}"), dialog.dismiss()))
        page.route("**/*", self._answer)
        page.goto(f"{SITE}/map")

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path == "/map":
            headers = {"content-security-policy": POLICY}
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8", headers=headers)
        elif path == "/events":
            data = json.dumps({"cars": CARS})
            route.fulfill(body=f"event: positions\ndata: {data}\n\n", content_type="text/event-stream")
        elif path == "/favicon.ico":
            route.fulfill(status=204)
        elif path.startswith("/static/") and (file := STATIC / path.removeprefix("/static/")).is_file():
            route.fulfill(body=Path(file).read_bytes(), content_type=guess_type(file.name)[0])
        else:
            self.wrong.append(f"asked for {route.request.url}")
            route.abort()


@pytest.fixture
def width_px() -> int:
    return 1280


@pytest.fixture
def show(browser: Browser, width_px: int):
    page = browser.new_page(viewport={"width": width_px, "height": 740})
    shown: list[Shown] = []

    def open_map(html: str) -> Shown:
        shown.append(Shown(page, html))
        return shown[-1]

    yield open_map
    page.close()
    assert [wrong for one in shown for wrong in one.wrong] == []


def overview(look: Look = LOOK) -> str:
    zones = [Zone(3, NASTY, ZoneKind.NO_GO, None, box(118.1, 33.85, 118.2, 33.95))]
    return live_map(look, district_name="宿豫区", district=box(118.0, 33.7, 118.6, 34.1), zones=zones)


def week(language: str = "zh") -> str:
    return week_map(
        replace(LOOK, language=language),
        title="苏N12345",
        positions=track(*POINTS),
        since_us=MONDAY_US,
        until_us=MONDAY_US + 7 * 86_400 * 1_000_000,
        violations=[Marked(at_us(100), at_us(300), NASTY)],
        district=box(118.0, 33.7, 118.6, 34.1),
    )


def test_cars_come_by_events_and_their_names_are_text(show):
    page = show(overview()).page
    page.locator("path.car-driving").wait_for()
    page.locator("path.car-driving").click(force=True)

    assert page.locator("path.car").count() == 2
    assert page.locator(".card strong").inner_text() == NASTY
    assert page.locator(".card a").get_attribute("href") == "/vehicles/1"
    assert page.locator(".card dd").all_inner_texts() == ["行驶中", NASTY, "42 km/h", "10/02 09:00:00"]


def test_a_zone_with_a_nasty_name_is_told_as_it_is(show):
    page = show(overview()).page
    page.locator("path.zone-no-go").click(force=True)

    assert page.locator(".card strong").inner_text() == NASTY


@pytest.mark.parametrize("width_px", [390, 1280])
def test_a_click_in_the_legend_hides_and_shows(show):
    page = show(overview()).page
    page.locator("path.car-silent").wait_for()
    page.locator("details.legend").evaluate("legend => legend.open = true")
    page.get_by_label("失联").uncheck()

    assert page.locator("path.car-silent").is_hidden()
    assert page.locator("path.car-driving").is_visible()
    assert page.locator(".count-car-driving").inner_text() == "1"
    page.get_by_label("失联").check()
    assert page.locator("path.car-silent").is_visible()


def test_the_scripts_move_a_car_exactly_as_the_program_moves_a_zone(show):
    page = show(overview()).page
    lon, lat = np.random.default_rng(4).uniform([73, 4], [136, 54], (200, 2)).T
    for datum in ("gcj02", "bd09"):
        moved = page.evaluate(
            "([places, datum]) => places.map(([lon, lat]) => gongche.place(lon, lat, datum))",
            [np.column_stack([lon, lat]).tolist(), datum],
        )
        assert np.allclose(moved, np.column_stack(from_wgs84(lon, lat, datum)), atol=1e-9)
    assert page.evaluate("gongche.place(2.35, 48.86, 'gcj02')") == [2.35, 48.86]


def test_the_slider_puts_the_vehicle_where_it_was(show):
    page = show(week()).page
    seek = "(slider, second) => { slider.value = second; slider.dispatchEvent(new Event('input')); }"
    morning_s = (MORNING_US - MONDAY_US) // 1_000_000

    page.locator("input[type=range]").evaluate(seek, morning_s + 300)
    assert page.locator(".player output").inner_text() == "10月2日周五 09:05:00 · 行驶中 40 km/h"
    page.locator("input[type=range]").evaluate(seek, morning_s + 1_200)
    assert page.locator(".player output").inner_text() == "10月2日周五 09:20:00 · 停留"
    page.locator("input[type=range]").evaluate(seek, morning_s + 9_000)
    assert page.locator(".player output").inner_text() == "10月2日周五 11:30:00 · 此后无定位"


def test_a_day_shows_what_belongs_to_it(show):
    page = show(week("en")).page
    page.get_by_role("button", name="Thu 10-1").click()
    assert page.locator(".leaflet-pane path.track").count() == 0
    page.get_by_role("button", name="Fri 10-2").click()
    assert page.locator(".leaflet-pane path.track").count() == 2
    assert page.locator(".strip .is-held").get_attribute("title") == NASTY


def test_playing_moves_on(show):
    page = show(week()).page
    before = page.locator(".player output").inner_text()
    page.get_by_role("button", name="播放").click()
    page.wait_for_function("before => document.querySelector('.player output').textContent !== before", arg=before)
    page.get_by_role("button", name="暂停").click()


@pytest.mark.parametrize("width_px", [390, 1280])
def test_the_ends_of_a_violation_are_readable_without_a_click(show, width_px):
    positions, held = track(*POINTS), [(at_us(100), at_us(300))]
    page = show(evidence_map(LOOK, title="R06", positions=positions, held_us=held)).page
    labels = page.locator(".note").all()
    boxes = [label.bounding_box() for label in labels]

    assert [label.inner_text() for label in labels] == ["违规起点 10-02 09:01", "违规终点 10-02 09:05"]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width_px for box in boxes)


def test_a_map_without_positions_says_so(show):
    page = show(evidence_map(LOOK, title="R06", positions=track(*POINTS).take(slice(0, 0)), held_us=[])).page

    assert page.locator(".empty").inner_text() == "这段时间没有定位数据"
