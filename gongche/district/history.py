"""The whole demonstration district from a seed: who there is, what they did, and what must be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from fleet.clock import SECOND_US
from fleet.position import Positions
from gongche.district.cars import Car, make_cars
from gongche.district.cast import play
from gongche.district.claims import make_claims
from gongche.district.diary import Diary
from gongche.district.moments import make_moments
from gongche.district.places import Places, make_places, read_outline
from gongche.district.plane import to_plane
from gongche.district.reports import make_positions
from gongche.district.roads import Roads, make_roads
from gongche.district.routine import Routine, make_routine
from gongche.district.season import START_US
from gongche.district.timeline import make_timeline
from gongche.district.truth import Misdeed

SEED = 20260918


@dataclass(frozen=True, slots=True, eq=False)
class District:
    """The lasting things: roads, places, cars."""

    roads: Roads
    places: Places
    cars: list[Car]
    routine: Routine


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What happened over the season. ``positions`` stand in the order of their arrival, repeats included;
    ``vehicle_id`` and ``tracker_id`` in them are numbers of cars until they are loaded.
    """

    district: District
    diaries: list[Diary]
    positions: Positions

    @property
    def distinct_positions(self) -> int:
        """How many there are without repeats: a car reports at most once a second."""
        seconds = (self.positions.ts_us - START_US) // SECOND_US
        return len(np.unique(self.positions.vehicle_id.astype(np.int64) * 10_000_000 + seconds))

    @property
    def planted(self) -> list[Misdeed]:
        """What must be found, and nothing else."""
        return sorted(misdeed for diary in self.diaries for misdeed in diary.misdeeds)


def make_district(seed: int = SEED) -> District:
    """The same for the same seed, everywhere."""
    rng = np.random.Generator(np.random.PCG64(seed))
    outline = read_outline()
    roads = make_roads(shapely.transform(outline, to_plane), rng)
    places = make_places(outline, roads, rng)
    cars = make_cars(places.yards, rng)
    return District(roads, places, cars, make_routine(places, places.yards, rng))


def make_diaries(district: District, seed: int = SEED) -> list[Diary]:
    """What every car did, without its positions."""
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    diaries = play(district.cars, district.roads, district.places, district.routine, rng)
    make_claims(diaries, district.places, np.random.Generator(np.random.PCG64([seed, 3])))
    return diaries


def make_history(seed: int = SEED) -> History:
    """The district and its season, some two million positions; about ten seconds on one core."""
    district = make_district(seed)
    diaries = make_diaries(district, seed)
    rng = np.random.Generator(np.random.PCG64([seed, 2]))
    positions = make_positions(make_moments(diaries, rng), make_timeline(diaries), diaries, rng)
    return History(district, diaries, positions)
