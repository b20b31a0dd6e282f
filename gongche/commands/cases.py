"""``gongche cases``: the list, one with its history, and writing down what is due to be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from api.casework import case_of
from api.language import Language, Speech
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.problem import Problem
from gongche.reminding import Sent, remind
from gongche.settings import Settings
from oversight.case import State
from oversight.deadline import due_on, is_past, workdays_late
from oversight.office import Office
from rules.calendar import WorkCalendar
from store import cases as store
from store.calendar_years import work_calendar
from store.cases import ListedCase, StoredEvent, step_of
from store.database import Connection, connect
from store.errors import store_errors
from store.scope import EVERYTHING

Found = TypeVar("Found")
STATES = ["open", *State, "all"]

_HEADINGS = {
    "id": "编号",
    "plate": "车牌",
    "unit": "用车单位",
    "state": "环节",
    "waits_for": "待办",
    "due": "期限",
    "overdue_workdays": "逾期工作日",
    "outcome": "认定",
}
_SENT = {"case": "案件", "unit": "用车单位", "kind": "种类", "waits_for": "待办", "due": "期限", "points": "现有分"}

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def cases() -> None:
    """Cases: list them, show one, write down which reminders are due · 案件."""


@app.command("list")
def list_cases(
    state: Annotated[str, typer.Option("--state", help="open, all, or a stage · 环节")] = "open",
    overdue: Annotated[bool, typer.Option("--overdue", help="overdue ones only · 仅逾期")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """List cases, the open ones first, newest first · 列出案件."""
    if state not in STATES:
        raise Problem(f"--state 应为 {'、'.join(STATES)} 之一", f"--state must be one of {', '.join(STATES)}")
    settings = Settings()
    office = settings.office  # a wrong file is told before anything is read

    async def read(conn: Connection) -> list[dict[str, Any]]:
        calendar = await work_calendar(conn, settings.zone)
        found = await store.listed(conn, scope=EVERYTHING, state=state, limit=1_000_000)
        rows = [_row(case, settings, office, calendar, datetime.now(UTC)) for case in found]
        return [row for row in rows if row["overdue"] or not overdue]

    rows = asyncio.run(_with_database(settings, read))
    if form is Format.TABLE:
        say = Speech(Language.ZH, settings.zone)
        for row in rows:
            row["state"] = say.t(f"casestate.{row['state']}")
            row["waits_for"] = say.t(f"step.{row['waits_for']}") if row["waits_for"] else ""
            row["outcome"] = say.t(f"outcome.{row['outcome']}") if row["outcome"] else ""
    print_rows(rows, headings=_HEADINGS, form=form)


def _row(case: ListedCase, settings: Settings, office: Office, calendar: WorkCalendar, now: datetime) -> dict[str, Any]:
    due = due_on(step_of(case), case.since, case.deadline, calendar, office)
    late = due is not None and is_past(due, now, calendar)
    today = now.astimezone(settings.zone).date()
    return {
        "id": case.id,
        "plate": case.plate,
        "unit": case.unit,
        "state": case.state,
        "waits_for": case.step,
        "since": case.since.astimezone(settings.zone),
        "due": due.day if due else None,
        "due_provisional": due.provisional if due else False,
        "overdue": late,
        "overdue_workdays": workdays_late(calendar, due.day, today) if due and late else 0,
        "outcome": case.outcome,
        "round": case.round,
        "rules": case.rule_ids,
        "evidence_changed": case.evidence_changed,
    }


@app.command("show")
def show(
    case_id: Annotated[int, typer.Argument(metavar="CASE", help="its number · 编号")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Show one case: where it stands, its violations, what was done · 查看一个案件."""
    settings = Settings()
    office = settings.office  # a wrong file is told before anything is read

    async def read(conn: Connection) -> dict[str, Any]:
        case = await store.one(conn, case_id, scope=EVERYTHING)
        if case is None:
            raise Problem(f"没有编号为 {case_id} 的案件", f"there is no case {case_id}")
        history = await store.events(conn, case_id)
        case_of(history)  # a history that is not legal is a defect, and told
        violations = await store.violations_of(conn, case_id)
        row = _row(case, settings, office, await work_calendar(conn, settings.zone), datetime.now(UTC))
        row["violations"] = [one.id for one in violations if not one.left_out]
        row["events"] = [_told(stored, settings) for stored in history]
        return row

    record = asyncio.run(_with_database(settings, read))
    if form is Format.TABLE:
        told = {f"{event['number']}": f"{event['at']:%Y-%m-%d %H:%M} {_line(event)}" for event in record["events"]}
        record = record | {"events": told}
    print_record(record, form=form)


def _told(stored: StoredEvent, settings: Settings) -> dict[str, Any]:
    event = stored.event
    return {
        "number": stored.number,
        "act": event.act,
        "at": event.at.astimezone(settings.zone),
        "by": event.by,
        "role": stored.role,
        "text": event.text,
        "outcome": event.outcome,
        "violation": event.violation_id,
        "person": event.person,
        "deadline": event.deadline,
    }


def _line(event: dict[str, Any]) -> str:
    said = [event["by"], event["act"], event["outcome"], event["text"].replace("\n", " ")]
    return " ".join(str(one) for one in said if one)


@app.command("remind")
def remind_command(form: FormatOption = Format.TABLE) -> None:
    """Write down which reminders and letters are due now, each once; prints the new ones · 生成提醒与督办.

    May be run as often as wanted, by several at once.
    """
    settings = Settings()

    async def act(conn: Connection) -> list[Sent]:
        return await remind(conn, settings.office, settings.zone, datetime.now(UTC))

    sent = asyncio.run(_with_database(settings, act))
    print_rows([_sent(one, settings, form) for one in sent], headings=_SENT, form=form)


def _sent(one: Sent, settings: Settings, form: Format) -> dict[str, Any]:
    say = Speech(Language.ZH, settings.zone)
    shown = form is Format.TABLE
    return {
        "case": one.case_id,
        "unit": one.unit,
        "kind": say.t(f"urging.{one.kind}") if shown else one.kind,
        "waits_for": say.t(f"step.{one.step}") if shown and one.step else one.step,
        "due": one.due,
        "points": one.points,
    }


async def _with_database(settings: Settings, work: Callable[[Connection], Awaitable[Found]]) -> Found:
    with store_errors():
        async with await connect(find_database(settings), autocommit=True, application="gongche cases") as conn:
            return await work(conn)
