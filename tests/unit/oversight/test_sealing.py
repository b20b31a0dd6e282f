"""Who has to stand over a holiday, by the shipped rules and by changed ones; how a car was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.order import Order, Waiver, WaiverKind
from fleet.span import Span
from fleet.vehicle import UseClass
from oversight.campaign_figures import CarLine, by_unit, figures, summary_of
from oversight.sealing import CarState, Obligation, Obliged, Seen, obligations, state_of
from rules.calendar import WorkCalendar
from rules.catalogue import CATALOGUE
from rules.papers import Papers
from rules.rule import Rule
from tests.integration.api.builders import local

BEGIN, END = local("2026-10-01 00:00"), local("2026-10-08 00:00")
HOUR = timedelta(hours=1)


def shipped(rule_id: str, _: int) -> Rule | None:
    return CATALOGUE[rule_id]


def of(papers: Papers, rule_of: object = shipped) -> Obliged:
    """Of one car with these papers."""
    assert callable(rule_of)
    (one,) = obligations([1], papers, rule_of, WorkCalendar(), BEGIN, END)
    return one


def waiver(kind: WaiverKind, start: datetime = BEGIN, end: datetime = END) -> Papers:
    return Papers(waivers=[(0, Waiver(1, 1, kind, Span(start, end), ""))])


def order(start: datetime, end: datetime, **more: datetime) -> Papers:
    approved = {"filed_at": start - HOUR, "approved_at": start - HOUR} | more
    return Papers(orders=[(0, Order(1, "D-1", 1, Span(start, end), "", "", **approved))])


@pytest.mark.parametrize(
    ("papers", "obligation", "excuses"),
    [
        (Papers(), Obligation.SEAL, ()),
        (waiver(WaiverKind.DUTY), Obligation.EXEMPT, ("on_duty",)),
        (waiver(WaiverKind.DUTY, end=END - HOUR), Obligation.PARTLY, ("on_duty",)),
        (waiver(WaiverKind.EMERGENCY), Obligation.EXEMPT, ("waived",)),
        (waiver(WaiverKind.OTHER), Obligation.EXEMPT, ("waived",)),
        (waiver(WaiverKind.REPAIR), Obligation.STAND, ("in_repair",)),
        (waiver(WaiverKind.REPAIR, end=END - HOUR), Obligation.SEAL, ("in_repair",)),
        (waiver(WaiverKind.TEST_DRIVE), Obligation.SEAL, ()),
        (waiver(WaiverKind.DUTY, BEGIN - 9 * HOUR, BEGIN), Obligation.SEAL, ()),
        (order(BEGIN + HOUR, BEGIN + 5 * HOUR), Obligation.PARTLY, ("ordered",)),
        (order(BEGIN - HOUR, END + HOUR), Obligation.EXEMPT, ("ordered",)),
        (order(BEGIN, END, cancelled_at=BEGIN - HOUR), Obligation.SEAL, ()),
        (order(BEGIN, END, filed_at=BEGIN + 25 * HOUR), Obligation.SEAL, ()),
        (Papers(use_classes={0: UseClass.LAW_ENFORCEMENT}), Obligation.EXEMPT, ("law_enforcement",)),
        (Papers(use_classes={0: UseClass.CONFIDENTIAL_MAIL}), Obligation.SEAL, ()),
        (Papers(use_classes={0: UseClass.EMERGENCY}), Obligation.SEAL, ()),
    ],
)
def test_papers_excuse_as_the_rules_have_it(papers: Papers, obligation: Obligation, excuses: tuple[str, ...]) -> None:
    assert of(papers) == Obliged(obligation, excuses)


def test_a_rule_that_a_centre_changed_changes_the_list() -> None:
    stricter = replace(CATALOGUE["R06"], expression=replace(CATALOGUE["R06"].expression, removed=()))
    changed = {"R06": stricter, "R07": CATALOGUE["R07"]}
    assert of(waiver(WaiverKind.DUTY), lambda rule, _: changed[rule]).obligation is Obligation.STAND
    assert of(Papers(), lambda rule, _: None if rule == "R06" else CATALOGUE[rule]).obligation is Obligation.EXEMPT
    assert of(Papers(), lambda rule, _: None if rule == "R07" else CATALOGUE[rule]).obligation is Obligation.STAND


def test_each_unit_has_the_rule_that_is_in_force_for_it() -> None:
    def rule_of(rule: str, unit: int) -> Rule | None:
        return CATALOGUE[rule] if unit == 1 else None

    found = obligations([1, 2, 1], Papers(), rule_of, WorkCalendar(), BEGIN, END)
    assert [one.obligation for one in found] == [Obligation.SEAL, Obligation.EXEMPT, Obligation.SEAL]


MOMENT = st.none() | st.integers(0, 48).map(lambda hours: BEGIN + hours * HOUR)


@given(st.sampled_from([0.0, 600.0]), MOMENT, MOMENT, MOMENT)
def test_nothing_is_sealed_or_away_that_was_not_seen(
    driving_s: float, home_at: datetime | None, away_at: datetime | None, heard_at: datetime | None
) -> None:
    state = state_of(Seen(1, driving_s, home_at, away_at, heard_at))
    assert (state is CarState.MOVED) == (driving_s > 0)
    assert state is not CarState.SEALED or (home_at is not None and (away_at is None or away_at <= home_at))
    assert state is not CarState.AWAY or (away_at is not None and (home_at is None or away_at > home_at))
    assert state not in (CarState.OFFLINE, CarState.UNKNOWN) or (home_at is None and away_at is None)


def line(plate: str, unit: str = "A", **more: object) -> CarLine:
    told = {"vehicle_id": 1, "use_class": "general", "unit_id": 1, "unit_code": unit, "obligation": Obligation.SEAL}
    return CarLine(plate=plate, unit=unit, **{**told, **more})  # type: ignore[arg-type]  # a builder of a line


def test_figures_count_states_of_listed_cars_and_alerts_of_all() -> None:
    lines = [
        line("1", state=CarState.SEALED, confirmed=True),
        line("2", state=CarState.OFFLINE),
        line("3", state=CarState.MOVED, obligation=Obligation.EXEMPT, alerts=2),
    ]
    told = figures(lines)
    assert (told.cars, told.listed, told.exempt, told.sealed, told.offline, told.moved) == (3, 2, 1, 1, 1, 0)
    assert (told.confirmed, told.alerts) == (1, 2)


def test_who_was_not_seen_is_not_clean() -> None:
    told = summary_of(
        "2026-national-day",
        [line("1", "A"), line("2", "B", unknown_days=1), line("3", "C", violations={"R06": 2})],
    )
    assert (told.clean, told.unseen, dict(told.violations)) == (["A"], ["B"], {"R06": 2})


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(CarState), st.sampled_from(Obligation)), max_size=12))
def test_the_figures_of_units_add_up_to_those_of_all(cars: list[tuple[str, CarState, Obligation]]) -> None:
    lines = [line(str(n), unit, state=state, obligation=what) for n, (unit, state, what) in enumerate(cars)]
    whole = figures(lines)
    for name in ("cars", "listed", "exempt", "sealed", "moved", "away", "unknown", "offline"):
        assert sum(getattr(unit.figures, name) for unit in by_unit(lines)) == getattr(whole, name)
    states = whole.sealed + whole.moved + whole.away + whole.unknown + whole.offline
    assert states == whole.listed


def test_a_line_comes_back_from_its_paper_as_it_was() -> None:
    told = line("苏N00001", state=CarState.AWAY, excuses=("ordered",), violations={"R06": 1}, driving_s=5400)
    assert CarLine.of_json(told.as_json()) == told
    assert CarLine.of_json(line("苏N00002").as_json()) == line("苏N00002")
