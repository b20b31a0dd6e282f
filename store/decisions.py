"""Decisions 处理决定 of people on violations: entries, each with what it was taken on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row, tuple_row

from fleet.decision import Decidable, Outcome
from fleet.violation import Severity, Violation
from store.database import Connection
from store.sql import load

_queries = load("decisions")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldViolation:
    """A violation that nobody else decides and no judge judges until the transaction ends."""

    id: int
    vehicle_id: int
    plate: str
    rule_id: str
    rule_version: int
    start_at: datetime
    end_at: datetime
    severity: str
    provisional: bool
    insufficient: bool
    evidence: dict[str, Any]
    withdrawn_at: datetime | None
    found_now: list[dict[str, Any]] | None
    waits: bool

    @property
    def violation(self) -> Violation:
        """As it is found now: what a decision is taken on. Where several are found at its time, the first; where none
        is, as it stands."""
        if self.found_now:
            return Violation.of_json(self.vehicle_id, self.rule_id, self.found_now[0])
        return Violation(
            self.vehicle_id,
            self.rule_id,
            self.rule_version,
            self.start_at,
            self.end_at,
            Severity(self.severity),
            self.provisional,
            self.evidence,
            self.insufficient,
        )

    @property
    def is_found(self) -> bool:
        """Whether judging finds something at its time now."""
        return self.found_now is None or bool(self.found_now)

    @property
    def decidable(self) -> Decidable:
        now = self.violation
        return Decidable(
            provisional=now.provisional,
            insufficient=now.insufficient,
            withdrawn=self.withdrawn_at is not None,
            is_found=self.is_found,
            waits=self.waits,
        )


async def hold(conn: Connection, violation_id: int) -> HeldViolation | None:
    """Waits until no judge judges its vehicle, and holds it until the transaction ends."""
    await conn.execute(_queries["hold_vehicle"], {"id": violation_id})
    async with conn.cursor(row_factory=class_row(HeldViolation)) as cursor:
        await cursor.execute(_queries["hold"], {"id": violation_id})
        return await cursor.fetchone()


async def decide(conn: Connection, held: HeldViolation, outcome: Outcome, *, by: str, reason: str) -> int:
    """Enters a decision on a held violation as it is found now, which it is from then on; the decision's id."""
    now = held.violation
    values = {
        "id": held.id,
        "outcome": outcome.value,
        "reason": reason,
        "by": by,
        "was_found": held.is_found,
        "rule_version": now.rule_version,
        "start": now.start,
        "end": now.end,
        "evidence": json.dumps(now.evidence),
    }
    settled = {
        "severity": now.severity.value,
        "provisional": now.provisional,
        "insufficient": now.insufficient,
    }
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["decide"], values)
        (decision,) = await cursor.fetchone() or (None,)
        await cursor.execute(_queries["settle"], {**settled, "decision": decision})
        await cursor.execute(_queries["note"], values)
        if held.found_now is not None:
            await cursor.execute(_queries["mark"], {"id": held.id, "since": min(held.start_at, now.start)})
    if decision is None:
        raise RuntimeError("an insert that returns its id returned none")
    return int(decision)
