"""Pages of reports 报告: what is due, drafts, issued ones with their versions, and their files."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api import reporting, session
from api.deps import Conn, Pages, TheSite
from api.permission import Permission, TheScope, may
from api.printing import FileForm
from api.problem import RefusedError, not_found, strange_form
from api.render import language_of
from api.report_view import cell_text, due_reports, file_name, forms, shown
from api.site import Site
from api.violation_query import NO_NUL
from oversight.document import Document, thaw
from oversight.report import Period, ReportKind
from store import reports
from store.database import Connection, transaction
from store.reports import StoredReport
from store.users import User

router = APIRouter()

ReportId = Annotated[int, Path(ge=1, le=2**63 - 1)]
KindAsked = Annotated[str, Query(max_length=20, pattern=NO_NUL)]
PeriodAsked = Annotated[str, Query(max_length=20, pattern=NO_NUL)]
_SEE = [Depends(may(Permission.SEE_REPORTS))]


@router.get("/reports", dependencies=_SEE)
async def report_list(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    kind: KindAsked = "",
    versions: Annotated[str, Query(pattern="^(|all)$")] = "",
) -> Response:
    """Issued reports, newest first; before them, for who issues, what is due next."""
    issues = Permission.ISSUE_REPORTS in request.state.permissions
    asked = ReportKind(kind) if kind in set(ReportKind) else None
    waiting = await due_reports(conn, site, scope=scope) if issues else []
    return pages.page(
        request,
        "reports.html",
        rows=await reports.listed(conn, scope=scope, kind=asked, standing=not versions),
        kind=asked,
        kinds=list(ReportKind) if scope.unit_ids is None else [],
        versions=versions,
        due=next((one for one in waiting if one.issued is None), None),
        waiting=waiting,
        issues=issues,
        period_of=_period_of,
    )


@router.get("/reports/draft")
async def draft_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    user: Annotated[User, Depends(may(Permission.ISSUE_REPORTS))],
    kind: KindAsked,
    period: PeriodAsked,
) -> Response:
    """The report as it would be issued now. Nothing is stored but the look at its tracks."""
    about = reporting.read_period(kind, period)
    made = await reporting.draft(conn, site, about, language_of(request).value, scope=scope)
    versions = await reports.listed(conn, scope=scope, kind=about.kind, period=about.key)
    await reporting.looked_at(conn, site, user, about, made.plates)
    return pages.page(
        request,
        "report.html",
        report=None,
        about=about,
        versions=versions,
        unfinished=made.unfinished,
        can_issue=reporting.may_issue(user, about.kind),
        case=_case_of(about),
        forms=forms(site),
        **_document(made.document),
    )


@router.get("/reports/draft/{form}")
async def draft_file(
    request: Request,
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    user: Annotated[User, Depends(may(Permission.ISSUE_REPORTS))],
    form: FileForm,
    kind: KindAsked,
    period: PeriodAsked,
) -> Response:
    """The draft as a file, to be read before it is issued; it has no number."""
    about = reporting.read_period(kind, period)
    made = await reporting.draft(conn, site, about, language_of(request).value, scope=scope)
    await reporting.looked_at(conn, site, user, about, made.plates)
    return await _file(site, made.document, form)


@router.post("/reports")
async def issue_report(
    request: Request,
    site: TheSite,
    scope: TheScope,
    user: Annotated[User, Depends(may(Permission.ISSUE_REPORTS))],
    kind: Annotated[str, Form(max_length=20)],
    period: Annotated[str, Form(max_length=20)],
    replaces: Annotated[str, Form(pattern=r"^[0-9]{0,18}$")] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Issues the report and leads to it."""
    if not session.is_own_form(site, request, form_token):
        raise strange_form()
    about = reporting.read_period(kind, period)
    issuer = reporting.issuer_of(user, scope, about.kind)
    async with transaction(request.app.state.pool) as conn:
        report_id = await reporting.issue(conn, site, issuer, about, int(replaces) if replaces else None)
    return RedirectResponse(f"/reports/{report_id}", 303)


@router.get("/reports/{report_id}")
async def report_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    user: Annotated[User, Depends(may(Permission.SEE_REPORTS))],
    report_id: ReportId,
) -> Response:
    """An issued report as it was frozen, with its versions, digest and files."""
    report = await reporting.stored(conn, report_id, scope=scope)
    document = await read_text(conn, report, language_of(request).value)
    versions = await reports.listed(conn, scope=scope, kind=report.about.kind, period=report.period)
    await reporting.looked_at(conn, site, user, report.about, tuple(report.plates))
    return pages.page(
        request,
        "report.html",
        report=report,
        about=report.about,
        versions=versions,
        unfinished=None,
        can_issue=reporting.may_issue(user, report.about.kind),
        case=report.case_id,
        forms=forms(site),
        **_document(document),
    )


@router.get("/reports/{report_id}/{form}")
async def report_file(
    request: Request,
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    user: Annotated[User, Depends(may(Permission.SEE_REPORTS))],
    report_id: ReportId,
    form: FileForm,
) -> Response:
    """An issued report as a file, printed from what was frozen."""
    report = await reporting.stored(conn, report_id, scope=scope)
    document = await read_text(conn, report, language_of(request).value)
    await reporting.looked_at(conn, site, user, report.about, tuple(report.plates))
    return await _file(site, document, form)


async def read_text(conn: Connection, report: StoredReport, language: str) -> Document:
    """What an issued report says in a language. Refuses with 404 a language that it was not issued in."""
    found = await reports.text(conn, report.id, language)
    if found is None:
        raise not_found(f"{language} 文本", f"text in {language}")
    return thaw(found[0])


async def printed(site: Site, document: Document, form: FileForm) -> tuple[bytes, str]:
    """The file and its media type."""
    if site.press is None:
        raise RefusedError(503, "no_press", "此处不能生成文件", "No files are made here")
    return await site.press.printed(document, form)


async def _file(site: Site, document: Document, form: FileForm) -> Response:
    content, media_type = await printed(site, document, form)
    name = quote(file_name(document, form))
    return Response(
        content, media_type=media_type, headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    )


def _document(document: Document) -> dict[str, Any]:
    return {"document": document, "blocks": shown(document), "cell_text": cell_text}


def _case_of(about: Period) -> int | None:
    return about.case_id if about.kind is ReportKind.CASE_FILE else None


def _period_of(row: StoredReport) -> Period:
    return row.about
