from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.browser import Watched, chromium
from tests.fixtures.pages import NOON, ServedPages
from tests.integration.api.builders import DISTRICT, HOME, HOTEL, District, district, local, spans_evidence


@pytest.fixture
def browser(pages: ServedPages) -> Iterator[Browser]:
    """A browser, started after the pages: while Playwright runs, nothing else can run a loop in this thread."""
    assert pages.url
    with chromium() as browser:
        yield browser


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Fails the test that used it for any complaint of the browser and any request to another machine."""
    watched = Watched()
    yield watched
    assert watched.complaints == []
    assert watched.left == []


@pytest.fixture
def built(database: str) -> Iterator[District]:
    """Builders on the test's database."""
    with district(database) as builders:
        yield builders


@pytest.fixture
def scene(built: District) -> dict[str, int]:
    """A district with two cars, one of which drove on National Day and drives now."""
    unit = built.unit("区教育局")
    built.zone("宿豫区", "jurisdiction", DISTRICT)
    built.zone("教育局停车场", "home", HOME, unit)
    hotel = built.zone("骆马湖大酒店", "sensitive", HOTEL)
    car = built.vehicle("苏N12345", unit=unit)
    built.latest(built.vehicle("苏N00002", unit=unit), NOON)
    start, end = local("2026-10-02 14:00"), local("2026-10-02 14:30")
    built.track(car, start)
    built.trip(car, start, end)
    built.stop(car, local("2026-10-01 18:00"), start)
    built.gap(car, end, local("2026-10-02 16:00"))
    built.order(car, local("2026-10-02 08:00"), local("2026-10-02 12:00"))
    violation = built.violation(car, "R06", start, evidence=spans_evidence([(start, end)], zones=[hotel]))
    built.latest(car, NOON, speed_kmh=46)
    return {"car": car, "violation": violation}
