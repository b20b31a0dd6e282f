"""Which form of a rule judges which unit on which day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from fleet.clock import SHANGHAI, day_start_us
from rules.catalogue import CATALOGUE
from rules.in_force import Form, InForce, Variant
from rules.rule import CatalogueError
from rules.rule_changes import RuleChanges, RuleEntry, RuleSetting
from rules.units import Units
from tests.builders.rule_changes import changed, off, on, put, setting

R04, R05 = (replace(CATALOGUE[rule_id], version=1) for rule_id in ("R04", "R05"))
CITY, COUNTY, OFFICE, OTHER = 1, 2, 3, 4
TREE = {CITY: None, COUNTY: CITY, OFFICE: COUNTY, OTHER: CITY}
YEAR_US = (day_start_us(date(2026, 2, 1)), day_start_us(date(2026, 12, 1)))


def in_force(*told: RuleEntry | RuleSetting) -> InForce:
    entries = [one for one in told if isinstance(one, RuleEntry)]
    return InForce([R04, R05], RuleChanges(entries, [one for one in told if isinstance(one, RuleSetting)], TREE))


def units(*ids: int) -> Units:
    return Units.always(np.array(ids, np.int32))


def version(rules: InForce, day: str, rule_id: str = "R04") -> int | None:
    form = rules.form_on(rule_id, None, date.fromisoformat(day))
    return None if form is None else form.rule.version


def settings(rules: InForce, unit: int | None, day: str) -> dict[str, object]:
    form = rules.form_on("R04", unit, date.fromisoformat(day))
    assert form is not None
    return dict(form.settings)


def test_with_nothing_entered_the_shipped_rules_judge_all_at_all_times() -> None:
    variants = list(in_force().variants(units(CITY, OFFICE), YEAR_US, SHANGHAI))
    assert [(one.form, one.rows, one.spans) for one in variants] == [(Form(R04), None, None), (Form(R05), None, None)]
    assert in_force().forms == [Form(R04), Form(R05)]


def test_a_changed_rule_is_in_force_from_its_day_on() -> None:
    rules = in_force(put(changed("R04", lasting="20 min"), "2026-10-01"))
    assert [version(rules, day) for day in ("2026-09-30", "2026-10-01", "2030-01-01")] == [1, 2, 2]
    assert version(rules, "2026-10-01", "R05") == 1


def test_the_newest_entry_for_a_day_counts() -> None:
    second, third = changed("R04", 2, lasting="20 min"), changed("R04", 3, lasting="15 min")
    rules = in_force(put(second, "2026-10-01"), put(third, "2026-09-01", "2026-10-10"))
    wanted = {"2026-08-31": 1, "2026-09-01": 3, "2026-10-10": 3, "2026-10-11": 2}
    assert {day: version(rules, day) for day in wanted} == wanted


def test_a_rule_is_off_and_on_again() -> None:
    second = changed("R04", 2, lasting="20 min")
    rules = in_force(put(second, "2026-03-01"), off("R04", "2026-02-01"), on("R04", "2026-04-01"))
    wanted = {"2026-01-31": 1, "2026-02-01": None, "2026-03-31": None, "2026-04-01": 2}
    assert {day: version(rules, day) for day in wanted} == wanted
    for_a_week = in_force(off("R04", "2026-02-01", "2026-02-07"))
    assert [version(for_a_week, day) for day in ("2026-02-07", "2026-02-08")] == [None, 1]


def test_a_rule_put_in_force_after_it_was_switched_off_is_on() -> None:
    rules = in_force(off("R04", "2026-02-01"), put(changed("R04", lasting="20 min"), "2026-03-01"))
    assert [version(rules, day) for day in ("2026-02-28", "2026-03-01")] == [None, 2]


def test_a_rule_of_the_centres_own_is_in_force_from_its_day_on_only() -> None:
    own = changed("R05")
    rules = InForce([R04], RuleChanges([put(own, "2026-03-01")]))
    assert rules.rule_ids == ["R04", "R05"]
    assert rules.form_on("R05", None, date(2026, 2, 28)) is None
    assert rules.form_on("R05", None, date(2026, 3, 1)) == Form(own)


def test_settings_are_those_of_the_nearest_unit_that_has_some() -> None:
    rules = in_force(
        setting("R04", None, work_end="18:00", work_start="08:00"),
        setting("R04", CITY, work_end="18:30"),
        setting("R04", OFFICE, work_end="20:00"),
    )
    assert settings(rules, OFFICE, "2026-05-01") == {"work_end": "20:00", "work_start": "08:00"}
    assert settings(rules, COUNTY, "2026-05-01") == settings(rules, OTHER, "2026-05-01")
    assert settings(rules, COUNTY, "2026-05-01") == {"work_end": "18:30", "work_start": "08:00"}
    assert settings(rules, 99, "2026-05-01") == settings(rules, None, "2026-05-01")
    assert settings(rules, None, "2026-05-01") == {"work_end": "18:00", "work_start": "08:00"}
    assert settings(rules, OFFICE, "2019-12-31") == {}


def test_a_season_comes_before_the_whole_year_whichever_was_entered_first() -> None:
    summer = setting("R04", OFFICE, season="05-01..09-30", work_end="19:30")
    rules = in_force(summer, setting("R04", OFFICE, work_end="18:00"))
    wanted = {"2026-04-30": "18:00", "2026-05-01": "19:30", "2026-09-30": "19:30", "2026-10-01": "18:00"}
    assert {day: settings(rules, OFFICE, day)["work_end"] for day in wanted} == wanted


def test_a_units_own_whole_year_comes_before_a_season_of_all() -> None:
    rules = in_force(
        setting("R04", None, season="05-01..09-30", work_end="19:30"), setting("R04", OFFICE, work_end="18:00")
    )
    assert settings(rules, OFFICE, "2026-07-01") == {"work_end": "18:00"}
    assert settings(rules, OTHER, "2026-07-01") == {"work_end": "19:30"}


def test_a_season_runs_over_the_years_end_within_the_days_of_its_entry() -> None:
    rules = in_force(setting("R04", CITY, "2025-12-01", "2027-01-15", season="11-01..03-31", work_end="18:00"))
    wanted = {
        "2025-11-30": {}, "2025-12-01": {"work_end": "18:00"}, "2026-01-01": {"work_end": "18:00"}, "2026-04-01": {},
        "2026-12-31": {"work_end": "18:00"}, "2027-01-15": {"work_end": "18:00"}, "2027-01-16": {},
    }  # fmt: skip
    assert {day: settings(rules, OFFICE, day) for day in wanted} == wanted


def test_what_was_set_can_be_corrected_and_taken_back() -> None:
    wrong, right = setting("R04", OFFICE, work_end="12:30"), setting("R04", OFFICE, work_end="20:30")
    above = setting("R04", CITY, work_end="18:00")
    assert settings(in_force(above, wrong, right), OFFICE, "2026-05-01") == {"work_end": "20:30"}
    back = setting("R04", OFFICE, "2026-05-01", work_end=None)
    rules = in_force(above, wrong, right, back)
    assert settings(rules, OFFICE, "2026-04-30") == {"work_end": "20:30"}
    assert settings(rules, OFFICE, "2026-05-01") == {"work_end": "18:00"}


def test_a_value_as_it_is_written_in_the_rule_is_no_other_form() -> None:
    rules = in_force(setting("R04", OFFICE, work_end="19:00", lasting="600 s"))
    assert rules.form_on("R04", OFFICE, date(2026, 5, 1)) == Form(R04)
    assert rules.forms == [Form(R04), Form(R05)]


def test_one_value_written_in_two_ways_is_one_form() -> None:
    rules = in_force(setting("R04", OFFICE, lasting="900 s"), setting("R04", OTHER, lasting="15 min"))
    variants = list(rules.variants(units(OFFICE, OTHER), YEAR_US, SHANGHAI))
    assert [dict(one.form.settings) for one in variants] == [{"lasting": "15 min"}, {}]
    assert variants[0].rows is None


def test_a_form_begins_at_local_midnight() -> None:
    rules = in_force(put(changed("R04", lasting="20 min"), "2026-10-01"))
    first, second, _ = rules.variants(units(CITY), YEAR_US, SHANGHAI)
    assert first.spans is not None
    assert second.spans is not None
    midnight_us = day_start_us(date(2026, 10, 1))
    assert first.spans[1].tolist() == second.spans[0].tolist() == [midnight_us]
    assert midnight_us % 86_400_000_000 == 16 * 3_600_000_000, "16:00 UTC of the day before"


def test_only_units_that_are_judged_are_looked_at() -> None:
    rules = in_force(setting("R04", OFFICE, work_end="20:00"))
    assert [v.rows for v in rules.variants(units(OTHER, CITY), YEAR_US, SHANGHAI)] == [None, None]
    own, others, _ = rules.variants(units(OFFICE, OTHER, OFFICE), YEAR_US, SHANGHAI)
    assert own.rows is not None
    assert others.rows is not None
    assert own.rows.tolist() == [True, False, True]
    assert others.rows.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"work_end": "25:00"}, "no time of day"),
        ({"work_end": "19"}, "no time of day"),
        ({"work_end": "11:00"}, "beyond its limits"),
        ({"workend": "19:30"}, "has no setting workend"),
        ({"lasting": "5"}, "no duration"),
        ({"work_start": "12:00", "work_end": "12:00"}, "the two times of day are the same"),
    ],
)
def test_a_setting_that_the_rule_refuses_is_told_with_the_rule_and_the_day(values: dict[str, str], said: str) -> None:
    with pytest.raises(CatalogueError, match="from 2026-03-01 on rule R04, version 1") as caught:
        assert in_force(setting("R04", OFFICE, "2026-03-01", **values)).forms  # type: ignore[arg-type]  # names as told
    assert said in str(caught.value)


def test_a_setting_that_a_later_version_has_no_more_is_refused() -> None:
    fixed = changed("R04", old="work_end", new='"19:00"', lasting="20 min")
    with pytest.raises(CatalogueError, match="version 2"):
        assert in_force(setting("R04", OFFICE, work_end="20:00"), put(fixed, "2027-01-01")).forms


entries = st.lists(
    st.tuples(
        st.sampled_from(["put", "off", "on", "set"]),
        st.dates(date(2025, 11, 1), date(2026, 3, 1)),
        st.none() | st.integers(0, 60),
        st.sampled_from([None, CITY, OFFICE]),
        st.sampled_from([None, "12-15..01-10", "01-20..02-10"]),
        st.sampled_from(["18:00", "20:00", None]),
    ).map(lambda told: made(*told)),
    max_size=6,
)


def made(
    what: str, first: date, length: int | None, unit: int | None, season: str | None, value: str | None
) -> RuleEntry | RuleSetting:
    since, last = first.isoformat(), None if length is None else (first + timedelta(days=length)).isoformat()
    match what:
        case "put":
            return put(changed("R04", 2 + first.day % 3, lasting=f"{11 + first.day % 3} min"), since, last)
        case "off":
            return off("R04", since, last)
        case "on":
            return on("R04", since, last)
    return setting("R04", unit, since, last, season, work_end=value)


@given(entries)
@settings_of_hypothesis(deadline=None)
def test_the_variants_of_a_unit_part_its_time_as_its_days_do(told: list[RuleEntry | RuleSetting]) -> None:
    rules = in_force(*told)
    first, last = date(2025, 10, 1), date(2026, 6, 1)
    bounds_us = (day_start_us(first), day_start_us(last))
    for unit in (CITY, OFFICE, OTHER):
        found = rules.variants(units(unit), bounds_us, SHANGHAI)
        variants = [one for one in found if one.form.rule.id == "R04"]
        for day in (first + timedelta(days=n) for n in range((last - first).days)):
            form = rules.form_on("R04", unit, day)
            assert [one.form for one in variants if holds(one, day_start_us(day))] == ([] if form is None else [form])
            assert form is None or form in rules.forms


@given(entries, st.lists(st.tuples(st.integers(0, 240), st.sampled_from([CITY, OFFICE, OTHER])), max_size=3))
@settings_of_hypothesis(deadline=None)
def test_a_vehicle_that_changes_units_is_judged_each_day_by_the_unit_of_then(
    told: list[RuleEntry | RuleSetting], moves: list[tuple[int, int]]
) -> None:
    rules = in_force(*told)
    first, last = date(2025, 10, 1), date(2026, 6, 1)
    changes = {first + timedelta(days=n): unit for n, unit in moves}
    over_time = Units.of(np.array([CITY], np.int32), [(0, day_start_us(day), unit) for day, unit in changes.items()])
    found = rules.variants(over_time, (day_start_us(first), day_start_us(last)), SHANGHAI)
    variants = [one for one in found if one.form.rule.id == "R04"]
    unit = CITY
    for day in (first + timedelta(days=n) for n in range((last - first).days)):
        unit = changes.get(day, unit)
        form = rules.form_on("R04", unit, day)
        assert [one.form for one in variants if holds(one, day_start_us(day))] == ([] if form is None else [form])


def test_a_change_of_unit_parts_nothing_where_both_have_the_same_form() -> None:
    rules = in_force(setting("R04", OFFICE, "2026-03-01", work_end="20:00"))
    within_us = (day_start_us(date(2026, 1, 5)), day_start_us(date(2026, 2, 20)))
    (april,) = (day_start_us(date(2026, 4, 1)),)
    moved = Units.of(np.array([OTHER, CITY], np.int32), [(0, day_start_us(date(2026, 2, 1)), CITY)])
    (variant,) = [one for one in rules.variants(moved, within_us, SHANGHAI) if one.form.rule.id == "R04"]
    assert (variant.rows, variant.spans) == (None, None)
    to_office = Units.of(np.array([OTHER], np.int32), [(0, april, OFFICE)])
    before, after = [one for one in rules.variants(to_office, within_us, SHANGHAI) if one.form.rule.id == "R04"]
    assert before.spans is not None
    assert after.spans is not None
    assert before.spans[1].tolist() == after.spans[0].tolist() == [april]


def holds(variant: Variant, at_us: int) -> bool:
    if variant.spans is None:
        return True
    starts_us, ends_us = variant.spans
    return bool(((starts_us <= at_us) & (at_us < ends_us)).any())
