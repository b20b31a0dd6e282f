"""Deciding a violation: a person says what it is, and that stands."""

from __future__ import annotations

from fleet.audit import Detail
from fleet.decision import Outcome, objection
from gongche.doing import record
from gongche.problem import Problem
from store.database import Connection
from store.decisions import decide, hold


async def decided(conn: Connection, violation_id: int, outcome: Outcome, *, by: str, reason: str) -> int:
    """Enters the decision; its id. Problem when it cannot be decided so."""
    if not by.strip() or not reason.strip():
        raise Problem("--by 与 --reason 不能为空", "--by and --reason must not be empty")
    async with conn.transaction():
        held = await hold(conn, violation_id)
        if held is None:
            raise Problem(f"没有编号为 {violation_id} 的疑似违规", f"there is no violation {violation_id}")
        against = objection(held.decidable, outcome)
        if against is not None:
            raise Problem(f"{violation_id}：{against[0]}", f"{violation_id}: {against[1]}")
        decision = await decide(conn, held, outcome, by=by.strip(), reason=reason.strip())
        details: dict[str, Detail | list[Detail]] = {"plates": [held.plate], "rule": held.rule_id}
        details |= {"outcome": outcome.value, "reason": reason.strip()}
        await record(conn, "decide_violation", f"violation {violation_id}", details, by)
        return decision
