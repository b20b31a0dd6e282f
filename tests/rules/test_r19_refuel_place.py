"""R19 加油地点不符."""

from __future__ import annotations

from fleet.position import Flag
from geofence.zone import Zone
from tests.builders.claims import fuelled, repaired, tolled
from tests.builders.ruling import driving, found, ordered, standing, violations, waived, zone
from tests.builders.tracks import Fix, saying

STATION = "城东加油站"
CLAIM = fuelled("09-29 10:00", place=STATION)
IN_THE_YARD = standing("09-29 09:00", 120)
FOUND = ["09-29 10:00 +1"]


def station(east_m: float = 5_000, *, since: str | None = None, until: str | None = None) -> Zone:
    """Of 20 m to each side."""
    return zone("refuel", east_m=east_m, half_m=20, name=STATION, since=since, until=until)


def test_case_the_car_stood_in_its_yard() -> None:
    assert found("R19", IN_THE_YARD, station(), CLAIM) == FOUND


def test_case_the_car_drove_elsewhere() -> None:
    assert found("R19", driving("09-29 09:30", 60), station(-5_000), CLAIM) == FOUND


def test_case_what_it_rests_on_is_told() -> None:
    claim = fuelled("09-29 10:00", 38.5, place=STATION, kind="92", invoice="031002200111")
    place = station()
    (violation,) = violations("R19", IN_THE_YARD, place, claim)
    (told,), (why,) = violation.evidence["claims"], violation.evidence["found"]
    assert (told["id"], told["invoice"], told["place"], told["litres"]) == (claim.id, "031002200111", STATION, "38.5")
    assert (why["word"], why["zone"], why["claims"], why["nearest_m"]) == ("fuelled_away", place.id, [claim.id], 4979)


def test_near_miss_within_300_m() -> None:
    """From the station's border, 20 m from its middle."""
    assert found("R19", IN_THE_YARD, station(319), CLAIM) == []
    assert found("R19", IN_THE_YARD, station(322), CLAIM) == FOUND


def test_near_miss_twenty_minutes_before_and_after() -> None:
    """There for a minute, and 5 km away else; the claim's minute is 10:00."""

    def there(at: str, back: str) -> list[Fix]:
        return [
            *standing("09-29 09:00", minutes(at)),
            *standing(f"09-29 {at}", 0.5, east_m=5_000, every_s=15),
            *standing(f"09-29 {back}", 80),
        ]

    def minutes(clock: str) -> float:
        return (int(clock[:2]) - 9) * 60 + int(clock[3:]) - 5

    assert found("R19", there("09:39", "09:45"), station(), CLAIM) == FOUND
    assert found("R19", there("09:40", "09:46"), station(), CLAIM) == []
    assert found("R19", there("10:20", "10:26"), station(), CLAIM) == []
    assert found("R19", there("10:21", "10:27"), station(), CLAIM) == FOUND


def test_near_miss_covered_to_the_last_minute() -> None:
    assert found("R19", standing("09-29 09:40", 41), station(), CLAIM) == FOUND
    assert found("R19", standing("09-29 09:41", 60), station(), CLAIM) == []
    assert found("R19", standing("09-29 09:00", 80), station(), CLAIM) == []


def test_near_miss_ten_minutes_between_two_fixes() -> None:
    assert found("R19", standing("09-29 09:00", 120, every_s=600), station(), CLAIM) == FOUND
    assert found("R19", standing("09-29 09:00", 121, every_s=605), station(), CLAIM) == []


def test_excuse_no_paper_excuses() -> None:
    papers = ordered("09-29 08:00", "09-29 18:00"), waived("repair", "09-29 00:00", "09-30 00:00")
    assert found("R19", IN_THE_YARD, station(), CLAIM, *papers) == FOUND


def test_excuse_not_a_station_that_is_no_zone() -> None:
    assert found("R19", IN_THE_YARD, CLAIM) == []
    assert found("R19", IN_THE_YARD, station(), fuelled("09-29 10:00", place="城西加油站")) == []
    assert found("R19", IN_THE_YARD, station(), fuelled("09-29 10:00")) == []


def test_excuse_not_a_zone_of_another_kind_or_time() -> None:
    assert found("R19", IN_THE_YARD, zone("sensitive", east_m=5_000, name=STATION), CLAIM) == []
    assert found("R19", IN_THE_YARD, station(since="09-29 10:01"), CLAIM) == []
    assert found("R19", IN_THE_YARD, station(until="09-29 10:00"), CLAIM) == []
    assert found("R19", IN_THE_YARD, station(since="09-29 10:00", until="09-29 10:01"), CLAIM) == FOUND


def test_excuse_not_other_claims() -> None:
    assert found("R19", IN_THE_YARD, station(), tolled("09-29 10:00", STATION), repaired("09-29 10:00")) == []


def test_trap_a_day_alone_says_nothing_of_the_time() -> None:
    assert found("R19", standing("09-28 20:00", 2_000), station(), fuelled("09-29", place=STATION)) == []


def test_trap_a_station_beside_a_road_without_reception() -> None:
    before, after = driving("09-29 09:30", 24), driving("09-29 10:06", 30, from_m=18_000)
    assert found("R19", before, after, station(15_000), CLAIM) == []
    assert (
        found(
            "R19",
            before,
            driving("09-29 09:54", 42, from_m=12_000),
            station(
                15_000,
            ),
            CLAIM,
        )
        == []
    )
    assert found("R19", before, driving("09-29 09:54", 42, from_m=12_000, to_m=12_500), station(15_000), CLAIM) == FOUND


def test_trap_a_tracker_asleep_saw_nothing() -> None:
    """Standing is inferred; a tracker that was cut while the car drove out and came back looks the same."""
    assert found("R19", standing("09-29 06:00", 480, every_s=4 * 3600), station(), CLAIM) == []


def test_trap_messages_without_a_fix_cover_nothing() -> None:
    blind = saying(standing("09-29 09:50", 20), Flag.NO_FIX)
    parted = standing("09-29 09:00", 49), blind, standing("09-29 10:11", 60)
    assert found("R19", *parted, station(), CLAIM) == []


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    assert found("R19", IN_THE_YARD[::-1], IN_THE_YARD[::3], station(), CLAIM) == FOUND
    assert found("R19", IN_THE_YARD[:50], station(), CLAIM) == []


def test_trap_a_wild_fix_at_the_station_is_given_the_benefit() -> None:
    wild = standing("09-29 10:00:30", 0, east_m=5_000)
    assert found("R19", IN_THE_YARD, wild, station(), CLAIM) == []


def test_trap_two_claims_of_neighbouring_minutes_are_two() -> None:
    again = fuelled("09-29 10:01", place=STATION)
    assert found("R19", IN_THE_YARD, station(), CLAIM, again) == [*FOUND, "09-29 10:01 +1"]
