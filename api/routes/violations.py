"""The list of violations, and one with its evidence."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.claims import told_of
from api.deps import Conn, Pages, TheSite
from api.evidence import gather
from api.language import Speech
from api.looks import TheLooks
from api.permission import Permission, TheScope, may, permissions
from api.problem import not_found
from api.registry_words import registry_lines
from api.render import is_fragment, language_of
from api.rule_names import excusing_words, rule_words, settings_of
from api.violation_query import ViolationQuery, write_key
from api.work_days import calendar_notice
from fleet.week import Week
from rules.catalogue import CATALOGUE
from store import cases, outbox, rules_in_force, vehicles, violations

router = APIRouter(dependencies=[Depends(may(Permission.SEE_VIOLATIONS))])

PAGE_ROWS = 50


@router.get("/violations")
async def violation_page(
    request: Request, conn: Conn, pages: Pages, site: TheSite, scope: TheScope, asked: ViolationQuery
) -> Response:
    """The list; only its rows where htmx asks for the next page, only list and counts where a filter changed."""
    wanted = asked.filter(site)
    page = await violations.page(conn, wanted, scope=scope, sorting=asked.sorting, after=asked.key, limit=PAGE_ROWS)
    values: dict[str, Any] = {"asked": asked, "page": page, "next_key": write_key(page.next_key)}
    if asked.after and is_fragment(request):
        return pages.page(request, "violation_rows.html", **values)
    values["counts"] = await violations.count_by_rule(conn, wanted, scope=scope)
    if is_fragment(request):
        return pages.page(request, "violation_list.html", **values)
    values["calendar_notice"] = await calendar_notice(conn, site)
    values["units"] = await vehicles.units(conn, scope=scope)
    return pages.page(request, "violations.html", rule_ids=list(CATALOGUE), **values)


@router.get("/violations/{violation_id}")
async def evidence_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    scope: TheScope,
    looks: TheLooks,
    violation_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
) -> Response:
    """One violation: what was found, by which rule, on what data, and what was looked at to excuse it."""
    found = await violations.one(conn, violation_id, scope=scope)
    if found is None:
        raise not_found(f"编号为 {violation_id} 的疑似违规", f"violation {violation_id}")
    language = language_of(request)
    rule = await rules_in_force.rule_as_judged(conn, found.rule_id, found.rule_version, found.evidence)
    evidence = await gather(conn, found)
    may_do = permissions(request.state.user)
    page = pages.page(
        request,
        "violation.html",
        violation=found,
        evidence=evidence,
        claims=told_of(found.evidence, Speech(language, pages.site.time_zone)),
        registry=registry_lines(evidence.registry, pages.speech(request)),
        rule=rule,
        rule_words=rule_words(rule, language) if rule else "",
        excusing=excusing_words(rule, language) if rule else "",
        settings=settings_of(found.evidence),
        calendar_notice=await calendar_notice(conn, pages.site),
        of_case=await cases.of_violation(conn, violation_id, scope=scope) if Permission.SEE_CASES in may_do else None,
        may_open_case=found.withdrawn_at is None and Permission.WORK_CASES in may_do,
        deliveries=await outbox.listed(conn, scope=scope, key=f"alert/{violation_id}"),
        week=Week.of(found.start_at.astimezone(pages.site.time_zone).date()),
    )
    await looks.at_track(conn, "evidence", found.plate, found.start_at, found.end_at, found.id)
    return page
