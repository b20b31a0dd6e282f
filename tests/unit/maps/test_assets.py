"""What is pinned for npm is what pages load from elsewhere where npm was not run."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from maps.assets import LEAFLET_CSS, LEAFLET_JS, VERSION

TOP = Path(__file__).parents[3]
PACKAGE = json.loads((TOP / "package.json").read_text(encoding="utf-8"))


def test_the_pinned_leaflet_is_the_one_of_the_cdn():
    assert PACKAGE["dependencies"]["leaflet"] == VERSION


def test_the_lock_names_no_registry():
    assert "://" not in "".join(
        str(package.get("resolved", ""))
        for package in json.loads((TOP / "package-lock.json").read_text(encoding="utf-8"))["packages"].values()
    )


@pytest.mark.parametrize("file", [LEAFLET_JS, LEAFLET_CSS], ids=lambda file: file.name)
def test_the_hash_is_that_of_the_installed_file(file):
    installed = TOP / "api/static/vendor" / file.name
    if not installed.is_file():
        pytest.skip("the pages' assets are not installed (npm ci)")
    digest = hashlib.sha384(installed.read_bytes()).digest()

    assert file.integrity == "sha384-" + base64.b64encode(digest).decode()


def test_npm_copies_what_pages_ask_for():
    assert {LEAFLET_JS.name, LEAFLET_CSS.name} <= set(PACKAGE["vendor"])
