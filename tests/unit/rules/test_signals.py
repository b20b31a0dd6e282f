"""Signals against the definitions, read in plain Python (tests.reference), and what must accuse nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings

from fleet.clock import moment_of
from fleet.order import Waiver, WaiverKind
from fleet.position import Flag
from fleet.span import Span
from rules.calendar import WorkCalendar
from rules.catalogue import CATALOGUE
from rules.checkpoint import Beginning
from rules.facts import FactLimits, facts_of, fixes_of
from rules.judging import Matter, judge
from rules.papers import Papers
from rules.records import History, Signals
from rules.rulebook import RuleBook
from rules.signals import Signal, signals_of
from rules.units import Units
from tests.builders.tracks import Fix, Message, at, drive, positions, reports, saying, stand
from tests.reference import signals as reference

ONE = np.array([1], np.int32)
LIMITS = FactLimits()
ASKED = [Signal("alarm", "power_cut"), Signal("faster_than", "120.0"), Signal("no_fix")]
NO_FIX, POWER_CUT = int(Flag.NO_FIX), int(Flag.POWER_CUT)


def signals(messages: Sequence[Fix | Message]) -> Signals:
    columns = positions(messages)
    return signals_of(columns, ONE, facts_of(fixes_of(columns, ONE), LIMITS), ASKED, LIMITS)


def found(
    rule_id: str, messages: Sequence[Fix | Message], *waivers: tuple[WaiverKind, float, float]
) -> list[tuple[float, float]]:
    """The minutes from and to which the rule is broken; ``waivers``: kind, and minutes from and to."""
    papers = Papers(waivers=[(0, Waiver(1, 1, kind, Span(_moment(a), _moment(b)), "")) for kind, a, b in waivers])
    book = RuleBook([CATALOGUE[rule_id]], [], WorkCalendar())
    matter = Matter(ONE, Units.always(ONE), positions(messages), Beginning.first_fixes(1), History.empty(), papers)
    return [(_minute(one.start), _minute(one.end)) for one in judge(matter, book).violations]


def _moment(minute: float) -> datetime:
    return moment_of(at(minute).ts_us)


def _minute(moment: datetime) -> float:
    return round((moment - _moment(0)).total_seconds() / 60, 2)


@given(messages=reports())
@settings(max_examples=300, deadline=None)
def test_signals_are_those_of_the_definitions(messages: list[Message]) -> None:
    told = signals(messages)
    rows = [(int(n), int(s), int(e), int(g)) for _, s, e, n, g in told.rows()]
    heard = reference.moments(messages)
    expected = [(0, *span, 0) for span in reference.alarm(heard, POWER_CUT)]
    expected += [(1, *span, 0) for span in reference.faster_than(messages, 120)]
    expected += [(2, *span) for span in reference.no_fix(heard)]
    assert sorted(rows) == sorted(expected)


def test_messages_of_one_instant_are_one_moment() -> None:
    fixes = stand(0, 5)
    blind = [Message(f.ts_us, f.lon_e7 + 9, f.lat_e7, flags=POWER_CUT | NO_FIX, odometer_km=5) for f in fixes]
    told = signals([*fixes, *blind])
    assert told.signal.tolist() == [0], "the alarm counts; where any message of an instant has a fix, there is one"
    assert (told.end_us - told.start_us).tolist() == [5 * 60e6]


# R13 speeding -----------------------------------------------------------------------------------------------


def fast(minutes: float, kmh: float, *, told_kmh: float, every_s: float = 10) -> list[Message]:
    """Ten minutes at 60 km/h, then so fast, then slow again."""
    first = drive(0, 10, from_m=0, to_m=10_000, every_s=every_s)
    end_m = 10_000 + kmh / 0.06 * minutes
    middle = drive(10, minutes, from_m=10_000, to_m=end_m, every_s=every_s)
    last = drive(10 + minutes, 10, from_m=end_m, to_m=end_m + 10_000, every_s=every_s)
    return [*saying(first[:-1], speed_kmh=60), *saying(middle, speed_kmh=told_kmh), *saying(last[1:], speed_kmh=60)]


@pytest.mark.parametrize(
    ("minutes", "kmh", "told_kmh", "spans"),
    [
        (2, 130, 130, [(10, 12)]),
        (0.5, 130, 130, [(10, 10.5)]),
        (20 / 60, 130, 130, []),
        (2, 119, 119, []),
        (2, 119, 130, []),  # implied: not faster
        (2, 130, 120, []),  # reported: just at it
        (2, 130, float("nan"), []),  # not reported: nothing claimed
    ],
)
def test_thirty_seconds_over_120_by_both_speeds(
    minutes: float, kmh: float, told_kmh: float, spans: list[tuple[float, float]]
) -> None:
    assert found("R13", fast(minutes, kmh, told_kmh=told_kmh)) == spans


def test_a_single_wild_reported_speed_is_no_speeding() -> None:
    track = fast(2, 130, told_kmh=60)
    track[65] = track[65]._replace(speed_kmh=180)
    assert found("R13", track) == []


def test_parked_drift_with_wild_speeds_is_no_speeding() -> None:
    wander = [at(second=10 * n, east_m=(n % 3) * 40) for n in range(200)]
    assert found("R13", saying(wander, speed_kmh=150)) == []


def test_wild_fixes_are_no_speeding() -> None:
    track = saying(stand(0, 30), speed_kmh=150)
    track[10:12] = saying([at(10, east_m=20_000), at(11, east_m=22_500)], speed_kmh=150)
    assert found("R13", track) == []


def test_speeding_is_not_claimed_across_a_gap() -> None:
    assert found("R13", saying([at(0), at(11, east_m=25_000), at(22, east_m=50_000)], speed_kmh=140)) == []


def test_an_emergency_excuses_the_speeding_that_it_covers() -> None:
    track = fast(2, 130, told_kmh=130)
    assert found("R13", track, (WaiverKind.EMERGENCY, 10, 12)) == []
    assert found("R13", track, (WaiverKind.EMERGENCY, 10, 11.75)) == []
    assert found("R13", track, (WaiverKind.EMERGENCY, 10, 11)) == [(11, 12)]
    assert found("R13", track, (WaiverKind.REPAIR, 10, 12)) == [(10, 12)]


# R15 tampering ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", [Flag.POWER_CUT, Flag.ANTENNA_CUT, Flag.ANTENNA_SHORT, Flag.POWER_CUT | Flag.NO_FIX])
@pytest.mark.parametrize(("minutes", "spans"), [(5, [(30, 35)]), (4, [])])
def test_an_alarm_of_five_minutes_is_tampering(flag: Flag, minutes: int, spans: list[tuple[float, float]]) -> None:
    track = saying(stand(0, 60))
    track[30 : 31 + minutes] = [message._replace(flags=int(flag)) for message in track[30 : 31 + minutes]]
    assert found("R15", track) == spans


def test_other_alarms_are_no_tampering() -> None:
    assert found("R15", saying(stand(0, 60), int(Flag.LOW_VOLTAGE | Flag.SOS | Flag.SPEEDING))) == []


def test_a_bouncing_alarm_is_no_tampering() -> None:
    track = [m._replace(flags=POWER_CUT * (n % 5 > 0)) for n, m in enumerate(saying(stand(0, 60)))]
    assert found("R15", track) == []
    assert signals(track).signal.tolist() == [0] * 12


def test_an_alarm_is_not_claimed_across_silence() -> None:
    assert found("R15", saying([at(0), at(10.1), at(20.2)], POWER_CUT)) == []
    assert found("R15", saying([at(0), at(10), at(20)], POWER_CUT)) == [(0, 20)]


def test_repair_excuses_alarms_and_an_emergency_does_not() -> None:
    track = saying(stand(0, 30), POWER_CUT)
    assert found("R15", track, (WaiverKind.REPAIR, 0, 26)) == []
    assert found("R15", track, (WaiverKind.REPAIR, 0, 20)) == [(20, 30)]
    assert found("R15", track, (WaiverKind.EMERGENCY, 0, 30)) == [(0, 30)]


def unseen(minutes: float, metres: float) -> list[Fix]:
    """Stands, is silent so long, stands so far away."""
    return [*stand(0, 30), *stand(30 + minutes, 30, at_m=metres)]


@pytest.mark.parametrize(
    ("minutes", "metres", "spans"),
    [(60, 2_050, [(30, 90)]), (60, 1_950, []), (30, 9_000, [(30, 60)]), (29, 9_000, [])],
)
def test_moving_two_kilometres_in_half_an_hour_of_silence(
    minutes: float, metres: float, spans: list[tuple[float, float]]
) -> None:
    assert found("R15", unseen(minutes, metres)) == spans


def test_a_cold_start_far_off_is_no_tampering_and_one_borne_out_is() -> None:
    wild = [*stand(0, 30), at(200, east_m=30_000)]
    assert found("R15", wild) == [], "one fix alone says nothing yet"
    assert found("R15", [*wild, *stand(201, 30)]) == [], "the next is where it stood"
    assert found("R15", [*wild, *stand(201, 30, at_m=30_000)]) == [(30, 200)]


def test_a_car_that_sent_messages_without_a_fix_was_not_silent() -> None:
    track = unseen(60, 9_000)
    assert found("R15", [*track, Message(*at(60), flags=NO_FIX)]) == []
    assert found("R15", [*track, Message(*at(20.5), flags=NO_FIX)]) == [(30, 90)]


@pytest.mark.parametrize("minute", [30, 90])
@pytest.mark.parametrize("aside_e7", [-5, 5])
def test_a_message_without_a_fix_at_the_instant_of_a_fix_is_not_within_the_silence(minute: int, aside_e7: int) -> None:
    """Wherever it says it was: of one instant the fix counts."""
    place = at(minute, east_m=0 if minute == 30 else 9_000)
    blind = Message(place.ts_us, place.lon_e7 + aside_e7, place.lat_e7, flags=NO_FIX)
    assert found("R15", [*unseen(60, 9_000), blind]) == [(30, 90)]


def test_a_moment_with_a_fix_that_counts_for_nothing_is_still_no_moment_without_one() -> None:
    wild = at(60, east_m=30_000)
    beside = Message(wild.ts_us, wild.lon_e7 + 5, wild.lat_e7, flags=NO_FIX)
    assert found("R15", [*unseen(60, 9_000), wild, beside]) == [(30, 90)]


def test_repair_excuses_moving_unseen() -> None:
    assert found("R15", unseen(60, 9_000), (WaiverKind.REPAIR, 20, 70)) == []
    assert found("R15", unseen(60, 9_000), (WaiverKind.REPAIR, 20, 50)) == [(50, 90)]


# R16 jamming ------------------------------------------------------------------------------------------------


def blind(minutes: int, km: Sequence[float]) -> list[Message]:
    """Stands, then so many minutes without a fix, the odometer at these kilometres (one a minute), then stands."""
    return [
        *saying(stand(0, 30), odometer_km=[km[0]] * 31),
        *saying(stand(31, minutes), NO_FIX, odometer_km=km),
        *saying(stand(32 + minutes, 30), odometer_km=[km[-1]] * 31),
    ]


def growing(minutes: int, km: float, start: float = 500.0) -> list[float]:
    return [start + km * n / minutes for n in range(minutes + 1)]


@pytest.mark.parametrize(
    ("minutes", "km", "spans"),
    [(20, 9, [(31, 51)]), (19, 9, []), (40, 1, [(31, 71)]), (40, 0.9, []), (40, 0, [])],
)
def test_twenty_minutes_without_a_fix_while_the_odometer_grows(
    minutes: int, km: float, spans: list[tuple[float, float]]
) -> None:
    assert found("R16", blind(minutes, growing(minutes, km))) == spans


def test_an_odometer_that_is_not_told_claims_nothing() -> None:
    assert found("R16", blind(40, [float("nan")] * 41)) == []
    assert found("R16", blind(40, [float("inf")] * 41)) == []


@pytest.mark.parametrize("stray_km", [float("inf"), 1e8, -1e8, float("nan")])
def test_a_stray_reading_beside_another_of_the_same_instant_is_none(stray_km: float) -> None:
    track = blind(20, growing(20, 1))
    beside = track[41]._replace(lat_e7=track[41].lat_e7 + 1, odometer_km=stray_km)
    assert found("R16", [*track, beside]) == [(31, 51)]


def test_an_odometer_set_anew_or_set_forward_is_no_driving() -> None:
    assert found("R16", blind(40, [90_000.0] * 20 + [0.0] * 21)) == []
    assert found("R16", blind(40, [0.0] * 20 + [90_000.0] * 21)) == []
    assert found("R16", blind(40, growing(20, 9)[:-1] + growing(20, 9, start=0))) == [(31, 71)]


def test_an_odometer_that_flickers_is_no_driving_and_one_of_whole_kilometres_is() -> None:
    assert found("R16", blind(40, [500.0 + 0.5 * (n % 2) for n in range(41)])) == []
    assert found("R16", blind(40, [500.0 + n // 10 for n in range(41)])) == [(31, 71)]


def test_a_fix_or_silence_parts_what_is_without_a_fix() -> None:
    track = blind(30, growing(30, 9))
    assert found("R16", track) == [(31, 61)]
    seen = [m._replace(flags=0) if m.ts_us == at(46).ts_us else m for m in track]
    assert found("R16", seen) == []
    silent = [m for m in track if not at(40).ts_us < m.ts_us < at(51).ts_us]
    assert found("R16", silent) == []


def test_a_tunnel_is_no_jamming() -> None:
    assert found("R16", blind(4, growing(4, 5))) == []
