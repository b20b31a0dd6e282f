"""``gongche explain``: why a violation is one, from what is stored of it, for people and for programs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.claims import told_of
from api.evidence import Evidence, Excuse, gather
from api.language import Language, Speech
from api.registry_words import registry_lines
from api.rule_names import excusing_words, rule_name, rule_words, settings_of
from fleet.digest import Digest
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from rules.rule import Rule
from store import rules_in_force, violations
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
    violation, evidence, rule, now = asyncio.run(_read(find_database(settings), violation_id))
    # Of a decided one whose positions have changed, judging has told so: what it told is held against them.
    judged = violation.changed_digest if violation.changed_digest.sha256 else violation.digest
    holds = None if judged.sha256 is None else judged == now
    if form is Format.JSON:
        print_record(_record(violation, evidence, rule, now, holds), form=form)
    else:
        for language in Language:
            typer.echo("\n".join(_told(violation, evidence, rule, holds, Speech(language, settings.zone))) + "\n")
    if holds is False:
        raise typer.Exit(FOUND_PROBLEMS)


async def _read(dsn: str, violation_id: int) -> tuple[FullViolation, Evidence, Rule | None, Digest]:
    with store_errors():
        async with await connect(dsn) as conn:
            found = await violations.one(conn, violation_id, scope=EVERYTHING)
            if found is None:
                raise Problem(f"没有编号为 {violation_id} 的疑似违规", f"there is no violation {violation_id}")
            rule = await rules_in_force.rule_as_judged(conn, found.rule_id, found.rule_version, found.evidence)
            return found, await gather(conn, found), rule, await violations.digest_now(conn, found)


def _told(
    violation: FullViolation, evidence: Evidence, rule: Rule | None, holds: bool | None, say: Speech
) -> Iterator[str]:
    """Lines of one language."""
    t = say.t
    name = rule_name(violation.rule_id, say.language, rule)
    yield f"{violation.plate}  {violation.unit}  {violation.rule_id} {name}"
    yield f"{say.span(violation.start_at, violation.end_at, year=True)}  ({say.duration(violation.total_s)})"
    if violation.withdrawn_at:
        yield t("violation.withdrawn", moment=say.moment(violation.withdrawn_at))
    if violation.provisional:
        yield t("violation.provisional")
    if violation.insufficient:
        yield t("violation.insufficient") + t("lack.and").join(t(f"lack.{lack}") for lack in evidence.lacks)
    if violation.evidence_changed:
        yield t("violation.changed")
        yield from _changed(violation, evidence, say)
    yield f"{t('violation.rule')}  {t('violation.version', n=violation.rule_version)}"
    if rule is None:
        yield f"  {t('violation.rule_gone')}"
    else:
        yield f"  {rule_words(rule, say.language)}"
        yield f"  {t('violation.basis')}{rule.basis}"
        if rule.version != violation.rule_version:
            yield f"  {t('violation.rule_changed', n=rule.version)}"
        if settings := settings_of(violation.evidence):
            yield f"  {t('violation.settings', told=settings)}"
    decisions = [
        f"{t(f'outcome.{one.outcome}')}  {one.decided_by}  {say.moment(one.decided_at, seconds=True)}  {one.reason}"
        for one in evidence.decisions
    ]
    if decisions:
        yield from _listed(t("violation.decisions"), decisions)
    yield from _listed(t("violation.spans"), [_span(say, *span) for span in evidence.spans])
    claims = told_of(violation.evidence, say)
    if claims.claims:
        yield from _listed(t("violation.claims"), claims.claims)
        yield from _listed(t("violation.claims_found"), claims.found)
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


def _changed(violation: FullViolation, evidence: Evidence, say: Speech) -> Iterator[str]:
    """What is found now at the time of a decided violation, where it differs."""
    if violation.found_now is not None:
        spans = [_span(say, *span) for span in evidence.found_now]
        yield from _listed(say.t("violation.found_now"), spans or [say.t("violation.found_nothing")])
    digest = violation.changed_digest
    if digest.sha256 is not None:
        yield f"  {say.t('violation.positions_now', n=digest.count, sha256=digest.sha256)}"


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


def _record(
    violation: FullViolation, evidence: Evidence, rule: Rule | None, now: Digest, holds: bool | None
) -> dict[str, Any]:
    said = {str(language): "" if rule is None else rule_words(rule, language) for language in Language}
    return {
        "id": violation.id,
        "plate": violation.plate,
        "unit": violation.unit,
        "rule": {
            "id": violation.rule_id,
            "version": violation.rule_version,
            "name": {str(language): rule_name(violation.rule_id, language, rule) for language in Language},
            "words": said,
            "basis": "" if rule is None else rule.basis,
            "settings": violation.evidence.get("settings") or {},
        },
        "start": violation.start_at,
        "end": violation.end_at,
        "total_s": violation.total_s,
        "severity": violation.severity,
        "provisional": violation.provisional,
        "insufficient": evidence.lacks,
        "evidence_changed": violation.evidence_changed,
        "found_now": None
        if violation.found_now is None
        else [{"start": start, "end": end} for start, end in evidence.found_now],
        "decisions": [
            {
                "outcome": one.outcome,
                "reason": one.reason,
                "decided_by": one.decided_by,
                "decided_at": one.decided_at,
                "was_found": one.was_found,
                "start": one.start_at,
                "end": one.end_at,
            }
            for one in evidence.decisions
        ],
        "withdrawn_at": violation.withdrawn_at,
        "spans": [{"start": start, "end": end} for start, end in evidence.spans],
        "trips": [{"start": t.start_at, "end": t.end_at, "distance_m": t.distance_m} for t in evidence.trips],
        "zones": [{"name": zone.name, "kind": zone.kind} for zone in evidence.zones],
        "claims": violation.evidence.get("claims") or [],
        "found": violation.evidence.get("found") or [],
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
