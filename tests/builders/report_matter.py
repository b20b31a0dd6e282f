"""What reports are made from, a line a thing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fleet.clock import SHANGHAI
from fleet.decision import Outcome
from fleet.week import Week
from oversight.bulletin import DecidedCase
from oversight.case import Act, Event
from oversight.case_acts import folded
from oversight.document import Document, Heading, Paragraph, Particulars, Table
from oversight.draw import Why
from oversight.report_matter import ToldViolation, UnitCars
from oversight.report_spot_check import CheckedCar, SpotCheck
from oversight.report_words import Language, Letterhead, Words
from oversight.sanction import Sanction, SanctionKind
from oversight.sheets import Finding

WEEK = Week.read("2026-W41")
MONDAY = datetime(2026, 10, 5, 1, tzinfo=UTC)


def local(text: str) -> datetime:
    """A moment by the district's clock: ``2026-10-09 08:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def head(language: Language = "zh") -> Letterhead:
    return Letterhead(Words(language, SHANGHAI), "宿豫区", "宿豫区公务用车管理中心", date(2026, 10, 9), "0.1.0")


def violation(number: int = 1, rule_id: str = "R04", **more: Any) -> ToldViolation:
    """Of car ``number``, unless told; of severity medium, for 20 minutes."""
    start = more.pop("start_at", local("2026-09-29 20:00"))
    values: dict[str, Any] = {
        "id": number, "vehicle_id": number, "plate": f"苏N0000{number}", "unit_id": 1, "unit": "区教育局",
        "rule_id": rule_id, "start_at": start, "end_at": start + timedelta(minutes=20), "total_s": 1200.0,
        "severity": "medium", "provisional": False, "insufficient": False, "evidence_changed": False, "outcome": None,
        "case_id": None,
    }  # fmt: skip
    return ToldViolation(**values | more)


def facts(
    *, trips: int = 2, without_paper: int = 1, fixes: int = 900, silent_h: float = 3, fix_percent: int = 99
) -> Any:
    """As a sheet keeps them."""
    told = [
        {"distance_m": 12_300, "paper": None if number < without_paper else f"PC-{number}"} for number in range(trips)
    ]
    quality = {"fixes": fixes, "silent_s": silent_h * 3600, "fix_percent": fix_percent if fixes else None}
    return {"trips": told, "quality": quality}


def checked_car(number: int = 1, finding: Finding | None = Finding.NOTHING, **more: Any) -> CheckedCar:
    values: dict[str, Any] = {
        "vehicle_id": number, "plate": f"苏N0000{number}", "unit_id": 1, "unit": "区教育局", "why": Why.DRAWN,
        "facts": facts(), "finding": finding, "signed_by": "张三" if finding else None,
        "signed_at": MONDAY if finding else None,
    }  # fmt: skip
    return CheckedCar(**values | more)


def spot_check(*cars: CheckedCar, **more: Any) -> SpotCheck:
    """Of 403 cars 41 had to be drawn, 41 were, and two were added."""
    values: dict[str, Any] = {
        "week": WEEK, "attempt": 1, "reason": None, "digest": "d" * 64, "seed_sha256": "5" * 64,
        "committed_at": MONDAY - timedelta(days=3), "frozen_at": MONDAY, "share_percent": 10, "overdue_weeks": 26,
        "frame": 403, "places": 41, "drawn": 41, "overdue": 2, "hidden": 0, "unit_cars": [("区教育局", 12)],
        "cars": cars, "violations": (),
    }  # fmt: skip
    return SpotCheck(**values | more)


def unit_cars(
    unit_id: int = 1, unit: str = "区教育局", cars: int = 12, *, driven: int | None = None, unheard: int = 0
) -> UnitCars:
    """All of which drove, unless told."""
    drove = cars if driven is None else driven
    return UnitCars(unit_id=unit_id, unit=unit, cars=cars, driven=drove, unheard=unheard)


def decided_case(number: int = 1, outcome: Outcome = Outcome.VIOLATION, *acts: Act, **more: Any) -> DecidedCase:
    """Verified, explained and decided on 30 September 2026; then these acts."""
    at = local("2026-09-30 10:00")
    events = [
        Event(act=Act.OPEN, by="张三", at=at - timedelta(days=9)),
        Event(act=Act.TAKE, by="张三", at=at - timedelta(days=8)),
        Event(act=Act.ASK, by="张三", at=at - timedelta(days=7), text="请王五说明"),
        Event(act=Act.ANSWER, by="王五", at=at - timedelta(days=6), text="王五驾驶苏N00001办私事"),
        Event(act=Act.DECIDE, by="李四", at=at, outcome=outcome, text="王五公车私用"),
        *(event(act, at + timedelta(hours=number)) for number, act in enumerate(acts, 1)),
    ]
    values: dict[str, Any] = {
        "id": number, "unit_id": number, "unit": "区教育局", "plate": f"苏N1234{number}", "rule_ids": ["R06"],
        "first_at": local("2026-09-26 14:00"), "points": 5, "case": folded(events),
    }  # fmt: skip
    return DecidedCase(**values | more)


def event(act: Act, at: datetime) -> Event:
    """An act with what it needs."""
    sanction = Sanction(kind=SanctionKind.TALK, person="王五", decided_by="区纪委监委", decided_on=date(2026, 9, 30))
    told: dict[Act, dict[str, Any]] = {
        Act.SANCTION: {"sanction": sanction},
        Act.RECTIFY: {"text": "王五写检查", "person": "赵六", "deadline": date(2026, 10, 20)},
    }
    return Event(act=act, by="李四", at=at, **told.get(act, {"text": "王五"}))


def said(document: Document) -> str:
    """All that it says, a piece a line."""
    return "\n".join([document.title, document.addressee or "", *_pieces(document), *document.notes])


def _pieces(document: Document) -> list[str]:
    pieces: list[str] = []
    for block in document.blocks:
        match block:
            case Heading() | Paragraph():
                pieces.append(block.text)
            case Particulars():
                pieces += [f"{name}: {value}" for name, value in block.rows]
            case Table():
                pieces.append(" | ".join(column.title for column in block.columns))
                pieces += [
                    " | ".join(map(str, row)) for row in (*block.rows, *((block.totals,) if block.totals else ()))
                ]
            case _:
                pass
    return pieces


def table(document: Document, name: str) -> Table:
    """The table of this name."""
    return next(block for block in document.blocks if isinstance(block, Table) and block.name == name)
