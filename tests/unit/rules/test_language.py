"""What the rule language reads, what it refuses, and where it points."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geofence.zone import ZoneKind
from rules.expression import (
    Applied,
    Complement,
    Either,
    Need,
    Term,
    Where,
    is_grounded,
    needs,
    reach_us,
    uses_calendar,
)
from rules.kinds import Kind
from rules.language import MOST_CHARACTERS, MOST_DEPTH, MOST_WORDS, Constant, parse
from rules.tokens import RuleError
from rules.vocabulary import PLACES, VOCABULARY

MINUTE_US = 60_000_000
DRIVING, HOLIDAY, ORDERED, WAIVED, NIGHT = map(Term, ("driving", "holiday", "ordered", "waived", "night"))


def test_a_chain_of_and_and_without_is_one_place_to_look() -> None:
    wanted = Where((DRIVING, HOLIDAY), (ORDERED, WAIVED))
    assert parse("driving & holiday - ordered - waived") == wanted
    assert parse("((driving & holiday) - ordered) - waived") == wanted
    assert parse("driving - ordered & holiday - waived") == wanted


def test_or_binds_loosest_and_not_closest() -> None:
    assert parse("driving | night - ordered") == Either((DRIVING, Where((NIGHT,), (ORDERED,))))
    assert parse("(driving | night) - ordered") == Where((Either((DRIVING, NIGHT)),), (ORDERED,))
    assert parse("~driving & night") == Where((Complement(DRIVING), NIGHT))
    assert parse("~(driving & night)") == Complement(Where((DRIVING, NIGHT)))


def test_what_is_taken_away_in_brackets_stays_together() -> None:
    assert parse("driving - (holiday - ordered)") == Where((DRIVING,), (Where((HOLIDAY,), (ORDERED,)),))


def test_alternatives_in_brackets_are_one_list() -> None:
    assert parse("(driving | night) | ordered") == parse("driving | (night | ordered)")


def test_lines_and_blanks_do_not_matter() -> None:
    assert parse(" driving\n  & holiday\t-ordered ") == parse("driving&holiday-ordered")


def test_functions_take_spans_and_durations() -> None:
    assert parse('longer(driving & night, "15 min")') == Applied(
        "longer", (Where((DRIVING, NIGHT)),), (15 * MINUTE_US,)
    )
    assert parse('grow(ordered, "15 min", "30 min")') == Applied("grow", (ORDERED,), (15 * MINUTE_US, 30 * MINUTE_US))
    assert parse("without(driving, ordered)") == Applied("without", (DRIVING, ORDERED))


def test_arguments_may_be_left_out_or_named() -> None:
    full = Term("outside", ("jurisdiction", 500.0, 3))
    assert parse('outside(jurisdiction, "500 m", 3)') == full
    assert parse('outside(jurisdiction, "500 m", fixes=3)') == full
    assert parse("outside(place='jurisdiction', fixes=3, buffer='0.5 km')") == full
    assert parse("inside(home)") == Term("inside", ("home", 0.0, 1))
    assert parse('inside("迎宾酒店")') == Term("inside", ("迎宾酒店", 0.0, 1))


def test_a_parameter_stands_for_its_value() -> None:
    settings = {"reach": Constant(Kind.DISTANCE, 50.0), "start": Constant(Kind.CLOCK, 0)}
    assert parse("inside(sensitive, reach)", settings) == parse('inside(sensitive, "50 m")')
    assert parse('between(start, "05:00")', settings) == parse('between("00:00", "05:00")')


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", 0, "expected a word such as driving"),
        ("driving &", 9, "found the end"),
        ("driving & & night", 10, "found &"),
        ("driving night", 8, "expected &, |, - or the end but found night"),
        ("(driving", 8, "expected ) but found the end"),
        ("driving)", 7, "found )"),
        ("drving", 0, "did you mean driving?"),
        ("driving & 节假日", 10, "unknown character"),
        ("driving（night）", 7, "write ( instead of the full-width"),
        ("inside(“home”)", 7, 'write " instead'),
        ('inside("home)', 7, "the quote is not closed"),
        ("inside(senstive)", 7, "a zone name in quotes"),
        ('inside("")', 7, "expected a zone kind"),
        ("inside", 0, "lacks its argument place"),
        ("longer(driving)", 0, "lacks its argument duration"),
        ("longer(driving, 15 min)", 16, 'a duration such as "15 min"'),
        ('longer(driving, "15")', 16, '"15" is no duration'),
        ('longer("15 min", driving)', 7, "expected a word such as driving"),
        ("driving(night)", 8, "takes at most 0 arguments"),
        ('inside(home, "1 m", 1, 2)', 23, "takes at most 3 arguments"),
        ("inside(home, colour=3)", 13, "has no argument colour"),
        ('inside(home, buffer="1 m", buffer="2 m")', 27, "repeated or out of order"),
        ('inside(fixes=3, "home")', 16, "repeated or out of order"),
        ("inside(home, fixes=0)", 19, "between 1 and 1000"),
        ("inside(home, fixes=2.5)", 19, "a whole number"),
        ('inside(home, "200 km")', 13, "between 0 and 100000"),
        ("faster_than(9999)", 12, "between 1 and 400"),
        ('faster_than("120")', 12, "expected a number such as 120"),
        ("alarm(noise)", 6, "expected an alarm name"),
        ('between("07:30", "07:30")', 0, "the same"),
        ('between("7.30", "09:00")', 8, "no time of day"),
        ("reach", 0, "a parameter can only stand as an argument"),
        ('between(reach, "09:00")', 8, "parameter reach is not a time of day"),
        ("faster_than(1234567890123456789)", 12, "not well written"),
        ("__import__('os')", 0, "unknown word __import__"),
        ("driving; night", 7, "unknown character"),
    ],
)
def test_an_error_points_at_its_place_and_says_what_was_expected(text: str, position: int, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text, {"reach": Constant(Kind.DISTANCE, 50.0)})
    assert (caught.value.position, said in caught.value.en) == (position, True), str(caught.value)
    assert caught.value.zh


def test_the_caret_stands_below_the_place_also_after_wide_characters() -> None:
    with pytest.raises(RuleError) as caught:
        parse('driving\n& inside("酒店") & nigt')
    assert caught.value.pointer.splitlines() == ['& inside("酒店") & nigt', " " * 19 + "^"]
    assert str(caught.value).splitlines()[0] == (
        "不认识的词语 nigt，是否为 night？ / unknown word nigt; did you mean night?"
    )


def test_texts_that_are_too_long_too_deep_or_too_many_are_refused() -> None:
    deep = MOST_DEPTH - 1
    assert parse("(" * deep + "driving" + ")" * deep) == DRIVING
    for bomb, said in (
        ("(" * 5000 + "driving", "nested more than"),
        ("~" * 5000 + "driving", "nested more than"),
        ("without(" * 1000, "nested more than"),
        ("&".join(["night"] * (MOST_WORDS + 1)), "more than 1000 words"),
        ("driving" + " " * MOST_CHARACTERS, "longer than 10000 characters"),
    ):
        with pytest.raises(RuleError, match=said):
            parse(bomb)


def place_of_refusal(text: str) -> int | None:
    try:
        parse(text)
    except RuleError as error:
        return error.position
    return None


@given(st.text(alphabet="ab&|-~(),=\"' 0123.driveghtonslU（", max_size=60))
@example("driving" * 3)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    assert place_of_refusal(text) in (None, *range(len(text) + 1))


def test_needs_name_every_visit_that_has_to_be_known() -> None:
    expression = parse(
        'standing & inside(sensitive, "50 m") - inside("迎宾酒店")'
        ' | longer(outside_without_order(jurisdiction, "500 m", 3), "5 min") | inside(sensitive, "50 m") & driving'
    )
    assert needs(expression) == {
        Need("sensitive", 50.0, "inside", 1, False),
        Need("迎宾酒店", 0.0, "inside", 1, False),
        Need("jurisdiction", 500.0, "outside", 3, True),
    }


def test_reach_adds_what_is_nested_and_takes_the_most_of_what_is_not() -> None:
    assert reach_us(parse("driving & holiday - ordered")) == 0
    assert reach_us(parse('grow(ordered, "15 min", "30 min")')) == 45 * MINUTE_US
    assert reach_us(parse('longer(driving - grow(ordered, "15 min", "30 min"), "1 h")')) == 105 * MINUTE_US
    assert reach_us(parse('longer(driving, "10 min") | shorter(standing, "2 h")')) == 120 * MINUTE_US


def test_only_rules_that_ask_for_the_kind_of_day_use_the_calendar() -> None:
    assert uses_calendar(parse("driving & holiday"))
    assert uses_calendar(parse("without(driving, ~work_hours)"))
    assert not uses_calendar(parse('standing & night - ordered & between("00:00", "05:00")'))


@pytest.mark.parametrize(
    ("text", "grounded"),
    [
        ("driving", True),
        ("driving & ~ordered", True),
        ("holiday & standing", True),
        ("driving | standing & night", True),
        ("driving | night", False),
        ("holiday - driving", False),
        ("~driving", False),
        ("without(driving, ordered)", True),
        ("without(holiday, driving)", False),
        ('longer(silent, "1 h")', True),
        ('grow(driving, "1 h", "1 h")', False),
        ('grow(driving, "1 h", "1 h") & standing', True),
        ("ordered", False),
    ],
)
def test_a_rule_is_grounded_when_it_holds_only_where_there_is_data(text: str, grounded: bool) -> None:
    assert is_grounded(parse(text)) is grounded


def test_every_kind_of_zone_is_a_place() -> None:
    assert set(PLACES) == {kind.value for kind in ZoneKind}


def test_every_word_can_be_written() -> None:
    samples = {
        Kind.SPANS: "driving",
        Kind.DURATION: '"15 min"',
        Kind.DISTANCE: '"50 m"',
        Kind.NUMBER: "120",
        Kind.COUNT: "3",
        Kind.PLACE: "home",
        Kind.ALARM: "power_cut",
    }
    clocks = {"start": '"22:00"', "end": '"05:00"'}
    for word in VOCABULARY.values():
        given_ = ", ".join(clocks.get(p.name, samples.get(p.kind, "")) for p in word.parameters)
        parsed = parse(f"{word.name}({given_})")
        assert isinstance(parsed, Term | Applied), word.name
