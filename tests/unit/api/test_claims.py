"""What was claimed, in words."""

from __future__ import annotations

import pytest

from api.claims import told_of
from api.language import Language, Speech, catalogue
from fleet.clock import SHANGHAI
from rules.vocabulary import VOCABULARY, Origin
from tests.builders.claims import fuelled, tank
from tests.builders.ruling import violations

ZH, EN = (Speech(language, SHANGHAI) for language in Language)


def test_a_claim_and_what_was_found_in_it_are_told_in_both_languages() -> None:
    claim = fuelled("09-29 10:00", 70.5, place="城东加油站", kind="92", invoice="031")
    (violation,) = violations("R20", tank(60, kind="0"), claim)
    told = told_of(violation.evidence, ZH)
    assert told.claims == ["加油  9月29日 周二 10:00  100.00 元  70.5 升  92 号汽油  城东加油站  发票 031"]
    assert told.found == ["一次加油 70.5 升，油箱共 60.0 升", "所加为92 号汽油，车辆使用0 号柴油"]
    assert told_of(violation.evidence, EN).found == [
        "70.5 l at once; its tanks hold 60.0 l",
        "petrol 92 was filled; the car takes diesel 0",
    ]


def test_a_claim_of_a_day_alone_tells_no_time() -> None:
    (violation,) = violations("R20", tank(60), fuelled("09-29", 70))
    (line,) = told_of(violation.evidence, EN).claims
    assert line == "fuel  Tue 29 Sep  100.00 yuan  70 l"


def test_of_what_was_found_in_tracks_nothing_is_told() -> None:
    told = told_of({"spans": []}, ZH)
    assert (told.claims, told.found) == ([], [])


@pytest.mark.parametrize("word", [word.name for word in VOCABULARY.values() if word.origin is Origin.EXPENSES])
def test_every_word_about_expenses_has_its_sentence(word: str) -> None:
    assert all(f"finding.{word}" in catalogue(language) for language in Language)
