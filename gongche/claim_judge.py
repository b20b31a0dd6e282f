"""The judge's second look: at what was claimed for the vehicles whose facts it has just made anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.clock import DAY_US, MINUTE_US, moment_of, month_start_us, next_month_us, us_of
from rules.checkpoint import NO_CUT_US, Beginning
from rules.claims import claim_of
from rules.expenses import ExpenseMatter, is_of_expenses, judge_expenses
from rules.reconcile import Reconciled, affected, reconciled
from rules.records import History, Records
from rules.rulebook import RuleBook
from rules.whereabouts import around_us, place_of
from store import claims, judging

_NOTHING = Reconciled([], [], [])


def claim_changes(
    conn: judging.Connection, claimed: judging.Claim, begin: Beginning, history: History, book: RuleBook
) -> Reconciled:
    """What the rules on expenses find now against what stands. ``history``: the facts from each vehicle's cut on, which
    are stored already. Costs one look into an index for vehicles that nothing was claimed for."""
    if not book.expense_rules:
        return _NOTHING
    since_us = touched_since_us(begin, history, book)
    vehicles = claims.claimed_for(conn, claimed.vehicle_ids, _earlier(since_us, DAY_US))
    if not vehicles:
        return _NOTHING
    rows = np.flatnonzero(np.isin(claimed.vehicle_ids, list(vehicles)))
    some = judging.Claim(
        claimed.vehicle_ids[rows], claimed.units.take(rows), claimed.since_us[rows], np.empty(0, np.int64)
    )
    since_us = since_us[rows]
    stood = [one for one in judging.standing(conn, some.vehicle_ids, since_us) if is_of_expenses(one.violation)]
    known_us = since_us.copy()
    for one in stood:
        row = int(np.searchsorted(some.vehicle_ids, one.violation.vehicle_id))
        known_us[row] = min(int(known_us[row]), us_of(one.violation.start))
    matter = expense_matter(conn, some, known_us, book)
    horizon = {
        vehicle: None if us <= NO_CUT_US else moment_of(us)
        for vehicle, us in zip(some.vehicle_ids.tolist(), since_us.tolist(), strict=True)
    }
    return reconciled(stood, affected(judge_expenses(matter, book), stood, horizon.__getitem__))


def touched_since_us(begin: Beginning, history: History, book: RuleBook) -> NDArray[np.int64]:
    """Since when claims of each vehicle may be judged otherwise: from the start of what was open at the cut, or so much
    earlier as a claim looks ahead; from the start of that local month where the facts now reach its end."""
    start_us = begin.cut_us.copy()
    opened: list[Records] = [getattr(begin.open, name) for name in ("trips", "stops", "gaps", "visits", "signals")]
    for records in opened:
        np.minimum.at(start_us, records.vehicle, records.start_us)
    until_us = begin.cut_us.copy()
    made: list[Records] = [history.trips, history.stops, history.gaps]
    for records in made:
        np.maximum.at(until_us, records.vehicle, records.end_us)
    ahead_us = max((rule.reach_us for rule in book.expense_rules), default=0)
    ahead_us += max((around_us(type_, book) for type_ in ("fuel", "toll")), default=0) + MINUTE_US
    zone = book.calendar.zone
    since_us = _earlier(start_us, ahead_us)
    for row, us in enumerate(since_us.tolist()):
        if us > NO_CUT_US and next_month_us(us, zone) <= until_us[row]:
            since_us[row] = month_start_us(us, zone)
    return since_us


def expense_matter(
    conn: judging.Connection, claimed: judging.Claim, since_us: NDArray[np.int64], book: RuleBook
) -> ExpenseMatter:
    """What is known of vehicles that something was claimed for: whole local months, from the day before that on."""
    zone = book.calendar.zone
    back_us = DAY_US + max((rule.reach_us for rule in book.expense_rules), default=0)
    months_us = np.array(
        [us if us <= NO_CUT_US else month_start_us(us - back_us, zone) for us in since_us.tolist()], np.int64
    )
    expenses = claims.counting(conn, claimed.vehicle_ids, months_us)
    around = []
    for row, expense in expenses:
        claim = claim_of(row, expense, zone)
        if place_of(claim, book.zones, claimed.units) is not None:
            far_us = around_us(expense.type, book)
            around.append((int(claimed.vehicle_ids[row]), claim.start_us - far_us, claim.end_us + far_us))
    return ExpenseMatter(
        claimed.vehicle_ids,
        claimed.units,
        expenses,
        claims.tanks(conn, claimed.vehicle_ids),
        claims.facts_since(conn, claimed, months_us, book.places, book.signals),
        judging.papers(conn, claimed, _earlier(months_us, DAY_US)),
        claims.positions_around(conn, around),
    )


def _earlier(us: NDArray[np.int64], by_us: int) -> NDArray[np.int64]:
    """Moments earlier by so much; what has no beginning stays so."""
    return np.where(us <= NO_CUT_US, NO_CUT_US, us - by_us)
