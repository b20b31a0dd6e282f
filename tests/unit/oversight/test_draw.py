"""The draw: who is in it, fair to each car, the same for whoever recomputes it, and every forgery shows."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.week import Week
from oversight.draw import (
    Car,
    Commitment,
    Draw,
    Frame,
    Replaced,
    Terms,
    Why,
    draw,
    pseudonym,
    publish,
    sha256_of,
    share_out,
    verify,
)

RECOMPUTE = Path(__file__).parents[3] / "docs" / "draw" / "recompute.py"
WEEK = Week(date(2026, 11, 23))
FRIDAY = datetime(2026, 11, 20, 8, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 0, tzinfo=UTC)
SIZES = [1] * 9 + [2] * 12 + [3] * 10 + [4] * 8 + [5] * 7 + [7] * 5 + [9] * 5 + [12] * 4 + [18] * 3 + [14, 30, 47]
"""403 cars in 66 units, most of them small, as a district's are."""


def seed(number: int) -> bytes:
    return hashlib.sha256(f"test {number}".encode()).digest()


def frame_of(sizes: list[int], waits: dict[int, int] | None = None) -> Frame:
    """A frame of units with so many cars; car ``n`` waits for so many weeks, the others for one."""
    numbers = iter(range(sum(sizes)))
    cars = []
    for unit, size in enumerate(sizes):
        for number in (next(numbers) for _ in range(size)):
            since = Week(WEEK.monday - timedelta(weeks=(waits or {}).get(number, 1)))
            cars.append(Car(f"苏N{number:05}", f"U{unit:02}", since, since))
    return Frame(WEEK, MONDAY, tuple(cars), tuple((f"U{unit:02}", f"单位{unit}") for unit in range(len(sizes))))


def commitment(number: int = 1, **more: Any) -> Commitment:
    told: dict[str, Any] = {"week": WEEK, "attempt": 1, "seed": seed(number), "key_sha256": "0" * 64}
    return Commitment(**told | {"committed_at": FRIDAY} | more)


def published(**more: Any) -> dict[str, Any]:
    return publish(commitment(**more), frame_of(SIZES, {7: 26, 8: 25, 9: 30}), Terms())


def names(found: Draw, why: Why) -> set[str]:
    return {chosen.name for chosen in found.chosen if chosen.why is why}


# How many -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cars", "places"), [(403, 41), (400, 40), (401, 41), (1, 1), (0, 0), (10, 1), (11, 2), (9_999, 1_000)]
)
def test_a_tenth_is_drawn_rounded_up(cars: int, places: int) -> None:
    assert Terms().places(cars) == places
    assert len(draw(seed(1), frame_of([cars]), Terms()).chosen) == places


@pytest.mark.parametrize("share", [9, 0, -1, 101])
def test_under_a_tenth_or_over_all_is_refused(share: int) -> None:
    with pytest.raises(ValueError, match="share"):
        Terms(share_percent=share)


def test_cars_that_have_waited_for_26_weeks_are_added_on_top() -> None:
    found = draw(seed(1), frame_of(SIZES, {7: 26, 8: 25, 9: 30}), Terms())
    waited, just_not = {"苏N00007", "苏N00009"}, "苏N00008"
    assert len(names(found, Why.DRAWN)) == 41
    assert waited <= names(found, Why.DRAWN) | names(found, Why.OVERDUE)
    assert names(found, Why.OVERDUE) == waited - names(found, Why.DRAWN)
    assert just_not not in names(found, Why.OVERDUE)


def test_a_car_that_is_drawn_anyway_is_not_chosen_twice() -> None:
    everybody_waits = frame_of([20], dict.fromkeys(range(20), 40))
    found = draw(seed(1), everybody_waits, Terms())
    assert Counter(chosen.why for chosen in found.chosen) == {Why.DRAWN: 2, Why.OVERDUE: 18}
    assert len({chosen.name for chosen in found.chosen}) == 20


# Fair ---------------------------------------------------------------------------------------------------

DRAWS = 1_000
SIGNIFICANCE = 0.001
"""That so fair a draw fails one of these tests by chance, over all that it compares. The seeds are fixed."""


@cache
def chances(draws: int, chance: float) -> list[float]:
    """Of each count the chance that a fair one lies as far out on its side or farther: exact, binomial."""
    single = [comb(draws, k) * chance**k * (1 - chance) ** (draws - k) for k in range(draws + 1)]
    up, down = list(accumulate(single)), list(accumulate(reversed(single)))[::-1]
    return [min(sides) for sides in zip(up, down, strict=True)]


def tail(count: int, chance: float) -> float:
    return chances(DRAWS, chance)[count]


