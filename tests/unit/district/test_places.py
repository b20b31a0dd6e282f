"""Roads and places: inside the district, apart from each other, where they should be."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import shapely

from fleet.plate import normal_plate
from geofence.zone import ZoneKind
from gongche.district.history import District
from gongche.district.load import zones_of
from gongche.district.plane import to_degrees, to_plane


def test_all_roads_run_well_inside_the_district(district: District) -> None:
    roads, outline = district.roads, district.places.district
    lines = [
        shapely.LineString([roads.nodes[node], roads.nodes[other]])
        for node, neighbours in enumerate(roads.neighbours)
        for other, _, _ in neighbours
    ]
    assert shapely.contains(outline, lines).all()
    assert shapely.distance(outline.exterior, lines).min() > 200


def test_there_is_a_way_from_anywhere_to_anywhere(district: District) -> None:
    roads = district.roads
    for end in range(0, len(roads.nodes), 97):
        nodes, speeds_kmh = roads.route(5, end)
        assert (nodes[0], nodes[-1]) == (5, end)
        assert len(speeds_kmh) == len(nodes) - 1
        assert set(speeds_kmh) <= {46.0, 68.0}


def test_the_quickest_way_is_no_slower_than_a_detour(district: District) -> None:
    roads = district.roads

    def hours(start: int, end: int) -> float:
        nodes, speeds_kmh = roads.route(start, end)
        lengths_m = np.linalg.norm(np.diff(roads.nodes[nodes], axis=0), axis=1)
        return float((lengths_m / 1000 / np.array(speeds_kmh)).sum())

    for start, over, end in [(3, 700, 1100), (40, 41, 900), (1200, 10, 600)]:
        assert hours(start, end) <= hours(start, over) + hours(over, end) + 1e-9


def test_403_cars_stand_in_the_yards_of_40_units(district: District) -> None:
    yards = district.places.yards
    assert (len(yards), len(district.cars)) == (40, 403)
    assert {car.unit_code for car in district.cars} == {yard.unit_code for yard in yards}
    for car in district.cars:
        assert car.slot.area is not None
        to_fence_m = car.slot.area.exterior.distance(shapely.Point(car.slot.spot))
        assert car.slot.area.contains(shapely.Point(car.slot.spot))
        assert to_fence_m > 50 > 3 * 12  # three times what a plain tracker is off at most


def test_plates_and_trackers_are_well_formed_and_different(district: District) -> None:
    plates, trackers = ([getattr(car, name) for car in district.cars] for name in ("plate", "tracker"))
    assert len(set(plates)) == len(set(trackers)) == 403
    assert all(normal_plate(plate) == plate for plate in plates)
    assert {len(plate) for plate in plates} == {7, 8}
    assert {len(tracker) for tracker in trackers} <= {12, 15}
    assert all(tracker.isdigit() for tracker in trackers)


def test_areas_keep_apart_and_names_are_different(district: District) -> None:
    zones = zones_of(district)
    assert len({zone.name for zone in zones}) == len(zones)
    areas = [shapely.transform(zone.boundary, to_plane) for zone in zones if zone.kind is not ZoneKind.JURISDICTION]
    assert min(a.distance(b) for a, b in combinations(areas, 2)) > 250
    assert all(area.within(district.places.district) for area in areas)


def test_nothing_innocent_stands_near_a_sensitive_place(district: District) -> None:
    places = district.places
    sensitive = shapely.union_all([place.area for place in places.sensitive])
    spots = [place.spot for place in [*places.official, *places.private]] + [car.slot.spot for car in district.cars]
    assert shapely.distance(sensitive, shapely.points(np.array(spots))).min() > 200


def test_places_beyond_the_border_are_beyond_it_and_the_border_road_hardly(district: District) -> None:
    places = district.places

    def off_m(spots: np.ndarray) -> np.ndarray:
        return shapely.distance(places.district, shapely.points(spots))

    for place in places.outside:
        away_m = off_m(place.approach)
        assert away_m[-1] > 5_000
        assert (np.diff(away_m) >= 0).all()  # once out, it does not come near again
    assert off_m(places.border_road.approach).max() < 300
    assert off_m(places.border_road.approach).min() > 200
    assert 600 < off_m(places.turning_place.approach)[-1] < 1_000


def test_the_plane_and_degrees_are_each_others_inverse() -> None:
    degrees = np.array([[118.0, 34.1], [118.6, 33.8]])
    assert np.allclose(to_degrees(to_plane(degrees)), degrees, atol=1e-12)
