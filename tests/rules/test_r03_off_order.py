"""R03 超出派车单."""

from __future__ import annotations

import pytest

from tests.builders.ruling import driving, found, ordered, standing, violations, waived, zone
from tests.builders.tracks import Fix

HOME = zone("home", half_m=100)
FAR_M = 20_000
ORDER = ordered("09-29 08:00", "09-29 12:00", destination_m=(FAR_M, 0))


def out_until(back: str, far_m: float = FAR_M) -> list[Fix]:
    """Leaves home at 08:30, stands far off from 09:00 and drives home from ``back`` on for half an hour."""
    hours, minutes = map(int, back.split(":"))
    stay = (hours - 9) * 60 + minutes - 1
    return [
        *standing("09-29 08:00", 29),
        *driving("09-29 08:30", 30, to_m=far_m),
        *standing("09-29 09:01", stay - 1, east_m=far_m),
        *driving(f"09-29 {back}", 30, from_m=far_m, to_m=0),
    ]


def test_case_back_over_an_hour_late() -> None:
    """From the end of the hour until it is back within 100 m of home."""
    assert found("R03", out_until("14:00"), HOME, ORDER) == ["09-29 13:00 +89.5"]


def test_case_a_stop_far_from_the_destination() -> None:
    elsewhere = ordered("09-29 08:00", "09-29 17:00", destination_m=(-FAR_M, 0))
    assert found("R03", out_until("11:00"), HOME, elsewhere) == ["09-29 09:00 +120"]


def test_case_a_stop_far_from_the_zone_that_it_was_for() -> None:
    office = zone("refuel", east_m=FAR_M + 6_000, half_m=500, name="某镇")
    assert found(
        "R03", out_until("11:00"), HOME, office, ordered("09-29 08:00", "09-29 17:00", destination_zone="某镇")
    )


def test_near_miss_back_within_the_hour() -> None:
    assert found("R03", out_until("12:29"), HOME, ORDER) == []
    assert found("R03", out_until("12:33"), HOME, ORDER) == ["09-29 13:00 +2.5"]


def test_near_miss_five_kilometres() -> None:
    for away_m, is_found in ((4_990, False), (5_010, True)):
        order = ordered("09-29 08:00", "09-29 17:00", destination_m=(FAR_M, away_m))
        assert bool(found("R03", out_until("11:00"), HOME, order)) is is_found


def test_near_miss_five_kilometres_from_the_edge_of_a_zone() -> None:
    for away_m, is_found in ((4_990, False), (5_010, True)):
        office = zone("refuel", east_m=FAR_M, north_m=away_m + 500, half_m=500, name="某镇")
        order = ordered("09-29 08:00", "09-29 17:00", destination_zone="某镇")
        assert bool(found("R03", out_until("11:00"), HOME, office, order)) is is_found


def test_near_miss_a_quarter_of_an_hour() -> None:
    elsewhere = ordered("09-29 08:00", "09-29 17:00", destination_m=(-FAR_M, 0))
    assert found("R03", out_until("09:14"), HOME, elsewhere) == []
    assert found("R03", out_until("09:15"), HOME, elsewhere) == ["09-29 09:00 +15"]


def test_near_miss_where_the_car_stopped_counts_not_where_it_drifted() -> None:
    """Measured from the stop's first fix."""
    stop = [*standing("09-29 09:01", 1, east_m=FAR_M), *standing("09-29 09:03", 60, east_m=FAR_M + 60)]
    track = [*driving("09-29 08:30", 30, to_m=FAR_M), *stop]
    assert found("R03", track, HOME, ordered("09-29 08:00", "09-29 17:00", destination_m=(FAR_M - 4_990, 0))) == []


@pytest.mark.parametrize("kind", ["duty", "emergency", "other", "repair", "test_drive"])
def test_excuse_a_waiver(kind: str) -> None:
    assert found("R03", out_until("14:00"), HOME, ORDER, waived(kind, "09-29 12:00", "09-29 15:00")) == []
    elsewhere = ordered("09-29 08:00", "09-29 17:00", destination_m=(-FAR_M, 0))
    assert found("R03", out_until("11:00"), HOME, elsewhere, waived(kind, "09-29 08:00", "09-29 12:00")) == []


def test_excuse_an_order_that_goes_on() -> None:
    """A later order takes away its own time, and an hour after it."""
    late = out_until("16:00")
    assert found("R03", late, HOME, ORDER, ordered("09-29 12:30", "09-29 16:00", destination_m=(FAR_M, 0))) == []
    between = ordered("09-29 14:00", "09-29 16:00", destination_m=(FAR_M, 0))
    assert found("R03", late, HOME, ORDER, between) == ["09-29 13:00 +60"]