@pytest.fixture(scope="module")
def thousand() -> list[Draw]:
    return [draw(seed(number), frame_of(SIZES), Terms()) for number in range(DRAWS)]


def unfair(times: Counter[str], frame: Frame) -> list[str]:
    """Cars whose frequency is not a fair one: two sides and all cars share the significance (Bonferroni)."""
    bound = SIGNIFICANCE / 2 / len(frame.cars)
    return [car.name for car in frame.cars if tail(times[car.name], 41 / 403) < bound]


def test_each_car_is_drawn_as_often_as_any_other(thousand: list[Draw]) -> None:
    times = Counter(chosen.name for found in thousand for chosen in found.chosen)
    assert sum(times.values()) == DRAWS * 41
    assert unfair(times, frame_of(SIZES)) == []


def test_by_the_largest_remainder_units_of_few_cars_would_never_be_drawn() -> None:
    frame = frame_of(SIZES)
    places = {unit: 41 * size // 403 for unit, size in enumerate(SIZES)}
    by_remainder = sorted(range(len(SIZES)), key=lambda unit: -(41 * SIZES[unit] % 403))
    for unit in by_remainder[: 41 - sum(places.values())]:
        places[unit] += 1
    never = [unit for unit, given in places.items() if not given]
    assert sum(SIZES[unit] for unit in never) > 60
    times: Counter[str] = Counter()
    for car in frame.cars:
        unit = int(car.unit[1:])
        times[car.name] = round(DRAWS * places[unit] / SIZES[unit])
    assert len(unfair(times, frame)) > 60, "the test of fairness sees it"


def test_units_have_their_share_rounded_down_or_up(thousand: list[Draw]) -> None:
    for found in thousand:
        assert sum(stratum.places for stratum in found.strata) == 41
        for stratum in found.strata:
            assert 41 * stratum.cars // 403 <= stratum.places <= -(-41 * stratum.cars // 403)


def test_units_have_their_share_exactly_on_average(thousand: list[Draw]) -> None:
    more = Counter(s.unit for found in thousand for s in found.strata if s.places > 41 * s.cars // 403)
    bound = SIGNIFICANCE / 2 / len(SIZES)
    for unit, size in enumerate(SIZES):
        assert tail(more[f"U{unit:02}"], 41 * size % 403 / 403) >= bound


@given(st.lists(st.integers(1, 60), max_size=30), st.integers(10, 100), st.binary(min_size=32, max_size=32))
def test_places_add_up_and_fit(sizes: list[int], share: int, a_seed: bytes) -> None:
    cars, units = sum(sizes), {f"U{n}": size for n, size in enumerate(sizes)}
    places = Terms(share).places(cars)
    given_out = share_out(a_seed, units, places)
    assert sum(given_out.values()) == places
    for unit, size in units.items():
        assert places * size // cars <= given_out[unit] <= min(size, -(-places * size // cars))


# The same for everybody ---------------------------------------------------------------------------------


def recompute(told: object, folder: Path, *known: str) -> subprocess.CompletedProcess[str]:
    """The stand-alone program on a file, in an interpreter that finds nothing of ours."""
    file = folder / "draw.json"
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", str(RECOMPUTE), str(file), *known],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_stand_alone_program_agrees(tmp_path: Path) -> None:
    told = published()
    done = recompute(told, tmp_path, told["digest"], told["seed_sha256"])
    assert (done.returncode, "WRONG" in done.stdout) == (0, False), done.stdout + done.stderr
    assert verify(told) == []


def test_the_stand_alone_program_is_short_and_imports_nothing_of_ours() -> None:
    lines = RECOMPUTE.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40
    assert [line for line in lines if "import" in line] == ["import datetime, hashlib, hmac, json, sys"]


def test_a_file_that_was_written_and_read_again_is_the_same() -> None:
    assert verify(json.loads(json.dumps(published()))) == []


def test_one_plate_changes_the_digest() -> None:
    frame = frame_of(SIZES)
    for at in (0, 200, 402):
        other = list(frame.cars)
        other[at] = Car(other[at].name + "D", other[at].unit, other[at].last_drawn, other[at].waits_since)
        changed = publish(commitment(), Frame(WEEK, MONDAY, tuple(other), frame.units), Terms())
        unchanged = publish(commitment(), frame, Terms())
        assert changed["frame_sha256"] != unchanged["frame_sha256"]
        assert changed["digest"] != unchanged["digest"]


# Forgeries ----------------------------------------------------------------------------------------------


def swap_chosen(told: dict[str, Any]) -> None:
    chosen = {name for name, *_ in told["chosen"]}
    spared = next(car for car in told["frame"]["cars"] if car[0] not in chosen and car[1] == told["chosen"][0][1])
    told["chosen"][0][0] = spared[0]


def drop_car(told: dict[str, Any]) -> None:
    told["frame"]["cars"] = [car for car in told["frame"]["cars"] if car[0] != told["chosen"][0][0]]


def other_seed(told: dict[str, Any]) -> None:
    told["seed"] = seed(2).hex()


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another car": swap_chosen,
    "a car fewer in the frame": drop_car,
    "another plate": lambda told: told["frame"]["cars"][0].__setitem__(0, "苏A99999"),
    "another unit": lambda told: told["frame"]["cars"][5].__setitem__(1, "U01"),
    "a wait made shorter": lambda told: told["frame"]["cars"][9].__setitem__(3, "2026-W46"),
    "another seed": other_seed,
    "a place fewer": lambda told: told["strata"][-1].__setitem__(2, 1),
    "one left out": lambda told: told["chosen"].pop(),
    "a smaller share": lambda told: told.update(share_percent=9),
    "a longer wait": lambda told: told.update(overdue_weeks=52),
    "another week": lambda told: told.update(week="2026-W47"),
    "committed afterwards": lambda told: told.update(committed_at="2026-11-23T00:00:00+00:00"),
    "a redraw without its reason": lambda told: told.update(attempt=2),
    "something added": lambda told: told.update(note="已核"),
}


def signed_again(told: dict[str, Any]) -> dict[str, Any]:
    """As a careful forger would: with the digests that its content gives."""
    told["frame_sha256"] = sha256_of(told["frame"])
    told["seed_sha256"] = hashlib.sha256(bytes.fromhex(told["seed"])).hexdigest()
    return told | {"digest": sha256_of({key: value for key, value in told.items() if key != "digest"})}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_draw_is_caught(forgery: str, tmp_path: Path) -> None:
    told = deepcopy(published())
    FORGERIES[forgery](told)
    assert verify(told) != []
    assert recompute(told, tmp_path).returncode == 1


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_draw_with_new_digests_is_caught_by_what_was_made_known(forgery: str, tmp_path: Path) -> None:
    real = published()
    told = deepcopy(real)
    FORGERIES[forgery](told)
    told = signed_again(told)
    assert verify(told, digest=real["digest"], seed_sha256=real["seed_sha256"]) != []
    assert recompute(told, tmp_path, real["digest"], real["seed_sha256"]).returncode == 1


def test_a_draw_made_up_whole_is_caught_by_the_commitment(tmp_path: Path) -> None:
    real, made_up = published(), publish(commitment(2), frame_of(SIZES), Terms())
    assert verify(made_up) == []
    assert len(verify(made_up, seed_sha256=real["seed_sha256"])) == 1
    assert recompute(made_up, tmp_path, made_up["digest"], real["seed_sha256"]).returncode == 1


@pytest.mark.parametrize("told", [None, [], {}, "抽签", 7, {"replaces": None, "frame": {}}])
def test_what_is_no_draw_is_told_so(told: object) -> None:
    assert len(verify(told)) == 1


@given(st.data())
def test_whatever_is_changed_is_caught(data: st.DataObject) -> None:
    told = deepcopy(published())
    at: Any = told
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or not at[key]:
            break
        at = at[key]
    before = at[key]
    at[key] = data.draw(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.floats()).filter(
            lambda new: json.dumps(new) != json.dumps(before)
        )
    )
    assert verify(told) != []


