"""Reports as pages show them: which are due, documents as they are read on a screen."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from api.printing import FileForm
from api.site import Site
from api.work_days import work_calendar
from oversight.document import Cell, Column, Document, Heading, PageBreak, Paragraph, Particulars, Picture, Table
from oversight.report import Period, ReportKind, due
from store import draws, report_matter, reports
from store.database import Connection
from store.reports import StoredReport
from store.scope import Scope


@dataclass(frozen=True, slots=True)
class DueReport:
    """A report that is due. ``issued``: its newest version, if there is one."""

    about: Period
    issued: StoredReport | None


async def due_reports(conn: Connection, site: Site, *, scope: Scope) -> list[DueReport]:
    """What is due today, the most pressing first; what there is nothing to tell of is left out."""
    calendar = await work_calendar(conn, site)
    found = []
    for about in due(site.today(), calendar):
        if await _has_matter(conn, site, about):
            issued = await reports.listed(conn, scope=scope, kind=about.kind, period=about.key, limit=1)
            found.append(DueReport(about, next(iter(issued), None)))
    return found


async def _has_matter(conn: Connection, site: Site, about: Period) -> bool:
    if about.kind is ReportKind.SPOT_CHECK:
        return await draws.standing(conn, about.week) is not None
    if about.kind is ReportKind.BULLETIN:
        since, until = site.start_of(about.month), site.start_of(about.next_month)
        return bool(await report_matter.decided(conn, since, until, scope=Scope(confidential=False)))
    return True


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block with the word that the template goes by."""

    kind: str
    block: Heading | Paragraph | Table | Particulars | Picture | PageBreak

    @property
    def address(self) -> str:
        """Of a picture, as an address that needs no other request."""
        assert isinstance(self.block, Picture)
        return f"data:image/svg+xml;base64,{base64.b64encode(self.block.svg.encode()).decode()}"


def shown(document: Document) -> list[ShownBlock]:
    """Its blocks as a page shows them; pages have no page breaks."""
    return [ShownBlock(block.kind, block) for block in document.blocks if not isinstance(block, PageBreak)]


def cell_text(value: Cell, column: Column | None = None) -> str:
    """A cell as it is read: a dash for what is not known."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    decimals = column.decimals if column else None
    return f"{value:,}" if decimals is None else f"{value:,.{decimals}f}"


def file_name(document: Document, form: FileForm) -> str:
    """What a file is saved as: title and number, without what file systems refuse."""
    name = f"{document.number} {document.title}" if document.number else document.title
    plain = "".join("-" if char in '/\\:*?"<>|' else char for char in name if char.isprintable())
    return f"{plain[:120]}.{form}"


def forms(site: Site) -> Sequence[FileForm]:
    """As what reports can be saved here."""
    return list(FileForm) if site.press else []
