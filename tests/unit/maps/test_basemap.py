"""Things are moved for display where the tiles are, and only there."""

import numpy as np
import pytest
from shapely.geometry import box

from geofence.datum import from_wgs84
from maps.basemap import Basemap

TILES = "https://tiles.example/{z}/{x}/{y}.png"


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000"])
def test_on_tianditu_and_osm_nothing_moves(datum):
    assert Basemap(TILES, datum).place(118.3, 33.9).tolist() == [[118.3, 33.9]]


def test_without_tiles_nothing_moves_whatever_their_datum_would_be():
    assert Basemap(None, "gcj02").place(118.3, 33.9).tolist() == [[118.3, 33.9]]
    assert Basemap(None, "gcj02").shift is None


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_on_shifted_tiles_points_move_with_them(datum):
    expected = np.column_stack(from_wgs84([118.3], [33.9], datum))

    assert np.allclose(Basemap(TILES, datum).place([118.3], [33.9]), expected, atol=1e-6)


def test_boundaries_move_too():
    geometry = Basemap(TILES, "gcj02").place_boundary(box(118.3, 33.9, 118.31, 33.91))
    lon, lat = np.array(geometry["coordinates"][0]).T

    assert geometry["type"] == "Polygon"
    assert lon.min() > 118.303
    assert lat.min() < 33.9
