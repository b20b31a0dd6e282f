"""A car's diary: what it did over the season, with the orders and waivers for it and the misdeeds in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from fleet.order import WaiverKind
from fleet.position import Flag
from fleet.span import Span
from fleet.vehicle_state import StateKind
from gongche.district.cars import ENROLLED_FROM, Car
from gongche.district.movement import Leg, drive, usual_minutes
from gongche.district.places import Place
from gongche.district.plane import to_e7
from gongche.district.roads import Roads
from gongche.district.season import moment
from gongche.district.truth import Misdeed
from store.expenses import NewExpense
from store.orders import NewOrder, NewWaiver
from store.vehicle_states import NewState

ORDER_BEFORE_S = 20 * 60.0
ORDER_AFTER_S = 45 * 60.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of the season, in seconds since its start."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a tracker reports over a stretch."""

    during: Stretch
    flag: Flag


@dataclass(slots=True, eq=False)
class Diary:
    """Filled in the order of time. Seconds are since the season's start."""

    car: Car
    roads: Roads
    rng: np.random.Generator
    legs: list[Leg] = field(default_factory=list)
    silences: list[Stretch] = field(default_factory=list)
    """In which the tracker gets nothing out and keeps nothing either."""
    fidgets: list[Stretch] = field(default_factory=list)
    """In which a parked tracker reports every few seconds, far off."""
    blind: list[Stretch] = field(default_factory=list)
    """In which the tracker reports without a fix."""
    alarms: list[Alarm] = field(default_factory=list)
    late: list[Leg] = field(default_factory=list)
    orders: list[NewOrder] = field(default_factory=list)
    waivers: list[NewWaiver] = field(default_factory=list)
    expenses: list[NewExpense] = field(default_factory=list)
    enrolled: list[Span] = field(default_factory=lambda: [Span(ENROLLED_FROM, None)])
    states: list[NewState] = field(default_factory=list)
    misdeeds: list[Misdeed] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Where it stands now."""
        return self.legs[-1].end if self.legs else self.car.slot

    @property
    def harmless(self) -> bool:
        """Nothing was planted that claims have to do with: registry, silences, jamming."""
        return not any(misdeed.rule in ("R01", "R14", "R15", "R16", "R17") for misdeed in self.misdeeds)

    @property
    def free_from_s(self) -> float:
        return self.legs[-1].arrive_s if self.legs else 0.0

    def drive(self, to: Place, depart_s: float) -> Leg:
        """Leaves for a place. Raises ValueError when it is still under way then."""
        if depart_s < self.free_from_s:
            raise ValueError(f"{self.car.plate} is under way until {moment(self.free_from_s)}")
        leg = drive(self.roads, self.place, to, depart_s, self.rng)
        self.legs.append(leg)
        return leg

    def home(self, depart_s: float) -> Leg:
        return self.drive(self.car.slot, depart_s)

    def minutes_to(self, to: Place) -> float:
        """How long it usually takes from here."""
        return usual_minutes(self.roads, self.place, to)

    def order(
        self,
        first: Leg,
        last: Leg,
        destination: Place,
        reason: str = "公务出行",
        *,
        zone: str | None = None,
        out_of_district: bool = False,
        filed_after_s: float = -3600.0,
        cancelled: bool = False,
        until_s: float | None = None,
        planned_m: float | None = None,
        also: Place | None = None,
    ) -> None:
        """An approved order from well before the first leg to well after the last one, or ``until_s``.

        With ``also``, another destination, it names both and no single point.
        """
        start_s = first.depart_s - ORDER_BEFORE_S
        end_s = last.arrive_s + ORDER_AFTER_S if until_s is None else until_s
        filed_at = moment(start_s + filed_after_s)
        lon_e7, lat_e7 = to_e7(destination.spot[None, :])
        named = destination.name if also is None else f"{also.name}、{destination.name}"
        number = f"PC{moment(start_s):%Y%m%d}{self.car.number + 1:04d}{len(self.orders) + 1:02d}"
        self.orders.append(
            NewOrder(
                number,
                self.car.plate,
                Span(moment(start_s), moment(end_s)),
                reason,
                filed_at,
                named,
                approved_at=filed_at + timedelta(minutes=10),
                cancelled_at=filed_at + timedelta(minutes=30) if cancelled else None,
                destination_zone=zone,
                destination_lon_e7=int(lon_e7[0]) if also is None else None,
                destination_lat_e7=int(lat_e7[0]) if also is None else None,
                out_of_district=out_of_district,
                planned_distance_m=None if planned_m is None else round(planned_m / 1000) * 1000,
            )
        )

    def waiver(self, kind: WaiverKind, start_s: float, end_s: float, reason: str) -> None:
        span = Span(moment(start_s), moment(end_s))
        self.waivers.append(NewWaiver(self.car.plate, kind, span, reason, entered_by="车管中心"))

    def state(self, state: StateKind, start_s: float, end_s: float | None) -> None:
        """Laid up or scrapped, until further notice where no end is told."""
        span = Span(moment(start_s), None if end_s is None else moment(end_s))
        document = f"宿豫车管〔2026〕{self.car.number + 1}号"
        self.states.append(NewState(self.car.plate, state, span, document, entered_by="车管中心"))

    def misdeed(self, rule: str, start_s: float, end_s: float, why: str) -> None:
        """This must be found."""
        self.misdeeds.append(Misdeed(rule, self.car.plate, moment(start_s), moment(end_s), why))
