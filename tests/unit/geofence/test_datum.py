"""WGS-84, CGCS2000, GCJ-02 and BD-09 into each other."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from geofence.datum import Datum, DatumError, datum_of, from_wgs84, to_wgs84
from geofence.distance import distance_m

BOUNDARIES = Path(__file__).parents[4] / "shared/data/boundaries"

inner_china = st.tuples(st.floats(73, 137), st.floats(1.5, 55))


@given(inner_china, st.sampled_from(Datum))
def test_there_and_back_is_the_same_place(place, datum):
    lon, lat = place
    there = from_wgs84(lon, lat, datum)
    back = to_wgs84(*there, datum)

    assert back[0] == pytest.approx(lon, abs=1e-9)
    assert back[1] == pytest.approx(lat, abs=1e-9)


def test_gcj02_moves_places_in_china_by_hundreds_of_metres():
    """100 to 700 m as a rule; nowhere by nothing, though by little where its waves cancel, and nowhere by more."""
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.arange(74, 135, 0.05), np.arange(18, 53.6, 0.05)))
    moved_lon, moved_lat = from_wgs84(lon, lat, "gcj02")
    moved_m = distance_m(lon * 1e7, lat * 1e7, moved_lon * 1e7, moved_lat * 1e7)

    assert moved_m.min() > 10
    assert moved_m.max() < 1_000
    assert np.percentile(moved_m, 10) > 100
    assert np.percentile(moved_m, 90) < 700


def test_tiananmen_is_where_other_converters_put_it():
    """Expected: eviltransform's and coordtransform's answers for (116.3975, 39.9087), to 1e-6 degrees."""
    assert np.allclose(from_wgs84(116.3975, 39.9087, "gcj02"), (116.403744, 39.910104), atol=1e-6)
    assert np.allclose(from_wgs84(116.3975, 39.9087, "bd09"), (116.410117, 39.916443), atol=1e-6)


@pytest.mark.parametrize("place", [(-6.85, 33.98), (139.7, 35.7), (2.35, 48.86)])
def test_gcj02_leaves_the_rest_of_the_world_alone(place):
    assert from_wgs84(*place, "gcj02") == place
    assert to_wgs84(*place, "gcj02") == place


def test_cgcs2000_counts_as_wgs84():
    assert from_wgs84(118.3, 33.9, "cgcs2000") == (118.3, 33.9)


def test_columns_keep_their_shape():
    lon, lat = to_wgs84(np.full((3, 2), 118.3), np.full((3, 2), 33.9), "bd09")

    assert lon.shape == lat.shape == (3, 2)


def test_what_is_given_is_not_written_to():
    lon = np.array([118.3])
    to_wgs84(lon, [33.9], "wgs84")[0][0] = 0

    assert lon[0] == 118.3


@pytest.mark.parametrize("written", ["WGS-84", "wgs84", " Wgs_84 "])
def test_a_datum_is_known_as_people_write_it(written):
    assert datum_of(written) is Datum.WGS84


@pytest.mark.parametrize(("given_name", "said"), [(None, "未注明坐标系"), ("", "no datum"), ("nad27", "nad27")])
def test_a_missing_or_unknown_datum_is_refused_in_both_languages(given_name, said):
    with pytest.raises(DatumError, match=said) as refusal:
        to_wgs84(118.3, 33.9, given_name)
    assert "wgs84" in refusal.value.zh
    assert "wgs84" in refusal.value.en


def _district(datum: str, adcode: str):
    path = BOUNDARIES / f"districts_{datum}.geojson"
    if not path.exists():
        pytest.skip(f"the district outlines are not here: {path}")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return shape(next(f["geometry"] for f in features if f["properties"]["adcode"] == adcode))


def _mean_distance_m(coarse, fine) -> float:
    """Mean distance of the coarse outline's vertices to the fine outline."""
    lat = coarse.centroid.y
    scale = np.array([111_195 * np.cos(np.radians(lat)), 111_195])
    points = shapely.points(shapely.get_coordinates(coarse) * scale)
    outline = shapely.transform(fine.boundary, lambda degrees: degrees * scale)
    return float(np.mean(shapely.distance(points, outline)))


@pytest.mark.parametrize("adcode", ["110101", "110102", "110105", "110106", "110107", "110108"])
def test_inner_beijing_drawn_in_gcj02_lands_on_its_wgs84_outline(adcode):
    """Real outlines by two makers: 280 to 350 m apart as they stand, 8 to 32 m once in one datum."""
    plain, shifted = _district("wgs84", adcode), _district("gcj02", adcode)
    converted = shapely.transform(shifted, lambda xy: np.column_stack(to_wgs84(*xy.T, "gcj02")))

    assert _mean_distance_m(plain, shifted) > 250
    assert _mean_distance_m(plain, converted) < 40


@pytest.mark.parametrize("adcode", ["321311", "610602", "360732", "610924", "360502"])
def test_a_coarsely_drawn_district_still_comes_closer(adcode):
    plain, shifted = _district("wgs84", adcode), _district("gcj02", adcode)
    converted = shapely.transform(shifted, lambda xy: np.column_stack(to_wgs84(*xy.T, "gcj02")))

    assert _mean_distance_m(plain, converted) < _mean_distance_m(plain, shifted) - 100
