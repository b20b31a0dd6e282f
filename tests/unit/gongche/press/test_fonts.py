"""Which fonts a page is set in, and what is said when there are none."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gongche.press import Format, fonts, render
from gongche.press.fonts import SHIPPED, code_points, fonts_in
from gongche.problem import Problem
from oversight.document import Paragraph, Picture
from tests.builders.reports import SVG, document

TOP = Path(__file__).parents[4]
PACKAGE = json.loads((TOP / "package.json").read_text(encoding="utf-8"))
needs_shipped = pytest.mark.skipif(not SHIPPED.is_dir(), reason="npm ci has not put the fonts there")


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that ``npm ci`` was not run on and whose system knows no Chinese."""
    monkeypatch.setattr(fonts, "SHIPPED", tmp_path / "none")
    monkeypatch.setattr(fonts.typst, "Fonts", lambda **_: SimpleNamespace(fonts=list))


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.parametrize(
    ("format", "block"),
    [(Format.PDF, Paragraph(text="甲")), (Format.DOCX, Picture(svg=SVG, caption="", description=""))],
)
def test_without_fonts_it_is_said_in_both_languages_what_to_do(format: Format, block: Any) -> None:
    with pytest.raises(Problem) as told:
        render(document(block), format)

    for text in (told.value.zh, told.value.en):
        assert "npm ci" in text
        assert "GONGCHE_FONT_FOLDER" in text


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.parametrize("format", [Format.DOCX, Format.XLSX, Format.HTML])
def test_what_needs_no_fonts_is_made_without_them(format: Format) -> None:
    assert render(document(Paragraph(text="甲")), format)


def test_a_font_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="GONGCHE_FONT_FOLDER"):
        fonts_in(tmp_path / "nowhere")


def renamed(font: bytes, family: str) -> bytes:
    """The font under another, shorter family name, as an office's own."""
    made = bytearray(font)
    tables = [struct.unpack_from(">4sIII", made, 12 + 16 * n) for n in range(struct.unpack_from(">H", made, 4)[0])]
    at = next(offset for tag, _, offset, _ in tables if tag == b"name")
    count, strings = struct.unpack_from(">HH", made, at + 2)
    for record in range(at + 6, at + 6 + 12 * count, 12):
        name, _, offset = struct.unpack_from(">HHH", made, record + 6)
        if name in (1, 16):
            said = family.encode("utf-16-be")
            struct.pack_into(">H", made, record + 8, len(said))
            made[at + strings + offset : at + strings + offset + len(said)] = said
    return bytes(made)


@needs_shipped
def test_the_offices_own_fonts_come_first_and_the_shipped_ones_fill_in(tmp_path: Path) -> None:
    own = renamed((SHIPPED / "NotoSansSC-Medium.ttf").read_bytes(), "仿宋")
    (tmp_path / "own.ttf").write_bytes(own)

    found = fonts_in(tmp_path)

    assert found.families["body"] == ["仿宋", "Noto Serif SC"]
    assert found.families["hei"] == ["Noto Sans SC"]
    pages = render(document(Paragraph(text="甲")), Format.PDF, tmp_path)
    assert pages != render(document(Paragraph(text="甲")), Format.PDF)


@needs_shipped
def test_code_points_are_those_of_the_font() -> None:
    points = code_points(SHIPPED / "NotoSansSC-Medium.ttf")

    assert {ord(letter) for letter in "公务用车苏N·12345〔〕—"} <= points
    assert not {0x0627, 0x1F600, 0xFFFF} & points


@needs_shipped
def test_every_pinned_font_is_shipped_with_its_licence() -> None:
    assert {file.name for file in SHIPPED.iterdir()} == set(PACKAGE["fonts"])
    for name in PACKAGE["fonts"]:
        if name.endswith(".txt"):
            assert "SIL OPEN FONT LICENSE" in (SHIPPED / name).read_text(encoding="utf-8").upper()


def test_fonts_go_into_the_package_and_into_the_image() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))

    assert {"press/fonts/*", "press/*.typ", "press/*.css"} <= set(
        project["tool"]["setuptools"]["package-data"]["gongche"]
    )
    dockerfile = (TOP / "Dockerfile").read_text(encoding="utf-8")
    assert "COPY --from=assets /gongche/gongche/press/fonts gongche/press/fonts" in dockerfile
    # Those of the machine that builds are left behind: the image has what is pinned.
    assert "gongche/press/fonts" in (TOP / ".dockerignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here")
def test_the_script_of_npm_copies_fonts_and_scripts(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text((TOP / "package.json").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "api/static").mkdir(parents=True)
    shutil.copy(TOP / "api/static/vendor.mjs", tmp_path / "api/static")
    for source in (*PACKAGE["vendor"].values(), *PACKAGE["fonts"].values()):
        file = tmp_path / "node_modules" / source
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)

    subprocess.run(["node", "api/static/vendor.mjs"], cwd=tmp_path, check=True)

    for folder, what in (("api/static/vendor", "vendor"), ("gongche/press/fonts", "fonts")):
        there = {file.name: file.read_text() for file in (tmp_path / folder).iterdir()}
        assert there == PACKAGE[what]
