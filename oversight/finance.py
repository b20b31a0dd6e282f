"""The finance gate 财务审核: what finance is told of a claims sheet's row. Pure; docs/finance.md says it in words.

Enrolment counts at the expense's date. What cannot be known is verified, never refused and never paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fleet.clock import MINUTE_US, day_start_us, local_day, moment_of, us_of
from fleet.expense import ExpenseType, Precision, Tank
from fleet.span import Span
from fleet.vehicle_state import StateKind
from oversight.claim_row import USES, WITHOUT_TRACK, Car, Checked, ClaimRow, Evidence, Seen, Told
from oversight.reasons import WORDS, Reason, worst
from rules.calendar import DayKind, WorkCalendar

GRACE_WORKDAYS = 10
"""A tracker fitted within so many working days after an expense does not count against it."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_PLACED = {ExpenseType.FUEL, ExpenseType.TOLL}
_NOT_SEEN = {Seen.NOT_COVERED: Reason.NOT_COVERED, Seen.UNKNOWN_PLACE: Reason.UNKNOWN_PLACE}


def checked(row: ClaimRow, car: Car | None, evidence: Evidence, calendar: WorkCalendar, now: datetime) -> Checked:
    """The verdict on one row. Of a confidential car nothing is said but that it is to be checked by hand."""
    if car is not None and car.is_confidential:
        told = [Told(Reason.CONFIDENTIAL)]
        return Checked(row, worst([Reason.CONFIDENTIAL]), told, None)
    found = [Told(reason) for reason in _by_itself(row, now)]
    if car is None:
        found += [] if row.faults else [Told(_unknown_plate(row.expense.plate))]
    else:
        found += [Told(reason) for reason in _of_car(row, car, evidence, calendar)]
    found += evidence.found
    order = list(WORDS)
    found.sort(key=lambda one: (-WORDS[one.reason].verdict.rank, order.index(one.reason)))
    return Checked(row, worst(one.reason for one in found), found, frozen(row, car, evidence, calendar))


def _by_itself(row: ClaimRow, now: datetime) -> Iterator[Reason]:
    """What a row says of itself."""
    yield from row.faults
    expense = row.expense
    if expense.type is ExpenseType.FINE:
        yield Reason.FINE
    if expense.amount < 0:
        yield Reason.NEGATIVE_AMOUNT
    if expense.amount == 0:
        yield Reason.NO_AMOUNT
    if expense.at > now:
        yield Reason.IN_THE_FUTURE
    if expense.at < _EARLIEST:
        yield Reason.LONG_AGO


def _unknown_plate(plate: str) -> Reason:
    """O and I are in no plate's number (GA 36-2018): such a plate was written wrongly, whichever was meant."""
    return Reason.LETTER_IN_PLATE if set(plate[2:]) & set("OI") else Reason.UNKNOWN_PLATE


def _of_car(row: ClaimRow, car: Car, evidence: Evidence, calendar: WorkCalendar) -> Iterator[Reason]:
    expense = row.expense
    enrolled = _enrolled(row, car, calendar)
    if enrolled is not None:
        yield enrolled
    yield from _of_states(row, car, calendar)
    if expense.type not in WITHOUT_TRACK:
        yield from _of_tracker(row, car, evidence, calendar)
    if expense.type in USES and not evidence.is_ordered:
        if evidence.day_kind is DayKind.HOLIDAY:
            yield Reason.SEALED
        if evidence.day_kind is DayKind.UNKNOWN:
            yield Reason.UNKNOWN_DAY
    if expense.type is ExpenseType.FUEL and expense.litres is None:
        yield Reason.NO_LITRES
    if expense.type is ExpenseType.FUEL and car.tank.tank_l is None:
        yield Reason.NO_TANK
    if expense.type is ExpenseType.REPAIR and evidence.is_driving:
        yield Reason.REPAIRED_WHILE_DRIVING
    if evidence.card_plate and evidence.card_plate != car.plate:
        yield Reason.CARD_OF_ANOTHER


def _enrolled(row: ClaimRow, car: Car, calendar: WorkCalendar) -> Reason | None:
    """Enrolled at the expense's minute, or all through its day; on a part of the day, which came first is open."""
    start_us, end_us = time_of(row, calendar)
    if any(_covers(span, start_us, end_us) for span in car.enrolments):
        return None
    day_us = day_of(row, calendar)
    if any(_touches(span, *day_us) for span in car.enrolments):
        return Reason.ENROLLED_THAT_DAY
    return Reason.NOT_ENROLLED


def _of_states(row: ClaimRow, car: Car, calendar: WorkCalendar) -> Iterator[Reason]:
    start_us, end_us = time_of(row, calendar)
    type_ = row.expense.type
    for state in car.states:
        if not _touches(state.during, start_us, end_us):
            continue
        if state.state is StateKind.LAID_UP:
            if type_ not in WITHOUT_TRACK:
                yield Reason.LAID_UP
        elif type_ in USES and _covers(state.during, start_us, end_us):
            yield Reason.SCRAPPED
        else:
            yield Reason.AFTER_SCRAPPING


