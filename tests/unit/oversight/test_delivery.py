"""Which letters go where, when, and what becomes of a delivery: tables, and what holds for all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.role import Role
from fleet.violation import Severity
from oversight.delivery import (
    BUNDLE_OVER,
    DeliveryState,
    Outcome,
    Patience,
    is_meant,
    quiet_until,
    settled,
    together,
)
from oversight.letter import Letter, LetterKind, Wording
from oversight.target import QuietBreak, QuietHours, Target, fault_of, masked
from rules.calendar import WorkCalendar
from tests.integration.api.builders import local

CALENDAR = WorkCalendar()
SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = QuietHours(time(22), time(7))
STAFF = Target(id=1, name="值班群", roles=frozenset({Role.STAFF}))
MANAGER = Target(id=2, name="教育局", roles=frozenset({Role.UNIT_MANAGER}), unit_ids=frozenset({5, 6}))
HEAD = Target(id=3, name="主任", roles=frozenset({Role.HEAD}))
ALERT = Letter(
    key="alert/1",
    kind=LetterKind.ALERT,
    severity=Severity.MEDIUM,
    subject=Wording("疑似", "Suspected"),
    body=Wording("", ""),
    roles=frozenset({Role.STAFF, Role.HEAD}),
    unit_id=5,
)


# Which ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "letter", "meant"),
    [
        (STAFF, ALERT, True),
        (STAFF, replace(ALERT, roles=frozenset({Role.HEAD})), False),
        (STAFF, replace(ALERT, roles=frozenset()), False),
        (replace(STAFF, enabled=False), ALERT, False),
        # The unit's manager hears of the own unit and those below it, of no other.
        (MANAGER, ALERT, True),
        (MANAGER, replace(ALERT, unit_id=6), True),
        (MANAGER, replace(ALERT, unit_id=7), False),
        (MANAGER, replace(ALERT, unit_id=7, roles=frozenset({Role.UNIT_MANAGER})), False),
        (MANAGER, replace(ALERT, unit_id=None), False),
        (MANAGER, replace(ALERT, unit_id=None, roles=frozenset({Role.UNIT_MANAGER})), True),
        # An office's target can be for one unit, too.
        (replace(STAFF, unit_ids=frozenset({7})), ALERT, False),
        (replace(STAFF, unit_ids=frozenset({5})), ALERT, True),
        # Kind and severity.
        (replace(STAFF, kinds=frozenset({LetterKind.REPORT})), ALERT, False),
        (replace(STAFF, least_severity=Severity.HIGH), ALERT, False),
        (replace(STAFF, least_severity=Severity.MEDIUM), ALERT, True),
        (replace(STAFF, least_severity=Severity.HIGH), replace(ALERT, severity=Severity.HIGH), True),
        # Confidential mail's cars.
        (HEAD, replace(ALERT, is_confidential=True), False),
        (replace(HEAD, is_for_confidential=True), replace(ALERT, is_confidential=True), True),
        (replace(HEAD, is_for_confidential=True), ALERT, True),
    ],
)
def test_a_letter_goes_to_whom_it_is_meant_for(target: Target, letter: Letter, *, meant: bool) -> None:
    assert is_meant(target, letter) is meant


# When -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-09-21 21:59", None),
        ("2026-09-21 22:00", "2026-09-22 07:00"),
        ("2026-09-21 23:59", "2026-09-22 07:00"),
        ("2026-09-22 00:00", "2026-09-22 07:00"),
        ("2026-09-22 06:59", "2026-09-22 07:00"),
        ("2026-09-22 07:00", None),
        ("2026-10-03 23:00", "2026-10-04 07:00"),
    ],
)
def test_a_mild_letter_waits_for_the_morning(now: str, until: str | None) -> None:
    target = replace(STAFF, quiet=NIGHT)
    found = quiet_until(target, Severity.MEDIUM, CALENDAR, local(now))
    assert found == (None if until is None else local(until))


def test_hours_within_a_day_are_quiet_too() -> None:
    target = replace(STAFF, quiet=QuietHours(time(12), time(14, 30)))
    assert quiet_until(target, Severity.INFO, CALENDAR, local("2026-09-21 13:00")) == local("2026-09-21 14:30")
    assert quiet_until(target, Severity.INFO, CALENDAR, local("2026-09-21 14:30")) is None


@pytest.mark.parametrize(
    ("breaks", "now", "comes"),
    [
        # The National Day span of 2026 is 1 to 7 October.
        (QuietBreak.HIGH_IN_HOLIDAY, "2026-10-01 00:00", True),
        (QuietBreak.HIGH_IN_HOLIDAY, "2026-10-07 23:59", True),
        (QuietBreak.HIGH_IN_HOLIDAY, "2026-10-08 00:00", False),
        (QuietBreak.HIGH_IN_HOLIDAY, "2026-09-30 23:59", False),
        (QuietBreak.HIGH_IN_HOLIDAY, "2026-09-12 23:00", False),  # an ordinary Saturday
        (QuietBreak.HIGH, "2026-09-21 23:00", True),
        (QuietBreak.NOTHING, "2026-10-02 23:00", False),
    ],
)
def test_a_high_alert_breaks_quiet_hours_as_the_target_has_it(breaks: QuietBreak, now: str, *, comes: bool) -> None:
    target = replace(STAFF, quiet=NIGHT, breaks_quiet=breaks)
    assert (quiet_until(target, Severity.HIGH, CALENDAR, local(now)) is None) is comes
    assert quiet_until(target, Severity.MEDIUM, CALENDAR, local(now)) is not None


clocks = st.times(timezones=st.none()).map(lambda clock: clock.replace(second=0, microsecond=0))
moments = st.integers(0, 364 * 24 * 60).map(lambda minutes: local("2026-01-01 00:00") + timedelta(minutes=minutes))


@given(clocks, clocks, moments, st.sampled_from(Severity), st.sampled_from(QuietBreak))
def test_whoever_waits_waits_less_than_a_day_and_may_go_then(
    begin: time, until: time, now: datetime, severity: Severity, breaks: QuietBreak
) -> None:
    if begin == until:
        return
    target = replace(STAFF, quiet=QuietHours(begin, until), breaks_quiet=breaks)
    end = quiet_until(target, severity, CALENDAR, now)
    if end is not None:
        assert now < end <= now + timedelta(days=1)
        assert end.astimezone(SHANGHAI).time() == until
        assert quiet_until(target, severity, CALENDAR, end) is None
        assert quiet_until(target, severity, CALENDAR, end - timedelta(microseconds=1)) is not None or (
            severity is Severity.HIGH  # a holiday began meanwhile
        )


@given(clocks, clocks, clocks)
def test_quiet_and_loud_hours_share_the_day_out(begin: time, until: time, clock: time) -> None:
    if begin != until:
        assert QuietHours(begin, until).hold(clock) is not QuietHours(until, begin).hold(clock)


# What becomes of it -------------------------------------------------------------------------------------------------

NOW = local("2026-09-21 10:00")
PATIENCE = Patience(first_s=60, longest_s=3600, most_attempts=8)
WEBHOOK = replace(STAFF, is_webhook=True)
AGAIN = replace(STAFF, again_when_unsure=True)


@pytest.mark.parametrize(
    ("target", "outcome", "attempts", "again", "state", "pause_s"),
    [
        (STAFF, Outcome.SENT, 1, False, DeliveryState.SENT, None),
        (STAFF, Outcome.REFUSED, 1, False, DeliveryState.WAITING, 60),
        (STAFF, Outcome.REFUSED, 3, False, DeliveryState.WAITING, 240),
        (STAFF, Outcome.REFUSED, 7, False, DeliveryState.WAITING, 3600),
        (STAFF, Outcome.REFUSED, 8, False, DeliveryState.FAILED, None),
        (STAFF, Outcome.UNSURE, 1, False, DeliveryState.UNSURE, None),
        (AGAIN, Outcome.UNSURE, 1, False, DeliveryState.WAITING, 60),
        (AGAIN, Outcome.UNSURE, 8, False, DeliveryState.UNSURE, None),
        (WEBHOOK, Outcome.UNSURE, 1, False, DeliveryState.WAITING, 60),
        (WEBHOOK, Outcome.UNSURE, 8, False, DeliveryState.UNSURE, None),
        # What may have arrived once is never said to have surely failed.
        (WEBHOOK, Outcome.REFUSED, 8, True, DeliveryState.UNSURE, None),
        (STAFF, Outcome.REFUSED, 1, True, DeliveryState.WAITING, 60),
    ],
)
def test_an_attempt_ends(
    target: Target, outcome: Outcome, attempts: int, state: DeliveryState, pause_s: int | None, *, again: bool
) -> None:
    found = settled(outcome, target, attempts=attempts, again=again, now=NOW, patience=PATIENCE)
    assert found.state is state
    assert found.next_at == (None if pause_s is None else NOW + timedelta(seconds=pause_s))
    assert found.again is (again or outcome is Outcome.UNSURE)


@given(
    st.lists(st.sampled_from(Outcome), max_size=40),
    st.builds(
        lambda webhook, again: replace(STAFF, is_webhook=webhook, again_when_unsure=again), st.booleans(), st.booleans()
    ),
)
def test_a_receiver_that_drops_repeats_aside_nothing_arrives_twice(outcomes: list[Outcome], target: Target) -> None:
    """Of what may have arrived nothing is sent again but to a webhook, or marked; and each delivery comes to an end."""
    attempts, again, state = 0, False, DeliveryState.WAITING
    for outcome in outcomes:
        if state is not DeliveryState.WAITING:
            break
        may_repeat = again
        assert not may_repeat or target.is_webhook or target.again_when_unsure
        attempts += 1
        found = settled(outcome, target, attempts=attempts, again=again, now=NOW, patience=PATIENCE)
        assert found.again >= may_repeat
        state, again = found.state, found.again
    assert attempts <= PATIENCE.most_attempts
    if len(outcomes) >= PATIENCE.most_attempts:
        assert state is not DeliveryState.WAITING


@pytest.mark.parametrize(("waiting", "sent"), [(0, 0), (1, 1), (BUNDLE_OVER, 1), (BUNDLE_OVER + 1, BUNDLE_OVER + 1)])
def test_many_letters_are_one_message(waiting: int, sent: int) -> None:
    assert together(range(waiting)) == list(range(sent))


def test_a_bundle_has_an_end() -> None:
    assert len(together(range(1_000))) == 200


# Targets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (STAFF, None),
        (MANAGER, None),
        (replace(STAFF, name=" "), "名称"),
        (replace(STAFF, name="长" * 41), "名称"),
        (replace(STAFF, roles=frozenset()), "角色"),
        (replace(MANAGER, unit_ids=None), "单位"),
        (replace(MANAGER, roles=frozenset({Role.UNIT_MANAGER, Role.STAFF})), "单位"),
        (replace(STAFF, kinds=frozenset()), "一种通知"),
        (replace(STAFF, is_for_confidential=True), "机要"),
        (replace(HEAD, is_for_confidential=True), None),
        (replace(HEAD, roles=frozenset({Role.HEAD, Role.STAFF}), is_for_confidential=True), "机要"),
        (replace(STAFF, quiet=QuietHours(time(7), time(7))), "免打扰"),
    ],
)
def test_a_target_that_would_tell_too_much_or_nothing_is_refused(target: Target, said: str | None) -> None:
    fault = fault_of(target)
    assert (fault is None) if said is None else (fault is not None and said in fault[0])


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("wecombot://693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "wecombot://…"),
        ("dingtalk://SEC123@token123/", "dingtalk://…"),
        ("mailto://user:pass@smtp.example.com:587?to=a@example.com", "mailto://smtp.example.com:587/…"),
        ("mailtos://user:p%40ss@smtp.example.com/a@example.com", "mailtos://smtp.example.com/…"),
        ("https://example.com:8443/hook/token?key=secret", "https://example.com:8443/…"),
        ("jsons://u:p@example.com/secret", "jsons://example.com/…"),
        ("secret without a kind", "…"),
    ],
)
def test_a_shown_address_holds_no_secret(address: str, shown: str) -> None:
    assert masked(address) == shown