def test_excuse_any_of_several_orders_at_once() -> None:
    elsewhere = ordered("09-29 08:00", "09-29 17:00", destination_m=(-FAR_M, 0))
    here = ordered("09-29 09:30", "09-29 17:00", destination_m=(FAR_M, 0))
    assert found("R03", out_until("11:00"), HOME, elsewhere, here) == ["09-29 09:00 +30"]


def test_excuse_not_an_order_that_is_none() -> None:
    """One that waits or was cancelled neither asks for anything nor excuses."""
    cancelled = ordered("09-29 08:00", "09-29 12:00", destination_m=(-FAR_M, 0), cancelled=True)
    assert found("R03", out_until("14:00"), HOME, cancelled) == []
    more = ordered("09-29 12:00", "09-29 16:00", destination_m=(FAR_M, 0), approved=False)
    assert found("R03", out_until("14:00"), HOME, ORDER, more) == ["09-29 13:00 +89.5"]


def test_excuse_the_evidence_says_that_the_order_led_elsewhere_or_was_over() -> None:
    elsewhere = ordered("09-29 08:00", "09-29 17:00", destination_m=(-FAR_M, 0))
    (stop,) = violations("R03", out_until("11:00"), HOME, elsewhere)
    assert [paper["why"] for paper in stop.evidence["excuses"]] == ["other_place"]
    (late,) = violations("R03", out_until("14:00"), HOME, ORDER)
    assert [paper["why"] for paper in late.evidence["excuses"]] == ["outside_span"]


def test_trap_a_destination_that_nobody_knows_is_not_missed() -> None:
    assert found("R03", out_until("11:00"), HOME, ordered("09-29 08:00", "09-29 17:00")) == []
    gone = ordered("09-29 08:00", "09-29 17:00", destination_zone="没有画的地方")
    assert found("R03", out_until("11:00"), HOME, gone) == []


def test_trap_a_zone_counts_as_it_stood_when_the_car_stopped() -> None:
    order = ordered("09-29 08:00", "09-29 17:00", destination_zone="某镇")
    before = zone("refuel", east_m=FAR_M, half_m=500, name="某镇", until="09-29 09:00")
    since = zone("refuel", east_m=-FAR_M, half_m=500, name="某镇", since="09-29 09:00")
    assert found("R03", out_until("11:00"), HOME, before, since, order) == ["09-29 09:00 +120"]
    later = zone("refuel", east_m=-FAR_M, half_m=500, name="某镇", since="09-29 09:01")
    assert found("R03", out_until("11:00"), HOME, before, later, order) == [], "none is known of that moment"


def test_trap_waiting_in_the_yard_before_leaving() -> None:
    wait = [*standing("09-29 08:00", 89), *driving("09-29 09:30", 30, to_m=FAR_M)]
    assert found("R03", wait, HOME, ORDER) == []


def test_trap_a_unit_without_a_home_zone() -> None:
    """Where its yard is nobody knows, so nothing is claimed of being away from it."""
    elsewhere = ordered("09-29 08:00", "09-29 12:00", destination_m=(-FAR_M, 0))
    assert found("R03", out_until("14:00"), elsewhere) == []


def test_trap_leaving_home_without_an_order_is_not_late() -> None:
    """An order that ended before the car left is nothing to return from."""
    over = ordered("09-29 06:00", "09-29 08:10", destination_m=(FAR_M, 0))
    assert found("R03", out_until("14:00"), HOME, over) == []


def test_trap_away_for_days() -> None:
    """The order ended on Monday; it comes back on Thursday."""
    out = [*driving("09-21 08:30", 30, to_m=FAR_M), *standing("09-21 09:01", 4_200, east_m=FAR_M, every_s=1_800)]
    back = driving("09-24 08:00", 30, from_m=FAR_M, to_m=0)
    order = ordered("09-21 08:00", "09-21 17:00", destination_m=(FAR_M, 0))
    assert found("R03", out, back, HOME, order) == ["09-21 18:00 +3749.5"]


def test_trap_not_claimed_in_a_gap() -> None:
    """Nothing is known from 11:00 on; when it is heard of again it is home."""
    seen = out_until("11:30")
    quiet = [fix for fix in seen if fix.ts_us < seen[0].ts_us + 3 * 3_600_000_000]
    assert found("R03", quiet, standing("09-29 15:00", 60), HOME, ORDER) == []
