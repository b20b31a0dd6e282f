"""``gongche explain``: why a violation is one, from what is stored of it, for people and for programs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.evidence import Evidence, Excuse, gather
from api.language import Language, Speech
from api.registry_words import registry_lines
from api.rule_names import excusing_words, rule_name, rule_words
from fleet.digest import Digest
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from rules.catalogue import CATALOGUE
from store import violations
from store.database import connect
from store.errors import store_errors
from store.scope import EVERYTHING
from store.violations import FullViolation

_VERDICTS = {
    True: ("库中定位点与摘要一致", "the stored positions still give this digest"),
    False: ("注意：库中定位点已与摘要不符", "WARNING: the stored positions no longer give this digest"),
    None: ("没有保存摘要", "no digest was kept"),
}


def explain(
    violation_id: Annotated[int, typer.Argument(metavar="VIOLATION", help="as `gongche violations` lists · 编号")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Tell why a violation is one: rule, spans, trips, zones, excuses, history, digest · 说明一条疑似违规.

    Exit status 1: the stored positions no longer give the digest that was kept.
    """
    settings = Settings()
    violation, evidence, now = asyncio.run(_read(find_database(settings), violation_id))
    holds = None if violation.digest.sha256 is None else violation.digest == now
    if form is Format.JSON:
        print_record(_record(violation, evidence, now, holds), form=form)
    else:
        for language in Language:
            typer.echo("\n".join(_told(violation, evidence, holds, Speech(language, settings.zone))) + "\n")
    if holds is False:
        raise typer.Exit(FOUND_PROBLEMS)


async def _read(dsn: str, violation_id: int) -> tuple[FullViolation, Evidence, Digest]:
    with store_errors():
        async with await connect(dsn) as conn:
            found = await violations.one(conn, violation_id, scope=EVERYTHING)
            if found is None:
                raise Problem(f"没有编号为 {violation_id} 的疑似违规", f"there is no violation {violation_id}")
            return found, await gather(conn, found), await violations.digest_now(conn, found)


def _told(violation: FullViolation, evidence: Evidence, holds: bool | None, say: Speech) -> Iterator[str]:
    """Lines of one language."""
    t, rule = say.t, CATALOGUE.get(violation.rule_id)
    yield f"{violation.plate}  {violation.unit}  {violation.rule_id} {rule_name(violation.rule_id, say.language)}"
    yield f"{say.span(violation.start_at, violation.end_at, year=True)}  ({say.duration(violation.total_s)})"
    if violation.withdrawn_at:
        yield t("violation.withdrawn", moment=say.moment(violation.withdrawn_at))
    if violation.provisional:
        yield t("violation.provisional")
    if violation.evidence_changed:
        yield t("violation.changed")
    yield f"{t('violation.rule')}  {t('violation.version', n=violation.rule_version)}"
    if rule is None:
        yield f"  {t('violation.rule_gone')}"
    else:
        yield f"  {rule_words(rule, say.language)}"
        yield f"  {t('violation.basis')}{rule.basis}"
        if rule.version != violation.rule_version:
            yield f"  {t('violation.rule_changed', n=rule.version)}"
    yield from _listed(t("violation.spans"), [_span(say, *span) for span in evidence.spans])
    trips = [f"{_span(say, trip.start_at, trip.end_at)}  {say.distance(trip.distance_m)}" for trip in evidence.trips]
    yield from _listed(t("violation.trips"), trips or [t("violation.no_trips")])
    if evidence.zones:
        yield from _listed(t("violation.zones"), [f"{z.name} {t(f'zone.{z.kind}')}" for z in evidence.zones])
    papers = [_paper(one, say) for one in evidence.excuses] or [t("violation.no_papers")]
    excusing = "" if rule is None else excusing_words(rule, say.language)
    yield from _listed(t("violation.excuses"), ([t("violation.excusing", what=excusing)] if excusing else []) + papers)
    registry = registry_lines(evidence.registry, say)
    if registry:
        yield from _listed(t("registry.title"), registry)
    changes = [
        f"{say.moment(one.at, seconds=True)}  {t(f'history.{one.change}')} {_span(say, one.start_at, one.end_at)}"
        for one in evidence.changes
    ]
    yield from _listed(t("history.title"), changes or [t("history.none")])
    digest = violation.digest
    verdict = _VERDICTS[holds][say.language is Language.EN]
    kept = [] if digest.sha256 is None else [f"{say.number(digest.count or 0)}  SHA-256 {digest.sha256}"]
    yield from _listed(t("quality.sha256"), [*kept, verdict])


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    yield title
    yield from (f"  {line}" for line in lines)


def _span(say: Speech, start: Any, end: Any) -> str:
    """To the second: here it is a proof, not a page."""
    return f"{say.moment(start, seconds=True)}{say.t('time.dash')}{say.moment(end, seconds=True)}"


def _paper(one: Excuse, say: Speech) -> str:
    why = say.t(f"why.{one.why}") if say.has(f"why.{one.why}") else one.why
    named = " ".join(filter(None, (say.t(f"paper.{one.kind}"), one.number, one.reason)))
    return f"{named}  {say.span(one.during.start, one.during.end)}  → {why}"


def _record(violation: FullViolation, evidence: Evidence, now: Digest, holds: bool | None) -> dict[str, Any]:
    rule = CATALOGUE.get(violation.rule_id)
    said = {str(language): "" if rule is None else rule_words(rule, language) for language in Language}
    return {
        "id": violation.id,
        "plate": violation.plate,
        "unit": violation.unit,
        "rule": {
            "id": violation.rule_id,
            "version": violation.rule_version,
            "name": {str(language): rule_name(violation.rule_id, language) for language in Language},
            "words": said,
            "basis": "" if rule is None else rule.basis,
        },
        "start": violation.start_at,
        "end": violation.end_at,
        "total_s": violation.total_s,
        "severity": violation.severity,
        "provisional": violation.provisional,
        "evidence_changed": violation.evidence_changed,
        "withdrawn_at": violation.withdrawn_at,
        "spans": [{"start": start, "end": end} for start, end in evidence.spans],
        "trips": [{"start": t.start_at, "end": t.end_at, "distance_m": t.distance_m} for t in evidence.trips],
        "zones": [{"name": zone.name, "kind": zone.kind} for zone in evidence.zones],
        "excuses": [
            {
                "kind": one.kind,
                "number": one.number,
                "reason": one.reason,
                "start": one.during.start,
                "end": one.during.end,
                "why": one.why,
            }
            for one in evidence.excuses
        ],
        "registry": dict(evidence.registry),
        "history": [
            {"at": one.at, "change": one.change, "start": one.start_at, "end": one.end_at} for one in evidence.changes
        ],
        "positions": {
            "count": violation.digest.count,
            "sha256": violation.digest.sha256,
            "count_now": now.count,
            "sha256_now": now.sha256,
            "holds": holds,
        },
    }
