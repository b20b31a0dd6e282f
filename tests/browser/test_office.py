"""The office in a browser, wide and on a telephone: a case, a claims sheet, a purchase; and that each page fits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser import PHONE, WIDE, Watched, visit
from tests.browser.test_draws import shot
from tests.builders.workbooks import workbook
from tests.finance.table import HEADINGS
from tests.fixtures.pages import PASSWORD, ServedPages
from tests.integration.api.builders import District

SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])


@pytest.fixture
def people(pages: ServedPages, built: District, scene: dict[str, int]) -> dict[str, str]:
    """Somebody of each role that the office works with; the unit manager is of the car's unit. All is judged."""
    built.conn.execute("truncate marks")
    (unit,) = built.conn.execute("select unit_id from vehicles where id = %s", (scene["car"],)).fetchone() or (0,)
    names = {role: pages.person(role) for role in ("staff", "head", "finance")}
    return names | {"unit_manager": pages.person("unit_manager", unit_id=unit)}


@contextmanager
def desk(browser: Browser, pages: ServedPages, size: tuple[int, int], watched: Watched, name: str) -> Iterator[Page]:
    """Somebody who has signed in."""
    with visit(browser, pages.url, size, watched) as page:
        page.goto("/sign-in?lang=zh")
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/")
        yield page


def acts(page: Page, act: str, **fields: str) -> None:
    """Fills in the form of an act and sends it."""
    form = page.locator(f"form:has(input[name=act][value={act}])").first
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if name == "outcome":
            field.select_option(value)
        else:
            field.fill(value)
    with page.expect_navigation():
        form.locator("button").click()


@SIZES
def test_a_case_is_opened_heard_and_decided_by_another_person(
    pages: ServedPages,
    scene: dict[str, int],
    people: dict[str, str],
    browser: Browser,
    watched: Watched,
    size: tuple[int, int],
) -> None:
    with desk(browser, pages, size, watched, people["staff"]) as staff:
        staff.goto(f"/violations/{scene['violation']}")
        staff.locator("form[action='/cases'] button").click()
        staff.wait_for_url("**/cases/*")
        case = staff.url
        acts(staff, "take")
        acts(staff, "ask", text="10 月 2 日行驶，无派车单，请说明用途。")
        expect(staff.locator(".stages [aria-current]")).to_have_text("单位说明")
        shot(staff, f"case-asked-{size[0]}")
    with desk(browser, pages, size, watched, people["unit_manager"]) as unit:
        unit.goto(case)
        acts(unit, "answer", text="驾驶员私自用车，承认。")
        shot(unit, f"case-answered-{size[0]}")
    with desk(browser, pages, size, watched, people["staff"]) as staff:
        staff.goto(case)
        expect(staff.locator("form:has(input[value=decide])")).to_have_count(0)
    with desk(browser, pages, size, watched, people["head"]) as head:
        head.goto(case)
        acts(head, "decide", outcome="violation", text="本人承认，轨迹清楚。")
        expect(head.locator("h1")).to_contain_text("属实")
        expect(head.locator(".events")).to_contain_text("本人承认，轨迹清楚。")
        shot(head, f"case-decided-{size[0]}")
        head.goto("/points")
        expect(head.locator("main")).to_contain_text("区教育局")
        shot(head, f"points-{size[0]}")


@SIZES
def test_a_claims_sheet_is_sent_told_row_by_row_and_downloaded(
    pages: ServedPages,
    people: dict[str, str],
    browser: Browser,
    watched: Watched,
    size: tuple[int, int],
    tmp_path: Path,
) -> None:
    rows = [[plate, "2026-09-22", "保险", 3000, "", "", "", "", ""] for plate in ("苏N12345", "苏N99999", "N10001")]
    sheet = workbook(tmp_path / "九月报销.xlsx", HEADINGS, *rows)
    with desk(browser, pages, size, watched, people["finance"]) as page:
        page.goto("/finance")
        shot(page, f"finance-{size[0]}")
        page.locator("input[type=file]").set_input_files(sheet)
        page.locator("form[action='/finance/checks'] button").click()
        page.wait_for_url("**/finance/checks/*")
        expect(page.locator("table.rows tbody tr")).to_have_count(3)
        for verdict in ("可支出", "需核实", "不予支出"):
            expect(page.locator("table.rows tbody")).to_contain_text(verdict)
        shot(page, f"finance-check-{size[0]}")
        with page.expect_download() as download:
            page.locator(".head-action a").click()
        assert download.value.suggested_filename.endswith(".xlsx")


