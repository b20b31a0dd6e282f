"""The weekly draw 抽签: which cars are looked at, so that anyone can recompute it from what is published.

A seed is committed (its SHA-256 published) before the frame is known. The frame is who is in it: the enrolled cars of
one moment. With the seed, ``draw`` says who is chosen; nothing else goes into it. docs/draw.md tells the same for
readers of other languages, docs/draw/recompute.py does it without this program, decision 0027 says why it is so.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from fleet.week import Week

FORMAT = "gongche draw 1"
LEAST_SHARE_PERCENT = 10
SEED_BYTES = 32
CONFIDENTIAL_UNIT = "*"
"""The stratum of all confidential cars: their units are not published."""
_PSEUDONYM = "机要-"
_PSEUDONYM_HEX = 32

Fault = tuple[str, str]
"""What is wrong, in Chinese and English."""


class Why(StrEnum):
    """Why a car is chosen."""

    DRAWN = "drawn"
    OVERDUE = "overdue"
    """Not drawn this time, but not in any draw for so many weeks: added on top."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How many are drawn: ``share_percent`` of the cars, rounded up; ``overdue_weeks`` is the longest wait."""

    share_percent: int = LEAST_SHARE_PERCENT
    overdue_weeks: int = 26

    def __post_init__(self) -> None:
        if not LEAST_SHARE_PERCENT <= self.share_percent <= 100:
            raise ValueError(f"share {self.share_percent} % is not within {LEAST_SHARE_PERCENT} to 100 %")
        if self.overdue_weeks < 1:
            raise ValueError(f"a longest wait of {self.overdue_weeks} weeks")

    def places(self, cars: int) -> int:
        """How many of so many cars are drawn."""
        return -(-self.share_percent * cars // 100)


@dataclass(frozen=True, slots=True)
class Replaced:
    """The draw of the same week that another one stands for, by its digest, and why."""

    digest: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A week's seed, promised by its SHA-256. ``key_sha256`` promises the key of pseudonyms, which stays secret.

    ``attempt`` is 1, and one more for each draw of that week that was replaced.
    """

    week: Week
    attempt: int
    seed: bytes
    key_sha256: str
    committed_at: datetime
    replaces: Replaced | None = None

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_BYTES:
            raise ValueError(f"a seed of {len(self.seed)} bytes, not {SEED_BYTES}")
        if (self.attempt == 1) is not (self.replaces is None) or self.attempt < 1:
            raise ValueError(f"draw {self.attempt} of a week that replaces {self.replaces}")

    @property
    def seed_sha256(self) -> str:
        return hashlib.sha256(self.seed).hexdigest()


@dataclass(frozen=True, slots=True)
class Car:
    """A car of the frame. ``name``: its plate, or a confidential car's pseudonym; ``unit``: its unit's code.

    ``waits_since``: the week it was drawn last; of one that never was, the week it came into the draws.
    """

    name: str
    unit: str
    last_drawn: Week | None
    waits_since: Week


@dataclass(frozen=True, slots=True)
class Frame:
    """The cars that were enrolled at a moment, by name, and what their units are called."""

    week: Week
    frozen_at: datetime
    cars: tuple[Car, ...]
    units: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        names = [car.name for car in self.cars]
        if names != sorted(set(names)):
            raise ValueError("the cars of a frame stand by name, each once")
        if any(car.waits_since.monday > self.week.monday for car in self.cars):
            raise ValueError("a car of the frame waits since a later week")

    def written(self) -> dict[str, Any]:
        """As it is published."""
        return {
            "week": str(self.week),
            "frozen_at": _moment(self.frozen_at),
            "cars": [
                [car.name, car.unit, str(car.last_drawn) if car.last_drawn else None, str(car.waits_since)]
                for car in self.cars
            ],
            "units": [list(unit) for unit in self.units],
        }

    @property
    def sha256(self) -> str:
        return sha256_of(self.written())


@dataclass(frozen=True, slots=True)
class Stratum:
    """A unit's cars in the frame, and how many of them are drawn."""

    unit: str
    cars: int
    places: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """A car that is looked at."""

    name: str
    unit: str
    why: Why


@dataclass(frozen=True, slots=True)
class Draw:
    """The outcome: strata by unit; cars drawn by unit and rank, then those overdue by name."""

    strata: tuple[Stratum, ...]
    chosen: tuple[Chosen, ...]


def pseudonym(key: bytes, plate: str) -> str:
    """What a confidential car is called in a frame. Whoever has the key can tell which car it is, nobody else."""
    return _PSEUDONYM + hmac.new(key, plate.encode(), hashlib.sha256).hexdigest()[:_PSEUDONYM_HEX]


def draw(seed: bytes, frame: Frame, terms: Terms) -> Draw:
    """Who is chosen. Each car's chance to be drawn is the same: places / cars, exactly."""
    by_unit: dict[str, list[Car]] = {}
    for car in frame.cars:
        by_unit.setdefault(car.unit, []).append(car)
    sizes = {unit: len(cars) for unit, cars in by_unit.items()}
    places = share_out(seed, sizes, terms.places(len(frame.cars)))
    drawn = [
        Chosen(car.name, unit, Why.DRAWN)
        for unit in sorted(by_unit)
        for car in sorted(by_unit[unit], key=lambda car: _lot(seed, car.name))[: places[unit]]
    ]
    names = {chosen.name for chosen in drawn}
    overdue = [
        Chosen(car.name, car.unit, Why.OVERDUE)
        for car in frame.cars
        if car.name not in names and frame.week.weeks_since(car.waits_since) >= terms.overdue_weeks
    ]
    strata = tuple(Stratum(unit, sizes[unit], places[unit]) for unit in sorted(sizes))
    return Draw(strata, (*drawn, *overdue))


def share_out(seed: bytes, sizes: Mapping[str, int], places: int) -> dict[str, int]:
    """Places of each unit: its share ``places * size / all`` rounded down or up, on average exactly the share.

    The units stand in the order of their lots, each as long as its share, on a line; every whole number on it, counted
    from a start that the seed says, is a place. So what is left over of the shares goes round by lot; by the largest
    remainder a small unit would never have a place.
    """
    cars = sum(sizes.values())
    if not cars:
        return {}
    at = int.from_bytes(_lot(seed, "start")) % cars  # in parts of a place: a place is `cars` long
    given = {}
    for unit in sorted(sizes, key=lambda unit: _lot(seed, f"unit {unit}")):
        end = at + places * sizes[unit]
        given[unit] = end // cars - at // cars
        at = end
    return given


def publish(commitment: Commitment, frame: Frame, terms: Terms) -> dict[str, Any]:
    """The draw as it is published: all that it needs, its outcome, and the digest of both."""
    outcome = draw(commitment.seed, frame, terms)
    replaces = commitment.replaces
    told: dict[str, Any] = {
        "format": FORMAT,
        "week": str(commitment.week),
        "attempt": commitment.attempt,
        "replaces": None if replaces is None else {"digest": replaces.digest, "reason": replaces.reason},
        "committed_at": _moment(commitment.committed_at),
        "seed_sha256": commitment.seed_sha256,
        "key_sha256": commitment.key_sha256,
        "seed": commitment.seed.hex(),
        "share_percent": terms.share_percent,
        "overdue_weeks": terms.overdue_weeks,
        "frame": frame.written(),
        "frame_sha256": frame.sha256,
        "strata": [[stratum.unit, stratum.cars, stratum.places] for stratum in outcome.strata],
        "chosen": [[chosen.name, chosen.unit, chosen.why.value] for chosen in outcome.chosen],
    }
    return told | {"digest": sha256_of(told)}


def verify(told: object, *, digest: str | None = None, seed_sha256: str | None = None) -> list[Fault]:
    """What is wrong with a published draw: all is recomputed and compared. Empty: nothing.

    ``digest`` and ``seed_sha256`` are what was made known elsewhere (the audit chain, a notice): without them a
    draw that was made up whole, seed and all, cannot be told from the real one.
    """
    try:
        commitment, frame, terms = _read(told)
        recomputed = publish(commitment, frame, terms)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        return [(f"不是抽签文件，或内容不全：{error!r}", f"not a draw, or not a whole one: {error!r}")]
    assert isinstance(told, Mapping)
    return list(_faults(told, recomputed, commitment, frame, digest, seed_sha256))


def _faults(
    told: Mapping[str, Any],
    recomputed: Mapping[str, Any],
    commitment: Commitment,
    frame: Frame,
    digest: str | None,
    seed_sha256: str | None,
) -> Iterator[Fault]:
    for name in sorted({*told, *recomputed}):
        if name not in recomputed or name not in told or not _same(told[name], recomputed[name]):
            yield f"{name} 与重新计算的结果不符", f"{name} is not what it is when recomputed"
    if frame.week != commitment.week:
        yield "名单属于另一周", "the frame is another week's"
    if commitment.committed_at >= frame.frozen_at:
        yield "种子的承诺晚于名单的固定", "the seed was committed after the frame was frozen"
    if digest is not None and told.get("digest") != digest.lower():
        yield "摘要不是公布的摘要", "the digest is not the one that was made known"
    if seed_sha256 is not None and commitment.seed_sha256 != seed_sha256.lower():
        yield "种子不是承诺的种子", "the seed is not the one that was committed"


def _read(told: Any) -> tuple[Commitment, Frame, Terms]:
    """What a draw is computed from. Raises KeyError, TypeError or ValueError for what is no draw."""
    replaces, frame = told["replaces"], told["frame"]
    commitment = Commitment(
        week=Week.read(told["week"]),
        attempt=int(told["attempt"]),
        seed=bytes.fromhex(told["seed"]),
        key_sha256=str(told["key_sha256"]),
        committed_at=_read_moment(told["committed_at"]),
        replaces=None if replaces is None else Replaced(str(replaces["digest"]), str(replaces["reason"])),
    )
    cars = tuple(
        Car(str(name), str(unit), None if last is None else Week.read(last), Week.read(since))
        for name, unit, last, since in frame["cars"]
    )
    units = tuple((str(code), str(name)) for code, name in frame["units"])
    terms = Terms(int(told["share_percent"]), int(told["overdue_weeks"]))
    return commitment, Frame(Week.read(frame["week"]), _read_moment(frame["frozen_at"]), cars, units), terms


def sha256_of(value: object) -> str:
    """The SHA-256 of a value as JSON: UTF-8 as it is, no spaces, keys sorted; there are no fractions in it."""
    return hashlib.sha256(_canonical(value)).hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _same(one: object, other: object) -> bool:
    """Also in their types: 1 is neither true nor 1.0."""
    try:
        return _canonical(one) == _canonical(other)
    except (TypeError, ValueError):
        return False


def _lot(seed: bytes, name: str) -> bytes:
    """The least lot comes first."""
    return hmac.new(seed, name.encode(), hashlib.sha256).digest()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs its offset: {text}")
    return moment


def chosen_names(told: Mapping[str, Any]) -> Sequence[tuple[str, Why]]:
    """Who is chosen in a published draw, and why."""
    return [(name, Why(why)) for name, _, why in told["chosen"]]
