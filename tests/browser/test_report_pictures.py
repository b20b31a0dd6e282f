"""Pictures of each report's pages, as PDF and as DOCX, after three weeks of the office in the demonstration."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pypdfium2
import pytest
from PIL import Image

from api.site import Site
from gongche.district.history import make_history
from tests.acceptance import test_the_office as walk
from tests.browser.browser import chromium
from tests.builders.receivers import web_receiver
from tests.builders.walking import World, world
from tests.integration.api.builders import local
from tests.integration.api.office import Desk

TOP = Path(__file__).parents[2]
PICTURES = TOP / "docs" / "pictures" / "reports"
SCRIPTS = [TOP / "node_modules" / name for name in ("jszip/dist/jszip.min.js", "docx-preview/dist/docx-preview.min.js")]
WIDTH_PX = 620
TWO_PAGES_PX = 1754
PAGES_OF = {"spot_check": {1, 2, 3, 8, 9}, "case_file": {1, 2, 3}}
"""Which pages of a report are kept, of the others the first two; the ninth of a spot check is one of its maps."""

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("GONGCHE_PICTURES"), reason="takes the documents' pictures: only with GONGCHE_PICTURES=1"
    ),
    pytest.mark.timeout(1200),
]


@pytest.fixture
def office(site: Site) -> Iterator[World]:
    with world(site, make_history(), local("2026-09-18 00:00"), walk.PEOPLE, {walk.UNIT: "SY001"}) as it:
        yield it


def test_pictures_of_reports(office: World) -> None:
    with web_receiver() as receiver:
        walk.the_office_works_until_october(office, receiver)
    with psycopg.connect(office.dsn) as conn:  # judged by today's clock, long after
        conn.execute("update violations set found_at = end_at + interval '20 s'")
    reports = {kind: f"/reports/{id_}" for kind, id_ in office.rows("select kind, max(id) from reports group by kind")}
    with office.desk(walk.HEAD) as head:
        reports["week"] = walk.issued(head, "week", walk.WEEK)
        reports["case_file"] = walk.issued(head, "case_file", "1")
        assert set(reports) == {"spot_check", "week", "ranking", "holiday", "bulletin", "case_file"}
        PICTURES.mkdir(parents=True, exist_ok=True)
        for kind, address in reports.items():
            for page, picture in enumerate(pages_of_pdf(file(head, address, "pdf")), 1):
                if page in PAGES_OF.get(kind, {1, 2}):
                    keep(picture, f"{kind}-pdf-{page}")
            keep(first_of_docx(file(head, address, "docx")), f"{kind}-docx")


def file(desk: Desk, address: str, form: str) -> bytes:
    answer = desk.client.get(f"{address}/{form}")
    assert answer.status_code == 200, answer.text
    return answer.content


def pages_of_pdf(content: bytes) -> Iterator[Image.Image]:
    for page in pypdfium2.PdfDocument(content):
        yield page.render(scale=2).to_pil()


def first_of_docx(content: bytes) -> Image.Image:
    """The first pages as a program that shows DOCX in a browser lays them out."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 900, "height": 1300})
        page.set_content("<body style='margin:0'><div id=there></div>")
        for script in SCRIPTS:
            page.add_script_tag(path=script)
        page.evaluate(
            """async data => {
                const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
                await docx.renderAsync(bytes, document.getElementById("there"), null, {inWrapper: false});
            }""",
            base64.b64encode(content).decode(),
        )
        shot = page.locator("section.docx").first.screenshot()
    return Image.open(io.BytesIO(shot))


def keep(picture: Image.Image, name: str) -> None:
    """Small: in few colours."""
    height = round(picture.height * WIDTH_PX / picture.width)
    small = picture.convert("RGB").resize((WIDTH_PX, height), Image.Resampling.LANCZOS)
    small.crop((0, 0, WIDTH_PX, min(height, TWO_PAGES_PX))).quantize(64).save(PICTURES / f"{name}.png", optimize=True)
