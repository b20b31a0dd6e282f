"""What maps say."""

import pytest

from geofence.zone import ZoneKind
from maps.live import STATES
from maps.words import day_names, distance_text, duration_text, words


@pytest.mark.parametrize("key", [*(kind.value for kind in ZoneKind), *STATES])
def test_every_kind_of_zone_and_state_of_a_car_has_a_name(key):
    assert words("zh")[key] != words("en")[key]


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 s"),
        (59, "59 秒", "59 s"),
        (300, "5 分", "5 min"),
        (7_500, "2 小时 5 分", "2 h 5 min"),
        (7_200, "2 小时", "2 h"),
        (90_060, "1 天 1 小时 1 分", "1 d 1 h 1 min"),
    ],
)
def test_durations_are_said_to_the_minute(seconds, zh, en):
    assert duration_text(seconds * 1_000_000, "zh") == zh
    assert duration_text(seconds * 1_000_000, "en") == en


def test_distances_are_metres_then_kilometres():
    assert distance_text(849.6, "zh") == "850 米"
    assert distance_text(12_440, "en") == "12.4 km"


def test_a_week_begins_on_monday():
    assert day_names("zh")[0] == "周一"
    assert day_names("en")[6] == "Sun"
