"""Issued reports in the database: numbers without holes, versions in order, texts that give their digests."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
import pytest

from fleet.audit import Deed
from gongche.report_check import checked_reports
from oversight.document import freeze
from oversight.report import DocumentNumber, Period, ReportKind
from oversight.report_week import WeekOfViolations, week_report
from store import audit, reports
from store.database import Connection, connect
from store.errors import StoreConflictError, StoreError, store_errors
from store.reports import NewReport
from store.scope import EVERYTHING, Scope
from tests.builders.report_matter import WEEK, head

NOW = datetime(2026, 10, 9, 0, 30, tzinfo=UTC)
ABOUT = Period(ReportKind.WEEK, "2026-W40")


def new(
    number: int, version: int = 1, replaces: int | None = None, about: Period = ABOUT, year: int = 2026
) -> NewReport:
    text = freeze(week_report(WeekOfViolations(week=WEEK, violations=(), before=(), units=()), head()))
    return NewReport(
        about=about, version=version, replaces=replaces, number=DocumentNumber("车管", year, number), issued_at=NOW,
        issued_by="张三", role="staff", made_by="0.1.0", texts={"zh": (text, hashlib.sha256(text).digest())},
    )  # fmt: skip


async def issued(dsn: str, key: str, *, breaks: bool = False) -> int:
    """Issues a report as the pages do; ``breaks``: and fails at the end."""
    async with await connect(dsn, autocommit=True) as conn, conn.transaction(force_rollback=breaks):
        await asyncio.sleep(0.01)
        await reports.lock(conn)
        number = await reports.next_number(conn, 2026)
        await asyncio.sleep(0.05)
        await reports.add(conn, new(number, about=Period(ReportKind.WEEK, key)))
    return number


async def test_numbers_have_no_holes_with_several_issuers_at_once_and_some_that_fail(database: str) -> None:
    keys = [f"2026-W{week}" for week in range(10, 22)]
    await asyncio.gather(*(issued(database, key, breaks=place % 3 == 0) for place, key in enumerate(keys)))
    async with await connect(database, autocommit=True) as conn:
        kept = await reports.listed(conn, scope=EVERYTHING)
        assert sorted(one.number for one in kept) == list(range(1, 9))
        assert await reports.next_number(conn, 2027) == 1


async def refused(conn: Connection, one: NewReport) -> type[StoreError]:
    with pytest.raises(StoreError) as error:
        await added(conn, one)
    return error.type


async def added(conn: Connection, one: NewReport) -> int:
    with store_errors():
        async with conn.transaction():
            return await reports.add(conn, one)


async def test_a_number_or_a_version_that_does_not_follow_is_refused(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        await refused(conn, new(2))
        async with conn.transaction():
            first = await reports.add(conn, new(1))
        await refused(conn, new(3, 2, first))
        await refused(conn, new(2, 3, first))
        await refused(conn, new(2, 2, first, about=Period(ReportKind.WEEK, "2026-W39")))
        assert await refused(conn, new(2)) is StoreConflictError, "a first version that is there"
        async with conn.transaction():
            second = await reports.add(conn, new(2, 2, first))
        assert await reports.last(conn, ABOUT) == (second, 2)
        (standing,) = await reports.listed(conn, scope=EVERYTHING, standing=True)
        assert (standing.id, standing.replaces, standing.digest_of.keys()) == (second, first, {"zh"})


async def test_whoever_sees_some_units_sees_none_but_their_bulletins(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        async with conn.transaction():
            await reports.add(conn, new(1))
        assert await reports.listed(conn, scope=Scope(confidential=False, unit_ids=frozenset({1}))) == []
        assert len(await reports.listed(conn, scope=Scope(confidential=False))) == 1


async def faults(conn: Connection) -> Sequence[str]:
    return [en for _, _, en in (await checked_reports(conn)).faults]


async def test_verifying_finds_a_text_that_was_changed_and_a_number_that_is_gone(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        for number, key in enumerate(("2026-W38", "2026-W39", "2026-W40"), 1):
            made = new(number, about=Period(ReportKind.WEEK, key))
            async with conn.transaction():
                report = await reports.add(conn, made)
                digest = {"report": report, "digest_zh": made.texts["zh"][1].hex()}
                deed = Deed(
                    actor="张三", role="staff", act="issue_report", subject=f"report week {key}", details=digest
                )
                await audit.record(conn, deed, NOW)
        assert await faults(conn) == []
        await meddle(conn, "update report_texts set content = convert_to(replace(convert_from(content, 'utf8'),"
                           " '宿豫', '泗阳'), 'utf8') where report_id = 1")  # fmt: skip
        assert await faults(conn) == ["its text does not give its digest"]
        await meddle(conn, "update report_texts set digest = sha256(content) where report_id = 1")
        assert await faults(conn) == ["the digest is not the one in the audit chain"]
        await meddle(conn, "delete from report_texts where report_id = 2")
        assert "it has no text" in await faults(conn)
        await meddle(conn, "delete from reports where id = 2")
        assert "its number does not follow the one before" in await faults(conn)


async def meddle(conn: Connection, statement: str) -> None:
    """As the owner of the database can, past triggers and checks."""
    async with conn.transaction():
        await conn.execute("alter table report_texts drop constraint if exists report_texts_check")
        await conn.execute("alter table report_texts drop constraint if exists report_texts_check1")
        await conn.execute("set local session_replication_role = replica")
        await conn.execute(statement.encode())


async def test_a_text_that_does_not_give_its_digest_is_not_taken_in(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        wrong = new(1)
        text = wrong.texts["zh"][0]
        made = NewReport(
            **{name: getattr(wrong, name) for name in wrong.__slots__} | {"texts": {"zh": (text, bytes(32))}}
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            async with conn.transaction():
                await reports.add(conn, made)
