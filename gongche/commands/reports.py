"""``gongche reports``: list what was issued and what is due, issue a report, save one as a file."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from api import reporting
from api.language import Language, Speech
from api.printing import FileForm
from api.problem import RefusedError
from api.report_view import due_reports
from api.reporting import Issuer
from api.site import Site
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_rows
from gongche.drawing import OPERATOR_ROLE
from gongche.problem import Problem
from gongche.report_site import report_site
from gongche.settings import Settings
from oversight.document import Document, thaw
from oversight.report import Period, ReportKind
from store import reports as store
from store.audit import record
from store.database import Connection, connect
from store.errors import store_errors
from store.scope import EVERYTHING

T = TypeVar("T")

_HEADINGS = {
    "id": "编号",
    "kind": "种类",
    "period": "周期",
    "document_number": "发文字号",
    "version": "版本",
    "issued_at": "签发时间",
    "issued_by": "签发人",
    "digest": "摘要 digest",
}

Kind = Annotated[ReportKind, typer.Argument(metavar="KIND", help="which report · 种类")]
About = Annotated[str, typer.Argument(metavar="PERIOD", help="2026-W41, 2026-09, 2026-10-01, 12 · 周期")]
By = Annotated[str, typer.Option("--by", help="who does it; your login name unless told · 经办人")]

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def reports() -> None:
    """Reports: list, issue, save as a file · 报告."""


@app.command("list")
def list_reports(
    kind: Annotated[ReportKind | None, typer.Option("--kind", help="only these · 种类")] = None,
    due: Annotated[bool, typer.Option("--due", help="what is due and not issued · 应报告未签发")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """List issued reports, newest first, or those that are due · 列出报告."""

    async def read(conn: Connection, site: Site) -> list[dict[str, Any]]:
        if due:
            waiting = await due_reports(conn, site, scope=EVERYTHING)
            return [
                {"kind": one.about.kind, "period": one.about.key}
                for one in waiting
                if one.issued is None and kind in (None, one.about.kind)
            ]
        return [
            {
                "id": one.id, "kind": one.about.kind, "period": one.period, "version": one.version,
                "document_number": str(one.document_number), "issued_at": one.issued_at, "issued_by": one.issued_by,
                "replaces": one.replaces, "replaced_by": one.replaced_by, "digest": one.digest_of.get("zh"),
            }
            for one in await store.listed(conn, scope=EVERYTHING, kind=kind, limit=1_000_000)
        ]  # fmt: skip

    settings = Settings()
    rows = _connected(settings, read)
    if form is Format.TABLE:
        say = Speech(Language.ZH, settings.zone)
        rows = [{**row, "kind": f"{say.t('reportkind.' + row['kind'])} {row['kind'].value}"} for row in rows]
    headings = {name: _HEADINGS[name] for name in ("kind", "period")} if due else _HEADINGS
    print_rows(rows, headings=headings, form=form)


@app.command("issue")
def issue(kind: Kind, period: About, by: By = "") -> None:
    """Issue a report: freeze it, number it; again makes a new version · 签发报告.

    It is what the pages would issue now. The audit chain holds its digests.
    """

    async def issued(conn: Connection, site: Site) -> str:
        about = _about(kind, period)
        async with conn.transaction():
            last = await store.last(conn, about)
            issuer = Issuer(_who(by), OPERATOR_ROLE, EVERYTHING)
            report_id = await reporting.issue(conn, site, issuer, about, last[0] if last else None)
            made = await reporting.stored(conn, report_id, scope=EVERYTHING)
        return f"{made.document_number} 第 {made.version} 版 version {made.version}: {made.digest_of['zh']}"

    typer.echo(_connected(Settings(), issued))


@app.command("export")
def export(
    kind: Kind,
    period: About,
    output: Annotated[
        Path, typer.Option("--output", "-o", dir_okay=False, help="pdf, docx, xlsx or html by its ending · 文件")
    ],
    draft: Annotated[bool, typer.Option("--draft", help="as it would be issued now, unnumbered · 草稿")] = False,
    language: Annotated[Language, typer.Option("--language", help="zh or en · 语言")] = Language.ZH,
    by: By = "",
) -> None:
    """Write the newest version of an issued report to a file · 导出报告."""
    ending = output.suffix.removeprefix(".").lower()
    if ending not in set(FileForm):
        known = ", ".join(FileForm)
        raise Problem(f"{output}：文件应以 {known} 之一结尾", f"{output} must end in one of {known}")

    async def printed(conn: Connection, site: Site) -> bytes:
        about, who = _about(kind, period), _who(by)
        found = _drafted(conn, site, about, language) if draft else _issued(conn, about, language)
        document, plates = await found
        if plates:
            async with conn.transaction():
                await record(conn, reporting.look(who, OPERATOR_ROLE, about, plates), site.now())
        assert site.press is not None
        content, _ = await site.press.printed(document, FileForm(ending))
        return content

    content = _connected(Settings(), printed)
    output.write_bytes(content)
    typer.echo(f"{output}: {len(content)} B")


async def _drafted(conn: Connection, site: Site, about: Period, language: Language) -> tuple[Document, tuple[str, ...]]:
    made = await reporting.draft(conn, site, about, language.value, scope=EVERYTHING)
    return made.document, made.plates


async def _issued(conn: Connection, about: Period, language: Language) -> tuple[Document, tuple[str, ...]]:
    last = await store.last(conn, about)
    found = await store.text(conn, last[0], language) if last else None
    if last is None or found is None:
        raise Problem(
            f"{about.kind} {about.key} 尚未签发；查看草稿请加 --draft",
            f"{about.kind} {about.key} was not issued; --draft gives it as it would be",
        )
    stored = await reporting.stored(conn, last[0], scope=EVERYTHING)
    return thaw(found[0]), tuple(stored.plates)


def _about(kind: ReportKind, period: str) -> Period:
    return reporting.read_period(kind, period)


def _who(by: str) -> str:
    return by.strip() or f"cli:{getpass.getuser()}"


def _connected(settings: Settings, act: Callable[[Connection, Site], Awaitable[T]]) -> T:
    async def connected() -> T:
        with store_errors():
            dsn = find_database(settings)
            async with await connect(dsn, autocommit=True, application="gongche reports") as conn:
                return await act(conn, report_site(settings, dsn))

    try:
        return asyncio.run(connected())
    except RefusedError as refused:
        raise Problem(refused.error.message.zh, refused.error.message.en) from refused
