"""Appeals against a refusal, and their answers: entered with their entry in the audit chain."""

from __future__ import annotations

from datetime import datetime

from api.problem import RefusedError, not_found
from fleet.audit import Deed
from oversight.reasons import Verdict
from store import audit, finance
from store.database import Connection
from store.users import User


async def enter_appeal(conn: Connection, row_id: int, statement: str, note: str, user: User, now: datetime) -> int:
    """The appeal's number. RefusedError where the row is not refused, or an appeal of it waits already."""
    statement, note = _plain(statement), _plain(note)
    if not statement:
        raise RefusedError(422, "no_statement", "请写明申诉理由", "Say why the refusal is wrong")
    await finance.hold_row(conn, row_id)
    row = await finance.row(conn, row_id)
    if row is None:
        raise not_found(f"报销行 {row_id}", f"row {row_id}")
    before = await finance.appeals(conn, row_id)
    verdict = next((one.verdict for one in reversed(before) if one.verdict), row.verdict)
    if verdict != Verdict.REFUSE:
        raise RefusedError(409, "not_refused", "只能对不予支出的行申诉", "Only a refused row can be appealed")
    if any(one.verdict is None for one in before):
        raise RefusedError(409, "appeal_waits", "该行已有申诉待答复", "An appeal of this row waits for its answer")
    appeal_id = await finance.add_appeal(conn, row_id, statement, note, user.name, now)
    await audit.record(conn, _deed(user, "appeal_refusal", row_id, appeal_id), now)
    return appeal_id


async def answer_appeal(
    conn: Connection, appeal_id: int, verdict: Verdict, reason: str, user: User, now: datetime
) -> int:
    """The row that the appeal is about. RefusedError for who appealed, and where it is answered already."""
    reason = _plain(reason)
    if not reason:
        raise RefusedError(422, "no_reason", "请写明答复理由", "Say why")
    found = await finance.appeal(conn, appeal_id)
    if found is None:
        raise not_found(f"申诉 {appeal_id}", f"appeal {appeal_id}")
    row_id, by, is_answered = found
    if is_answered:
        raise RefusedError(409, "answered", "该申诉已答复", "This appeal has been answered")
    if by == user.name:
        raise RefusedError(403, "own_appeal", "申诉人不能自己答复", "Who appealed does not answer")
    await finance.add_answer(conn, appeal_id, verdict.value, reason, user.name, now)
    await audit.record(conn, _deed(user, "answer_appeal", row_id, appeal_id, verdict.value), now)
    return row_id


def _deed(user: User, act: str, row_id: int, appeal_id: int, verdict: str | None = None) -> Deed:
    details = {"appeal": appeal_id} | ({"verdict": verdict} if verdict else {})
    return Deed(actor=user.name, role=user.role, act=act, subject=f"claims row {row_id}", details=details)


def _plain(text: str) -> str:
    return text.replace("\0", "").strip()
