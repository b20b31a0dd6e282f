"""What the program finds, in the words of the reference: two answers to hold against each other."""

from __future__ import annotations

from fleet.clock import us_of
from rules.judging import Judgement
from rules.records import Records, Visits
from rules.rulebook import RuleBook
from tests.reference.verdicts import Judged

Answer = dict[str, list[tuple[object, ...]]]

RULES = tuple(f"R{number:02}" for number in (*range(1, 14), 15, 16, 17))
"""Those of :func:`tests.reference.verdicts.judged`. R14 and the rules on claims are held against theirs elsewhere."""

PLACES = {"not_home": ("home", "outside"), "outside": ("jurisdiction", "outside"), "sensitive": ("sensitive", "inside")}


def answers_of(judgement: Judgement, book: RuleBook, cars: int) -> list[Answer]:
    """Of the program, per row of the vehicles judged together; metres to the millimetre."""
    history = judgement.history
    found = []
    for row, vehicle in enumerate(range(1, cars + 1)):
        trips, stops, gaps = (
            records.take(records.vehicle == row) for records in (history.trips, history.stops, history.gaps)
        )
        visits = history.visits.take(history.visits.vehicle == row)
        answer: Answer = {
            "trips": [(r[1], r[2], round(r[3], 3), r[4]) for r in trips.rows()],
            "stops": [
                (start, end, fixes, round(inferred_s, 3)) for _, start, end, _, _, fixes, inferred_s in stops.rows()
            ],
            "gaps": [(r[1], r[2]) for r in gaps.rows()],
            "violations": sorted(
                (v.rule_id, us_of(v.start), us_of(v.end), v.provisional, v.insufficient)
                for v in judgement.violations
                if v.vehicle_id == vehicle and v.rule_id in RULES
            ),
        }
        found.append(answer | {name: _visits(visits, book, *place) for name, place in PLACES.items()})
    return found


def answer_of(judged: Judged) -> Answer:
    """Of the reference."""
    facts, visits = judged.facts, judged.visits
    return {
        "trips": [(t.start_us, t.end_us, round(t.distance_m, 3), t.fixes) for t in facts.trips],
        "stops": [(s.start_us, s.end_us, s.fixes, round(s.inferred_s, 3)) for s in facts.stops],
        "gaps": [(gap.start_us, gap.end_us) for gap in facts.gaps],
        "not_home": [(0, *visit) for visit in visits.not_home],
        "outside": [(0, *visit) for visit in visits.outside],
        "sensitive": sorted((zone, *visit) for zone, found in visits.sensitive.items() for visit in found),
        "violations": [tuple(verdict) for verdict in judged.verdicts],
    }


def _columns(records: Records, *names: str) -> list[list[float]]:
    return [[round(value, 3) for value in getattr(records, name).tolist()] for name in ("start_us", "end_us", *names)]


def _visits(visits: Visits, book: RuleBook, kind: str, side: str) -> list[tuple[object, ...]]:
    numbers = [n for n, place in enumerate(book.places) if (place.name, place.side) == (kind, side)]
    chosen = [row for row in visits.rows() if row[3] in numbers]
    return sorted((zone, start, end, fixes) for _, start, end, _, zone, fixes in chosen)
