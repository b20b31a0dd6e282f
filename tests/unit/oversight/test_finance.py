"""The grace for trackers, and that the worst reason decides."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from oversight.finance import last_of_grace
from oversight.reasons import WORDS, Reason, Verdict, worst
from rules.calendar import WorkCalendar


def test_ten_working_days_pass_over_weekends_holidays_and_count_make_up_days() -> None:
    """Of 2026: 20 September is a worked Sunday, 25 to 27 September are off."""
    assert last_of_grace(date(2026, 9, 15), WorkCalendar()) == date(2026, 9, 29)


def test_days_that_no_calendar_knows_count_against_the_grace() -> None:
    assert last_of_grace(date(2150, 3, 2), WorkCalendar()) == date(2150, 3, 12)


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(Reason)
    assert all(part for words in WORDS.values() for part in words)


@given(st.lists(st.sampled_from(list(Reason))))
def test_the_worst_verdict_of_all_reasons_counts(reasons: list[Reason]) -> None:
    verdicts = {WORDS[reason].verdict for reason in reasons} or {Verdict.PAY}
    wanted = next(v for v in (Verdict.REFUSE, Verdict.VERIFY, Verdict.PAY) if v in verdicts)
    assert worst(reasons) is wanted
