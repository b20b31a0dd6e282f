"""The page that a document becomes: opened from a file, without any network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from gongche.press import Format, render
from maps.still import still_map
from oversight.document import Paragraph
from tests.browser.browser import Watched, chromium
from tests.builders.reports import document, spot_check
from tests.unit.maps.build import drive, track


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("width_px", [390, 1280])
def test_it_opens_from_a_file_with_its_maps_and_its_own_style(browser: Browser, tmp_path: Path, width_px: int) -> None:
    maps = [still_map("zh", "Asia/Shanghai", positions=track(*drive(minutes=10)))] * 2
    (tmp_path / "report.html").write_bytes(render(spot_check(pictures=maps), Format.HTML))
    context = browser.new_context(viewport={"width": width_px, "height": 900})
    watched = Watched()
    watched.watch(context)
    page = context.new_page()

    page.goto((tmp_path / "report.html").as_uri())

    assert page.locator("figure svg >> visible=true").count() >= 2
    assert page.locator("main").evaluate("it => getComputedStyle(it).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") <= width_px, "wider than the window"
    assert watched.complaints == []
    assert watched.left == [page.url], "asks for something beside itself"


def test_nothing_that_people_wrote_runs(browser: Browser, tmp_path: Path) -> None:
    text = '</style><script>document.title="run"</script><img src=x onerror=\'document.title="run"\'>'
    (tmp_path / "report.html").write_bytes(render(document(Paragraph(text=text)), Format.HTML))
    page = browser.new_page()

    page.goto((tmp_path / "report.html").as_uri())

    assert page.title() != "run"
    assert text in page.inner_text("main")
