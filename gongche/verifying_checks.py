"""Verifying frozen finance checks: their rows against their digests, both against the audit chain. Writes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from gongche.claims_check import digest_of_told
from store import audit, finance
from store.audit import Wanted
from store.database import Connection
from store.finance import DigestedCheck

_ACT = "check_claims"


@dataclass(frozen=True, slots=True)
class Faulty:
    """A check that is not as it was frozen, and what is wrong with it in Chinese and English."""

    check_id: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class VerifiedChecks:
    """How many checks were looked at, and what is wrong."""

    checks: int
    faults: list[Faulty]


async def verified_checks(conn: Connection) -> VerifiedChecks:
    """Recomputes every check's digest from its stored rows, adds its money up, and asks the audit chain for both."""
    promised = await _promised(conn)
    stored = await finance.digested(conn)
    faults = [
        Faulty(number, "审计链中有此审核，库中没有", "the audit chain holds it, the database does not")
        for number in sorted(promised.keys() - {one.id for one in stored})
    ]
    for one in stored:
        faults += [Faulty(one.id, zh, en) for zh, en in await _faults(conn, one, promised.get(one.id))]
    return VerifiedChecks(len(stored), faults)


async def _promised(conn: Connection) -> dict[int, str]:
    """By check the digest that the audit chain holds."""
    found: dict[int, str] = {}
    before: int | None = None
    while entries := await audit.found(conn, Wanted(acts=(_ACT,)), before=before, limit=1000):
        for entry in entries:
            found[int(entry.deed.subject.removeprefix("check "))] = str(entry.deed.details.get("digest"))
        before = entries[-1].number
    return found


async def _faults(conn: Connection, one: DigestedCheck, promised: str | None) -> list[tuple[str, str]]:
    faults = []
    sheet = hashlib.sha256(one.content).digest()
    if sheet != one.sheet_sha256:
        faults.append(("报销表原件被改动", "the sheet is not the one that was sent"))
    if digest_of_told(sheet, await finance.digest_rows(conn, one.id)) != one.digest:
        faults.append(("冻结的结论与摘要不符", "what was frozen does not give its digest"))
    told = {verdict: (total["rows"], Decimal(total["amount"])) for verdict, total in one.totals.items()}
    if {verdict: total for verdict, total in told.items() if total[0]} != await finance.sums(conn, one.id):
        faults.append(("金额合计与冻结的合计不符", "the rows' money does not add up to the frozen totals"))
    if promised is None:
        faults.append(("审计链中没有此审核", "the audit chain does not hold it"))
    elif promised != one.digest.hex():
        faults.append(("摘要不是审计链中的摘要", "the digest is not the one in the audit chain"))
    return faults