# A redraw, and cars that few may know of -----------------------------------------------------------------


def test_a_redraw_shows_the_draw_that_it_replaces_and_why(tmp_path: Path) -> None:
    first = published()
    again = published(number=2, attempt=2, replaces=Replaced(first["digest"], "名单漏了新纳管的车"))
    assert again["replaces"] == {"digest": first["digest"], "reason": "名单漏了新纳管的车"}
    assert verify(again) == []
    assert recompute(again, tmp_path).returncode == 0


def test_a_redraw_needs_the_draw_that_it_replaces() -> None:
    with pytest.raises(ValueError, match="replaces"):
        commitment(attempt=2)


def test_a_pseudonym_is_known_to_the_key_only() -> None:
    assert pseudonym(b"one", "苏N98765") == pseudonym(b"one", "苏N98765")
    assert pseudonym(b"one", "苏N98765") != pseudonym(b"two", "苏N98765")


# The example of the documents ------------------------------------------------------------------------------

DOCUMENT = RECOMPUTE.parents[1] / "draw.md"
EXAMPLE = RECOMPUTE.parent / "example.json"


def test_the_documents_example_is_a_draw_and_is_told_as_it_is(tmp_path: Path) -> None:
    told = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert verify(told) == []
    document = DOCUMENT.read_text(encoding="utf-8")
    assert f"`{told['digest']}`" in document
    assert recompute(told, tmp_path).stdout in document
