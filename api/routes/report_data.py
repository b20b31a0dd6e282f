"""Reports 报告 for programs, as JSON: the list, one with what it says, issuing one, and files."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api import reporting
from api.deps import Conn, TheSite
from api.permission import Permission, TheScope, may
from api.printing import FileForm
from api.problem import answers
from api.report_view import file_name
from api.routes.reports import ReportId, printed, read_text
from api.rows import Sent
from api.violation_query import NO_NUL
from oversight.document import freeze
from oversight.report import ReportKind
from store import reports
from store.database import transaction
from store.reports import StoredReport
from store.users import User

router = APIRouter(prefix="/api", tags=["reports"], responses=answers(401, 403, 503))

Reader = Annotated[User, Depends(may(Permission.SEE_REPORTS))]
LanguageAsked = Annotated[Literal["zh", "en"], Query(description="The language that it is read in.")]


class ReportLine(BaseModel):
    """An issued report. ``digests``: SHA-256 of its frozen texts by language; ``replaced_by``: a later version."""

    id: int
    kind: ReportKind
    period: str
    version: int
    replaces: int | None
    replaced_by: int | None
    document_number: str
    issued_at: datetime
    issued_by: str
    made_by: str
    digests: dict[str, str]


class FullReport(ReportLine):
    """With what it says: the frozen document, whose canonical JSON gives the digest."""

    language: str
    document: dict[str, Any]


class ReportIssued(Sent):
    """Issues a report. ``replaces``: id of the version that it takes the place of; none for the first one."""

    kind: ReportKind
    period: Annotated[str, Field(max_length=20, pattern=NO_NUL, description="2026-W41, 2026-09, 2026-10-01, 12")]
    replaces: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None


@router.get("/reports", dependencies=[Depends(may(Permission.SEE_REPORTS))], responses=answers(422))
async def list_reports(
    conn: Conn,
    scope: TheScope,
    kind: ReportKind | None = None,
    period: Annotated[str | None, Query(max_length=20, pattern=NO_NUL)] = None,
    standing: Annotated[bool, Query(description="Without those that a later version replaces.")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> list[ReportLine]:
    """Issued reports, newest first."""
    found = await reports.listed(conn, scope=scope, kind=kind, period=period, standing=standing, limit=limit)
    return [ReportLine(**_line(one)) for one in found]


@router.get("/reports/{report_id}", responses=answers(404, 422))
async def read_report(
    conn: Conn, site: TheSite, scope: TheScope, user: Reader, report_id: ReportId, lang: LanguageAsked = "zh"
) -> FullReport:
    """One of them, with what it says."""
    report = await reporting.stored(conn, report_id, scope=scope)
    document = await read_text(conn, report, lang)
    await reporting.looked_at(conn, site, user, report.about, tuple(report.plates))
    return FullReport(**_line(report), language=lang, document=json.loads(freeze(document)))


@router.get("/reports/{report_id}/files/{form}", responses=answers(404, 422), response_class=Response)
async def report_file(
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    user: Reader,
    report_id: ReportId,
    form: Annotated[FileForm, Path(description="What to make of it.")],
    lang: LanguageAsked = "zh",
) -> Response:
    """One of them as a file."""
    report = await reporting.stored(conn, report_id, scope=scope)
    document = await read_text(conn, report, lang)
    await reporting.looked_at(conn, site, user, report.about, tuple(report.plates))
    content, media_type = await printed(site, document, form)
    name = quote(file_name(document, form))
    return Response(
        content, media_type=media_type, headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    )


@router.post("/reports", responses=answers(400, 404, 409, 411, 422))
async def issue_report(
    request: Request,
    site: TheSite,
    scope: TheScope,
    user: Annotated[User, Depends(may(Permission.ISSUE_REPORTS))],
    body: ReportIssued,
) -> dict[str, int]:
    """Issues a report, in the name of who has signed in; its id. 409 says why it cannot be issued now."""
    about = reporting.read_period(body.kind, body.period)
    issuer = reporting.issuer_of(user, scope, about.kind)
    async with transaction(request.app.state.pool) as conn:
        return {"id": await reporting.issue(conn, site, issuer, about, body.replaces)}


def _line(report: StoredReport) -> dict[str, Any]:
    return {
        "id": report.id,
        "kind": report.kind,
        "period": report.period,
        "version": report.version,
        "replaces": report.replaces,
        "replaced_by": report.replaced_by,
        "document_number": str(report.document_number),
        "issued_at": report.issued_at,
        "issued_by": report.issued_by,
        "made_by": report.made_by,
        "digests": report.digest_of,
    }
