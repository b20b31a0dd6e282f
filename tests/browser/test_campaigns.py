"""Holiday campaigns in a browser, wide and on a telephone, in both languages: before, during, after."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser import PHONE, WIDE, Watched, visit
from tests.builders.campaigns import KEY, holiday_fleet, told_until
from tests.fixtures.pages import PASSWORD, ServedPages, make_user, served
from tests.integration.api.builders import District, local

SHOTS = os.environ.get("GONGCHE_SHOTS")
BEFORE, DURING, AFTER = (local(f"{moment}") for moment in ("2026-09-29 09:00", "2026-10-05 09:00", "2026-10-08 09:00"))


@pytest.fixture(params=[BEFORE, DURING, AFTER], ids=["before", "during", "after"])
def moment(request: pytest.FixtureRequest) -> datetime:
    told: datetime = request.param
    return told


@pytest.fixture
def then(pages: ServedPages, built: District, moment: datetime) -> Iterator[ServedPages]:
    """The pages at that moment, with a request that waits and a unit's manager."""
    fleet = holiday_fleet(built)
    unit = built.conn.execute("select unit_id from vehicles where id = %s", (fleet["home"],)).fetchone()
    assert unit is not None
    asyncio.run(make_user(pages.site.dsn, "王主任", "head"))
    asyncio.run(make_user(pages.site.dsn, "赵管车", "unit_manager", unit_id=unit[0]))
    asyncio.run(told_until(pages.site.dsn, moment))
    built.conn.execute(
        "insert into campaign_exemptions (key, vehicle_id, kind, first, last, reason, requested_by, requested_at)"
        " values (%s, %s, 'duty', '2026-10-06', '2026-10-07', '高考阅卷点值班接送', '赵管车', %s)",
        (KEY, fleet["ordered"], local("2026-09-28 10:12")),
    )
    with served(replace(pages.site, now=lambda: moment)) as serving:
        yield serving


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_campaign_is_shown_from_the_notice_to_the_summary(
    then: ServedPages, browser: Browser, watched: Watched, moment: datetime, size: tuple[int, int], language: str
) -> None:
    with visit(browser, then.url, size, watched) as page, signed_in(page, "王主任"):
        tag = f"{language}-{size[0]}-{moment:%m%d}"
        page.goto(f"/campaigns?lang={language}")
        shot(page, f"campaigns-{tag}")
        page.locator(f"a.btn-primary[href='/campaigns/{KEY}']").click()
        page.wait_for_url(f"**/campaigns/{KEY}")
        shot(page, f"campaign-{tag}")
        if moment != AFTER:
            page.locator("button[value=true]").click()
            expect(page.locator(".finding-nothing")).to_be_visible()
        else:
            expect(page.locator("#summary")).to_be_visible()
        page.goto("/")
        expect(page.locator(f"main a[href='/campaigns/{KEY}']")).to_be_visible()
        shot(page, f"overview-{tag}")


@pytest.mark.parametrize("moment", [BEFORE], indirect=True)
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_unit_confirms_that_its_cars_are_sealed(
    then: ServedPages, browser: Browser, watched: Watched, size: tuple[int, int]
) -> None:
    with visit(browser, then.url, size, watched) as page, signed_in(page, "赵管车"):
        page.goto(f"/campaigns/{KEY}")
        expect(page.locator(".count").first).to_have_text("0/5")
        page.locator("input[name=vehicle]").first.check()
        page.locator(".form-foot button").click()
        expect(page.locator(".count").first).to_have_text("1/5")
        page.locator(".ask summary").click()
        shot(page, f"unit-{size[0]}")


@contextmanager
def signed_in(page: Page, name: str) -> Iterator[None]:
    page.goto("/sign-in?lang=zh")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/")
    yield


def shot(page: Page, name: str) -> None:
    """For looking at, where GONGCHE_SHOTS names a folder."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True, scale="css")
