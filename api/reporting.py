"""Drafting and issuing reports: gathered, written in both languages, frozen, numbered, entered; one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from api.permission import Permission, permissions
from api.problem import RefusedError, not_allowed, not_found
from api.report_gathering import Gathered, gathered
from api.site import Site
from fleet.audit import Deed, Detail
from oversight.document import Document, digest_of, freeze
from oversight.report import DocumentNumber, Period, PeriodError, ReportKind
from oversight.report_letters import letters_of
from oversight.report_words import LANGUAGES, Language, Letterhead, Words
from store import audit, outbox, reports
from store.database import Connection
from store.reports import NewReport, StoredReport
from store.scope import Scope
from store.users import User

ISSUED_BY_THE_HEAD = frozenset({ReportKind.BULLETIN})
"""What names somebody in public is not published by staff."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as it would be issued now. ``unfinished``: why it cannot be issued yet, in both languages."""

    document: Document
    plates: tuple[str, ...]
    unfinished: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues, with which role, within which scope."""

    name: str
    role: str
    scope: Scope


def read_period(kind: str, text: str) -> Period:
    """What a report is asked for about. Refuses with 422 what is none."""
    try:
        return Period.read(ReportKind(kind), text)
    except PeriodError as error:
        raise RefusedError(422, "invalid", error.zh, error.en) from None
    except ValueError:
        raise not_found(f"“{kind}”这种报告", f"kind of report {kind!r}") from None


def may_issue(user: User, kind: ReportKind) -> bool:
    """Whether somebody may issue reports of that kind."""
    wanted = Permission.ISSUE_BULLETINS if kind in ISSUED_BY_THE_HEAD else Permission.ISSUE_REPORTS
    return wanted in permissions(user)


def issuer_of(user: User, scope: Scope, kind: ReportKind) -> Issuer:
    """Whoever has signed in, as who issues. Refuses with 403 whoever may not."""
    if not may_issue(user, kind):
        raise not_allowed()
    return Issuer(user.name, user.role, scope)


async def draft(conn: Connection, site: Site, about: Period, language: Language, *, scope: Scope) -> Draft:
    """The report as it would be issued now, without a number; nothing is stored.

    Refuses with 404 or 409 where there is nothing to report on. The caller enters the look at its tracks.
    """
    found = await gathered(conn, site, about, scope=scope)
    document = await asyncio.to_thread(_written, found, site, language, site.today())
    return Draft(document, found.plates, found.unfinished)


async def issue(conn: Connection, site: Site, who: Issuer, about: Period, replaces: int | None) -> int:
    """Issues a report; its id. ``replaces``: the version that it takes the place of, None for a first one.

    Refuses with 409 what is not over yet, and what somebody else has issued since. Call it in a transaction: the
    number is taken last, and given back with all else where that fails.
    """
    found = await gathered(conn, site, about, scope=who.scope)
    if found.unfinished:
        zh, en = found.unfinished
        raise RefusedError(409, "unfinished", f"{zh}，不能签发", f"It cannot be issued: {en}")
    drafts = {
        language: await asyncio.to_thread(_written, found, site, language, site.today()) for language in LANGUAGES
    }
    await reports.lock(conn)
    last = await reports.last(conn, about)
    if (last[0] if last else None) != replaces:
        raise RefusedError(
            409,
            "issued_already",
            "这份报告刚刚已有新的版本，请查看后再签发",
            "Somebody has issued it just now: look at it first",
        )
    number = DocumentNumber(site.document_prefix, site.today().year, await reports.next_number(conn, site.today().year))
    texts = {language: freeze(replace(document, number=str(number))) for language, document in drafts.items()}
    new = NewReport(
        about=about,
        version=last[1] + 1 if last else 1,
        replaces=replaces,
        number=number,
        issued_at=site.now(),
        issued_by=who.name,
        role=who.role,
        made_by=site.version,
        texts={language: (text, bytes.fromhex(digest_of(text))) for language, text in texts.items()},
        plates=found.plates,
        unit_ids=found.unit_ids,
    )
    report_id = await reports.add(conn, new)
    told = letters_of(report_id, about.kind, str(number), drafts["zh"], drafts["en"], found.unit_ids)
    for letter in told:
        await outbox.put(conn, letter, site.now())
    await audit.record(conn, _issuing(report_id, new, who), site.now())
    return report_id


def subject_of(about: Period) -> str:
    """What the audit chain calls a report."""
    return f"report {about.kind} {about.key}"


def letterhead(site: Site, language: Language, issued_on: date) -> Letterhead:
    """Who reports, and when."""
    words = Words(language, site.time_zone)
    return Letterhead(words, site.district, site.issuer or f"{site.district}公务用车管理中心", issued_on, site.version)


async def looked_at(conn: Connection, site: Site, user: User, about: Period, plates: tuple[str, ...]) -> None:
    """Enters the look at the tracks that are drawn in a report; none where there are none. Call it last."""
    if plates:
        await audit.record(conn, look(user.name, user.role, about, plates), site.now())


def look(name: str, role: str, about: Period, plates: tuple[str, ...]) -> Deed:
    """A look at the tracks that are drawn in a report."""
    details: dict[str, Detail | list[Detail]] = {"page": "report", "plates": list(plates)}
    return Deed(actor=name, role=role, act="see_track", subject=subject_of(about), details=details)


async def stored(conn: Connection, report_id: int, *, scope: Scope) -> StoredReport:
    """An issued report. Refuses with 404 what the scope does not show."""
    found = await reports.one(conn, report_id, scope=scope)
    if found is None:
        raise not_found(f"编号为 {report_id} 的报告", f"report {report_id}")
    return found


def _written(found: Gathered, site: Site, language: Language, issued_on: date) -> Document:
    svgs: Mapping[int, str] = found.maps.drawn(language)
    return found.write(letterhead(site, language, issued_on), svgs)


def _issuing(report_id: int, new: NewReport, who: Issuer) -> Deed:
    details: dict[str, Detail | list[Detail]] = {
        "report": report_id,
        "document_number": str(new.number),
        "version": new.version,
        "replaces": new.replaces,
        **{f"digest_{language}": digest.hex() for language, (_, digest) in new.texts.items()},
    }
    if new.plates:
        details["plates"] = list(new.plates)
    return Deed(actor=who.name, role=who.role, act="issue_report", subject=subject_of(new.about), details=details)
