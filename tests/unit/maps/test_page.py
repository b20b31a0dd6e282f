"""A map's page: what it loads, what may run in it."""

import re
from dataclasses import replace

import pytest
from shapely.geometry import box

from geofence.zone import Zone, ZoneKind
from maps.assets import Assets
from maps.basemap import Basemap
from maps.live import live_map
from maps.page import Look
from tests.unit.maps.build import scene_of

LOOK = Look(Assets(local=True))
NASTY = "</script><script>alert('公车')</script>${alert(1)}`&\u2028"


def overview(look=LOOK, name="宿豫区", zone_name="停车场"):
    zones = [Zone(3, zone_name, ZoneKind.HOME, 1, box(118.3, 33.9, 118.31, 33.91))]
    return live_map(look, district_name=name, district=box(118.0, 33.7, 118.6, 34.1), zones=zones)


def test_with_local_assets_no_address_leads_away():
    assert re.findall(r"https?://[^\s\"']+", overview()) == []


def test_without_them_leaflet_comes_from_a_cdn_and_is_checked():
    html = overview(Look(Assets(local=False)))

    assert len(re.findall(r'="https://cdn\.jsdelivr\.net/[^"]+" integrity="sha384-[^"]{64}"', html)) == 2
    assert Assets(local=False).origins == ("https://cdn.jsdelivr.net",)
    assert Assets(local=True).origins == ()


def test_a_name_cannot_run():
    html = overview(name=NASTY, zone_name=NASTY)

    assert "<script>alert" not in html
    assert scene_of(html)["features"][1]["properties"]["title"] == NASTY


def test_every_inline_script_carries_the_nonce():
    html = overview(replace(LOOK, nonce="n0nce"), zone_name=NASTY)
    inline = [tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag]

    assert inline
    assert set(inline) == {'<script nonce="n0nce">'}


def test_the_same_things_give_the_same_page():
    assert overview() == overview()


@pytest.mark.parametrize(("language", "lang", "word"), [("zh", "zh-CN", "停放点"), ("en", "en", "Home")])
def test_the_page_speaks_one_language(language, lang, word):
    html = overview(replace(LOOK, language=language))

    assert f'<html lang="{lang}">' in html
    assert scene_of(html)["legend"][1]["items"][0]["text"] == word


def test_tiles_are_shown_with_their_attribution_as_text():
    tiles = Basemap("https://tiles.example/{z}/{x}/{y}.png", "gcj02", "© 某图 <b>审图号</b>")
    html = overview(replace(LOOK, basemap=tiles))

    assert "https://tiles.example/{z}/{x}/{y}.png" in html
    assert "<b>审图号" not in html
    assert scene_of(html)["live"]["shift"] == "gcj02"


def test_without_tiles_there_is_no_tile_layer():
    assert "L.tileLayer" not in overview()


def test_an_unknown_district_shows_the_country():
    html = live_map(LOOK, district_name="", district=None, zones=[])

    assert scene_of(html)["bounds"] == [[22.0, 97.0], [42.0, 123.0]]


def test_a_jurisdiction_lies_under_the_other_zones():
    zones = [
        Zone(1, "停车场", ZoneKind.HOME, 1, box(118.3, 33.9, 118.31, 33.91)),
        Zone(2, "辖区", ZoneKind.JURISDICTION, None, box(118.0, 33.7, 118.6, 34.1)),
    ]
    scene = scene_of(live_map(LOOK, district_name="", district=None, zones=zones))

    assert [feature["properties"]["title"] for feature in scene["features"]] == ["辖区", "停车场"]