@SIZES
def test_a_car_is_asked_for_voted_on_and_decided(
    pages: ServedPages, people: dict[str, str], browser: Browser, watched: Watched, size: tuple[int, int]
) -> None:
    with desk(browser, pages, size, watched, people["unit_manager"]) as unit:
        unit.goto("/purchases")
        shot(unit, f"purchases-empty-{size[0]}")
        for name, value in (("use_class", "general"), ("body", "sedan"), ("energy", "electric")):
            unit.locator(f"[name={name}]").select_option(value)
        unit.locator("[name=price_yuan]").fill("165000")
        unit.locator("[name=reason]").fill("现有车辆已达报废年限，维修费用高，不再适合公务出行。")
        unit.locator("form[action='/purchases'] button").click()
        unit.wait_for_url("**/purchases/*")
        request = unit.url
        shot(unit, f"purchase-asked-{size[0]}")
    with desk(browser, pages, size, watched, people["staff"]) as staff:
        staff.goto("/purchases")
        with staff.expect_navigation():
            staff.locator(".head-action .btn-primary").click()
        staff.locator("[name=members]").fill("财政局 王处长\n纪检监察组\n机关事务中心")
        with staff.expect_navigation():
            staff.locator("form[action$='/meetings'] button").click()
        for number in range(3):
            line = staff.locator(".papers li").nth(number)
            line.locator("summary").click()
            line.locator(f"input[value={'against' if number == 2 else 'for'}]").check()
            line.locator("[name=reason]").fill("符合更新条件" if number < 2 else "建议租用")
            with staff.expect_navigation():
                line.locator("form button").click()
        expect(staff.locator("h1")).to_contain_text("待决定")
        shot(staff, f"purchase-voted-{size[0]}")
    with desk(browser, pages, size, watched, people["head"]) as head:
        head.goto(request)
        head.locator("[name=approved_yuan]").fill("150000")
        head.locator("form[action$='/decision'] [name=reason]").fill("按会议表决批准")
        head.locator("form[action$='/decision'] button").click()
        expect(head.locator("h1")).to_contain_text("批准")
        for language in ("zh", "en"):
            head.goto(f"{request}?lang={language}")
            shot(head, f"purchase-{language}-{size[0]}")
            head.goto("/purchases")
            shot(head, f"purchases-{language}-{size[0]}")


@SIZES
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_page_of_the_office_fits_its_window(
    pages: ServedPages,
    scene: dict[str, int],
    browser: Browser,
    watched: Watched,
    size: tuple[int, int],
    language: str,
) -> None:
    """Of somebody who may do nearly all, with a case, a tip and a draw."""
    with desk(browser, pages, size, watched, "admin") as page:
        page.goto(f"/violations/{scene['violation']}")
        with page.expect_navigation():
            page.locator("form[action='/cases'] button").click()
        page.goto("/tips")
        for name, value in (("plate", "苏N12345"), ("at", "2026-10-02T14:10"), ("what", "公车停在酒店门口")):
            page.locator(f"[name={name}]").fill(value)
        with page.expect_navigation():
            page.locator("form[action='/tips'] button").click()
        page.goto(f"/?lang={language}")
        for path in ("/cases", "/cases/1", "/ledger", "/points", "/tips", "/tips/1", "/draws", "/draws/coverage"):
            page.goto(path)
            shot(page, f"office{path.replace('/', '-')}-{language}-{size[0]}")
        for path in ("/finance", "/purchases", "/people", "/audit?what=all"):
            page.goto(path)
            shot(page, f"office{path.partition('?')[0].replace('/', '-')}-{language}-{size[0]}")
