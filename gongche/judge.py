"""The judge: claim → load → facts → rules → reconcile → store → alert. May run many times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import numpy as np
import structlog
from numpy.typing import NDArray

from fleet.clock import DAY_US, HOUR_US, moment_of, us_of
from fleet.violation import Violation
from gongche.alert_letters import tell_alerts
from gongche.claim_judge import claim_changes
from gongche.settings import Settings
from rules.catalogue import CATALOGUE
from rules.checkpoint import NO_CUT_US
from rules.expenses import is_of_expenses
from rules.judging import Findings, Matter, evaluation_of, findings_of, known_of, violations_of
from rules.papers import Papers
from rules.reach import horizon_of, known_from_of
from rules.reconcile import Standing, affected, reconciled
from rules.records import History
from rules.rule import Rule
from rules.rulebook import RuleBook
from store import judged, judging, rules_in_force, silence
from store.errors import StoreUnavailableError, store_errors

log = structlog.get_logger()

VEHICLES_AT_ONCE = 200
"""Most vehicles judged in one transaction: enough to fill columns, few enough to answer soon."""

LIVE_TIMES = 5
"""So many times as many of those for which nothing older than LIVE_US changed: they have few positions each."""
LIVE_US = 2 * DAY_US

ASIDE_S = 600.0
"""How long a vehicle that judging fails for is left, before it is tried again."""

LOOK_EVERY_S = 60.0
"""How long a judge that always has something to judge goes without a look at the whole fleet."""

_FURTHER_BACK_US = 40 * HOUR_US


@dataclass(slots=True)
class Tally:
    """What a judge has done so far."""

    vehicles: int = 0
    positions: int = 0
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    alerts: int = 0
    put_aside: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


class Judge:
    """Judges over one connection. ``clock`` tells the time that decides whether a find is news."""

    def __init__(
        self,
        conn: judging.Connection,
        settings: Settings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        at_once: int = VEHICLES_AT_ONCE,
    ) -> None:
        self._conn = conn
        self._settings = settings
        self._clock = clock
        self._at_once = at_once
        self._stamp: str | None = None
        self._book: RuleBook | None = None
        self._one_by_one = 0
        self._live_next = True
        self._aside: dict[int, float] = {}
        self._looked_at = monotonic()
        self.tally = Tally()
        with store_errors(), conn.transaction():
            judging.judge_with(conn, self._current_book().signature)

    def until_idle(self) -> None:
        """Judges until nothing waits that no other judge holds."""
        while self.once():
            pass

    def once(self) -> bool:
        """Judges some of the waiting vehicles, in one transaction; where none waits, looks at the whole fleet, which
        may have some wait again. False when there was nothing to do.

        When that fails by a defect, they are judged one by one, and the one that it fails for is put aside for a
        while: its marks stay, the others go on. A database that is away is not a defect: StoreUnavailableError.
        """
        claimed: judging.Claim | None = None
        if monotonic() - self._looked_at > LOOK_EVERY_S:
            self._look_at_fleet()
        self._aside = {vehicle: until for vehicle, until in self._aside.items() if until > monotonic()}
        try:
            with store_errors(), self._conn.transaction():
                silence.judge_apart(self._conn)
                claimed = self._claim()
                if claimed is not None:
                    self._judge(claimed, self._current_book())
        except StoreUnavailableError:
            raise
        except Exception:
            if claimed is None:
                raise
            self._put_aside(claimed)
        self._one_by_one = max(0, self._one_by_one - 1)
        if claimed is not None:
            return True
        with store_errors():
            return not silence.waits(self._conn, list(self._aside)) and self._look_at_fleet()

    def _look_at_fleet(self) -> bool:
        """Whether there was something to look at."""
        percent = self._settings.fleet_silence_percent
        self._looked_at = monotonic()
        with store_errors():
            if not silence.is_due(self._conn, percent):
                return False
            with self._conn.transaction():
                silence.look(self._conn, percent)
        return True

    @property
    def aside(self) -> int:
        """How many vehicles are put aside now."""
        return len(self._aside)

    def _claim(self) -> judging.Claim | None:
        """Live vehicles and those with history to judge take turns, so that neither waits for all of the other."""
        recent_us = us_of(self._clock()) - LIVE_US
        for live in (self._live_next, not self._live_next):
            most = 1 if self._one_by_one else self._at_once * (LIVE_TIMES if live else 1)
            claimed = judging.claim(self._conn, most, list(self._aside), recent_us=recent_us, live=live)
            if claimed is not None:
                self._live_next = not live
                return claimed
        return None

    def _put_aside(self, claimed: judging.Claim) -> None:
        if len(claimed) > 1:
            log.exception("judge.failed", vehicles=len(claimed), then="one by one")
            self._one_by_one = len(claimed) + 1
            return
        vehicle_id = int(claimed.vehicle_ids[0])
        log.exception("judge.vehicle_put_aside", vehicle_id=vehicle_id, for_s=ASIDE_S)
        self._aside[vehicle_id] = monotonic() + ASIDE_S
        self.tally.put_aside += 1

    def _judge(self, claimed: judging.Claim, book: RuleBook) -> None:
        conn, step = self._conn, self._step
        with step("load"):
            begin = judging.beginning(conn, claimed, book.facts_signature)
            positions = judging.positions(conn, claimed.vehicle_ids, begin.cut_us)
        with step("judge"):
            matter = Matter(
                claimed.vehicle_ids, claimed.units, positions, begin, History.empty(), Papers(), silence.fleet(conn)
            )
            findings = findings_of(matter, book)
        found, stood, horizon_us = self._judged_by_rules(claimed, matter, findings, book)
        with step("judge"):
            horizon = {
                vehicle: None if us <= NO_CUT_US else moment_of(us)
                for vehicle, us in zip(claimed.vehicle_ids.tolist(), horizon_us.tolist(), strict=True)
            }
            changes = reconciled(stood, affected(found, stood, horizon.__getitem__))
        with step("store"):
            judged.save_history(conn, claimed, begin, findings.history, book.places, book.signals)
            judged.save_checkpoints(conn, claimed, begin, findings.checkpoints, book.facts_signature)
        with step("expenses"):
            changes = changes.and_also(claim_changes(conn, claimed, begin, findings.history, book))
        with step("store"):
            now = self._clock()
            news_after = now - timedelta(hours=self._settings.alert_within_h)
            saved = judged.save_violations(conn, changes, news_after, book.alerts)
            tell_alerts(conn, saved, book, self._settings.zone, now)
            judged.save_digests(conn, claimed)
            judged.mark_evidence(conn, claimed)
            silence.note_heard(conn, claimed, findings.heard, begin.cut_us)
            judged.finish(conn, claimed)
        self.tally.vehicles += len(claimed)
        self.tally.positions += len(positions)
        self.tally.new += len(changes.new)
        self.tally.changed += len(changes.changed)
        self.tally.withdrawn += len(changes.withdrawn)
        self.tally.alerts += len(saved.alerted)

    def _judged_by_rules(
        self, claimed: judging.Claim, matter: Matter, findings: Findings, book: RuleBook
    ) -> tuple[list[Violation], list[Standing], NDArray[np.int64]]:
        """What the rules find, what stood, and from when on the two are to be held against each other.

        Loads what was found before the checkpoints and the papers, from as far back as proves to be needed.
        """
        conn, cut_us = self._conn, matter.begin.cut_us
        known_from_us = _before(cut_us, book.reach_us + _FURTHER_BACK_US)
        while True:
            with self._step("load"):
                earlier = judging.earlier(conn, claimed, matter.begin, known_from_us, book.places, book.signals)
                papers = judging.papers(conn, claimed, known_from_us)
            with self._step("judge"):
                matter = replace(matter, earlier=earlier, papers=papers)
                known = known_of(findings.history, findings.heard, matter, book)
                evaluation = evaluation_of(known, matter, book)
                horizon_us = horizon_of(book.track_rules, evaluation, cut_us)
            with self._step("load"):
                stood = [
                    one
                    for one in judging.standing(conn, claimed.vehicle_ids, horizon_us)
                    if not is_of_expenses(one.violation)
                ]
            with self._step("judge"):
                needed_us = known_from_of(
                    book.track_rules, evaluation, horizon_us, _earliest(horizon_us, claimed, stood)
                )
                if (needed_us >= known_from_us).all():
                    return violations_of(known, matter, book, evaluation), stood, horizon_us
            # At least twice as far, so that a long run of touching spans does not take as many rounds.
            further_us = np.minimum(needed_us, 2 * known_from_us - cut_us)
            known_from_us = np.where(needed_us < known_from_us, further_us, known_from_us)

    def _current_book(self) -> RuleBook:
        stamp = f"{judging.book_stamp(self._conn)} {rules_in_force.stamp(self._conn)}"
        if self._book is None or stamp != self._stamp:
            self._book, self._stamp = current_book(self._conn, self._settings, CATALOGUE.values()), stamp
        return self._book

    def _step(self, name: str) -> _Stopwatch:
        return _Stopwatch(self.tally.seconds, name)


class _Stopwatch:
    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self._seconds, self._name = seconds, name

    def __enter__(self) -> None:
        self._start = monotonic()

    def __exit__(self, *_: object) -> None:
        self._seconds[self._name] = self._seconds.get(self._name, 0.0) + monotonic() - self._start


def _before(us: NDArray[np.int64], by_us: int) -> NDArray[np.int64]:
    """Moments earlier by so much; what has no beginning stays so."""
    return np.where(us <= NO_CUT_US, NO_CUT_US, us - by_us)


def _earliest(horizon_us: NDArray[np.int64], claimed: judging.Claim, stood: list[Standing]) -> NDArray[np.int64]:
    """Each vehicle's horizon, or the start of its earliest violation that stands past it."""
    earliest = horizon_us.copy()
    for one in stood:
        row = int(np.searchsorted(claimed.vehicle_ids, one.violation.vehicle_id))
        earliest[row] = min(int(earliest[row]), us_of(one.since))
    return earliest


def current_book(conn: judging.Connection, settings: Settings, rules: Iterable[Rule]) -> RuleBook:
    """The rules, with what was entered about them, the zones and the centre's own calendar as they are stored now.

    Raises CatalogueError where an entry does not fit its rule (any more).
    """
    calendar, changes = judging.work_calendar(conn, settings.zone), rules_in_force.changes(conn)
    return RuleBook(list(rules), judging.zones(conn), calendar, changes=changes)


def judge_until_idle(dsn: str, settings: Settings) -> Tally:
    """Judges all that waits, and says what was done."""
    with judging.connect(dsn) as conn:
        one = Judge(conn, settings)
        one.until_idle()
        return one.tally
