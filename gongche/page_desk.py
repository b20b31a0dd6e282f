"""The finance gate as the pages ask for it (api.claims_desk)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from api.claims_desk import PlateTold, SheetSent
from api.problem import ErrorDetail, RefusedError
from fleet.clock import day_start_us, moment_of
from fleet.expense import Expense, ExpenseType, Precision
from fleet.plate import normal_plate
from gongche.claims_desk import Asked, as_file, check_sheet, judged, result_of
from gongche.claims_sheet import ID_OFFSET, ClaimsSheet, FaultyCells, read_claims
from gongche.imports.expenses import COLUMNS
from gongche.problem import Problem
from gongche.settings import Settings
from gongche.sheet import Sheet
from oversight.claim_row import ClaimRow
from oversight.reasons import Reason
from store.database import Connection, connect
from store.errors import store_errors

_COLUMNS = {column.name: str(column) for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class PageDesk:
    """Checks over connections of its own."""

    settings: Settings
    dsn: str

    async def check(self, sent: SheetSent, now: datetime) -> tuple[int, bool]:
        """See api.claims_desk."""
        asked = Asked(sent.by, sent.role, sent.again, sent.replaces)
        try:
            with as_file(sent.name, sent.content) as path:
                claims = await asyncio.to_thread(read_claims, path, self.settings.zone, sent.worksheet)
                with store_errors():
                    async with await connect(self.dsn, autocommit=True, application="gongche finance") as conn:
                        answer = await check_sheet(conn, self.dsn, self.settings, claims, asked, now)
        except FaultyCells as problem:
            raise _faulty(problem) from problem
        except Problem as problem:
            raise RefusedError(422, "sheet_refused", problem.zh, problem.en) from problem
        return answer.check_id, answer.is_new

    async def result(self, conn: Connection, check_id: int) -> tuple[str, bytes] | None:
        """See api.claims_desk."""
        return await result_of(conn, self.settings, check_id)

    async def look_up(self, plate: str, day: date, now: datetime) -> PlateTold:
        """See api.claims_desk."""
        try:
            normal, faults = normal_plate(plate), ()
        except ValueError:
            return PlateTold(plate, "verify", [{"code": Reason.NOT_A_PLATE.value}])
        at = moment_of(day_start_us(day, self.settings.zone))
        expense = Expense(ID_OFFSET, normal, at, Precision.DAY, ExpenseType.PARKING, Decimal(1))
        asked = ClaimsSheet(Path("plate"), b"", Sheet([], ()), [ClaimRow(1, plate, expense, faults)], [])
        with store_errors():
            check = await asyncio.to_thread(judged, self.dsn, self.settings, asked, now, None)
        (found,) = check.rows
        reasons = [one.as_json() for one in found.told if one.reason is not Reason.ROW_IN_EARLIER_SHEET]
        return PlateTold(normal, found.verdict.value, reasons, _registry(found.frozen))


def _registry(frozen: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if frozen is None else frozen["car"]


def _faulty(problem: FaultyCells) -> RefusedError:
    details = [
        ErrorDetail(
            where=fault.cell or f"第 {fault.at} 行 line {fault.at}: {_COLUMNS.get(fault.column, fault.column)}",
            message=f"{fault.value}：{fault.zh} / {fault.en}" if fault.value else f"{fault.zh} / {fault.en}",
        )
        for fault in problem.faults[:200]
    ]
    return RefusedError(422, "cells_to_mend", problem.zh, problem.en, details)
