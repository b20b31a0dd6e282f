"""From a doubtful sheet of a draw to a case: of its violations, or of the car and the week where there are none."""

from __future__ import annotations

from api import casework
from api.casework import Worker, refused
from api.site import Site
from fleet.audit import Deed
from fleet.week import Week
from oversight.case import Act, Event
from oversight.sheets import Finding
from store import audit, cases, draws
from store.database import Connection
from store.draws import Sheet, StoredDraw


async def open_case_of_sheet(conn: Connection, site: Site, who: Worker, found: StoredDraw, sheet: Sheet) -> int:
    """The case's id. Of the sheet's violations that stand those without a case come into it; where all are in cases
    already, the newest of these is the sheet's."""
    if sheet.finding != Finding.DOUBTFUL:
        raise refused(("只有签为存疑的抽查记录才立案", "only a sheet signed as doubtful becomes a case"))
    if sheet.case_id is not None:
        raise refused(("这份抽查记录已经立案", "the sheet has its case already"))
    told = [int(one["id"]) for one in (sheet.facts or {}).get("violations", [])]
    standing = await cases.cases_of(conn, told, scope=who.scope)
    free = [violation for violation, case in standing.items() if case is None]
    taken = [case for case in standing.values() if case is not None]
    text = f"抽查 {Week(found.week)}：{sheet.note or ''}"
    if free:
        case_id = await casework.open_case(conn, site, who, free[0], text)
        for violation in free[1:]:
            joining = Event(act=Act.JOIN, by=who.name, at=site.now(), violation_id=violation)
            await casework.act(conn, site, who, case_id, joining)
    elif taken:
        case_id = max(taken)
    else:
        opening = Event(act=Act.OPEN, by=who.name, at=site.now(), text=text)
        case_id = await casework.open_for_vehicle(conn, site, who, sheet.vehicle_id, opening, about=found.frozen_at)
    if not await draws.add_case(conn, found.id, sheet.vehicle_id, case_id, by=who.name, at=site.now()):
        raise refused(("这份抽查记录已经立案", "the sheet has its case already"))
    deed = Deed(
        actor=who.name,
        role=who.role,
        act="case_of_sheet",
        subject=sheet.plate,
        details={"week": str(Week(found.week)), "case": case_id},
    )
    await audit.record(conn, deed, site.now())
    return case_id
