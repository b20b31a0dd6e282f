"""What a case file is made from: the case, its violations with their evidence, papers, places in the audit chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.casework import case_of
from api.language import Language
from api.problem import not_found
from api.report_maps import MapMaker, violation_maps
from api.rule_names import rule_name, rule_words, settings_of
from api.site import Site
from oversight.case_file import CaseMatter, FiledEntry, FiledEvent, FiledPaper, FiledViolation, case_file
from oversight.document import Document
from oversight.report_words import Letterhead
from rules.rule import Rule
from store import audit, cases, report_matter, rules_in_force, tips, violations
from store.cases import CaseViolation, ListedCase
from store.database import Connection
from store.scope import Scope
from store.violations import FullViolation

_ALL_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class _Held:
    """A violation as the case holds it, as it stands, and the rule that judged it."""

    in_case: CaseViolation
    full: FullViolation
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class CaseGathered:
    """A case with what was read of it; written in either language."""

    listed: ListedCase
    matter: CaseMatter
    held: Sequence[_Held]
    maps: MapMaker

    def write(self, head: Letterhead, svgs: Mapping[int, str]) -> Document:
        """The file."""
        language = Language(head.words.language)
        filed = [_filed(one, language, svgs.get(one.full.id)) for one in self.held]
        return case_file(replace(self.matter, violations=filed), head)


async def case_gathered(conn: Connection, site: Site, case_id: int, *, scope: Scope) -> CaseGathered:
    """Refuses with 404 a case that the scope does not show."""
    listed = await cases.one(conn, case_id, scope=scope)
    if listed is None:
        raise not_found(f"编号为 {case_id} 的案件", f"case {case_id}")
    held = []
    for one in await cases.violations_of(conn, case_id):
        full = await violations.one(conn, one.id, scope=scope)
        if full is not None:
            rule = await rules_in_force.rule_as_judged(conn, full.rule_id, full.rule_version, full.evidence)
            held.append(_Held(one, full, rule))
    maps = await violation_maps(conn, site, [one.full for one in held if not one.in_case.left_out])
    return CaseGathered(listed, await _matter(conn, listed, scope), held, maps)


async def _matter(conn: Connection, listed: ListedCase, scope: Scope) -> CaseMatter:
    events = await cases.events(conn, listed.id)
    tip = await tips.of_case(conn, listed.id, scope=scope)
    entries = await audit.about(conn, f"case {listed.id}", limit=_ALL_ENTRIES)
    return CaseMatter(
        id=listed.id,
        plate=listed.plate,
        use_class=listed.use_class,
        unit=listed.unit,
        opened_at=listed.opened_at,
        case=case_of(events),
        points=await report_matter.points_of_case(conn, listed.id),
        violations=(),
        events=[FiledEvent(one.number, one.role, one.event) for one in events],
        papers=[
            FiledPaper(one.event, one.name, one.media_type, one.size_bytes, bytes(one.sha256).hex())
            for one in await cases.files_of(conn, listed.id)
        ],
        entries=[
            FiledEntry(one.number, one.at, one.deed.actor, one.deed.role, one.deed.act, one.hash.hex())
            for one in reversed(entries)
        ],
        tip=tip.what if tip else None,
    )


def _filed(one: _Held, language: Language, svg: str | None) -> FiledViolation:
    full, rule = one.full, one.rule
    return FiledViolation(
        id=full.id,
        rule_id=full.rule_id,
        rule_name=rule_name(full.rule_id, language, rule),
        rule_version=full.rule_version,
        explanation=rule_words(rule, language) if rule else full.rule_id,
        settings=settings_of(full.evidence),
        start_at=full.start_at,
        end_at=full.end_at,
        total_s=full.total_s,
        severity=full.severity,
        provisional=full.provisional,
        insufficient=full.insufficient,
        evidence_changed=full.evidence_changed,
        withdrawn_at=full.withdrawn_at,
        left_out=one.in_case.left_out,
        outcome=full.outcome,
        found_at=full.found_at,
        positions_count=full.positions_count,
        positions_sha256=full.digest.sha256,
        svg=svg,
    )