def _of_tracker(row: ClaimRow, car: Car, evidence: Evidence, calendar: WorkCalendar) -> Iterator[Reason]:
    """Whether the car could be seen, and was; where it was, only then."""
    expense = row.expense
    start_us, end_us = time_of(row, calendar)
    if car.first_heard is None:
        yield Reason.NEVER_REPORTED
        return
    if not any(_touches(span, start_us, end_us) for span in car.fittings):
        late = _fitted_late(row, car, calendar)
        if late is not None:
            yield late
        return
    if expense.type not in USES:
        return
    if not evidence.is_heard:
        yield Reason.SILENT
    elif expense.type in _PLACED:
        if not expense.place:
            yield Reason.NO_PLACE
        elif expense.precision is Precision.DAY:
            yield Reason.NO_TIME
        elif evidence.seen in _NOT_SEEN:
            yield _NOT_SEEN[evidence.seen]


def _fitted_late(row: ClaimRow, car: Car, calendar: WorkCalendar) -> Reason | None:
    """None where the next tracker was fitted within the grace. Days that no calendar knows are counted against it."""
    at_us = us_of(row.expense.at)
    later = [us_of(span.start) for span in car.fittings if span.start is not None and us_of(span.start) > at_us]
    if not later:
        return Reason.NO_TRACKER
    fitted = local_day(min(later), calendar.zone)
    return None if fitted <= last_of_grace(local_day(at_us, calendar.zone), calendar) else Reason.FITTED_LATE


def last_of_grace(day: date, calendar: WorkCalendar) -> date:
    """The tenth working day after a day; of an UNKNOWN one, the earliest that it can be."""
    left = GRACE_WORKDAYS
    while left:
        day += timedelta(days=1)
        known = calendar.day(day)
        left -= not known.is_off or known.kind is DayKind.UNKNOWN
    return day


def time_of(row: ClaimRow, calendar: WorkCalendar) -> tuple[int, int]:
    """The row's minute, or its local day where it tells no more, in µs, half-open."""
    if row.expense.precision is Precision.DAY:
        return day_of(row, calendar)
    at_us = us_of(row.expense.at)
    return at_us - at_us % MINUTE_US, at_us - at_us % MINUTE_US + MINUTE_US


def day_of(row: ClaimRow, calendar: WorkCalendar) -> tuple[int, int]:
    """The row's local day in µs, half-open."""
    day = local_day(us_of(row.expense.at), calendar.zone)
    return day_start_us(day, calendar.zone), day_start_us(day + timedelta(days=1), calendar.zone)


def _covers(span: Span, start_us: int, end_us: int) -> bool:
    begun = span.start is None or us_of(span.start) <= start_us
    return begun and (span.end is None or end_us <= us_of(span.end))


def _touches(span: Span, start_us: int, end_us: int) -> bool:
    begun = span.start is None or us_of(span.start) < end_us
    return begun and (span.end is None or start_us < us_of(span.end))


def frozen(row: ClaimRow, car: Car | None, evidence: Evidence, calendar: WorkCalendar) -> dict[str, Any]:
    """What the verdict rests on, in plain values: the registry as it stood, and what was seen."""
    start_us, end_us = time_of(row, calendar)
    known: dict[str, Any] = {
        "from": moment_of(start_us).isoformat(),
        "until": moment_of(end_us).isoformat(),
        "day": evidence.day_kind.value,
        "heard": evidence.is_heard,
        "seen": None if evidence.seen is None else evidence.seen.value,
        "ordered": evidence.is_ordered,
        "driving": evidence.is_driving,
        "card_bound": None if evidence.card_plate is None else evidence.card_plate == row.expense.plate,
    }
    if car is None:
        return {"car": None, **known}
    registry = {
        "unit": next((unit_id for span, unit_id in car.units if _touches(span, start_us, start_us + 1)), None),
        "use": car.use_class.value,
        "enrolled": _spans(car.enrolments),
        "fitted": _spans(car.fittings),
        "states": [[state.state.value, *_span(state.during)] for state in car.states],
        "tank": _tank(car.tank),
        "first_heard": None if car.first_heard is None else car.first_heard.astimezone(UTC).isoformat(),
    }
    return {"car": registry, **known}


def _spans(spans: Iterable[Span]) -> list[list[str | None]]:
    return sorted((_span(span) for span in spans), key=lambda span: span[0] or "")


def _span(span: Span) -> list[str | None]:
    return [None if at is None else at.astimezone(UTC).isoformat() for at in (span.start, span.end)]


def _tank(tank: Tank) -> dict[str, str | None]:
    numbers = {"tank_l": tank.tank_l, "second_tank_l": tank.second_tank_l, "norm_l_per_100km": tank.norm_l_per_100km}
    told = {name: None if number is None else f"{number.normalize():f}" for name, number in numbers.items()}
    return {"fuel_kind": tank.fuel_kind and tank.fuel_kind.value, **told}
