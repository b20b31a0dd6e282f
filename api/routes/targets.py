"""Targets 接收方 of letters, for the system administrator. An address is taken in and never shown again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Pages, TheSite
from api.forms import OwnForm
from api.permission import Permission, may
from api.problem import RefusedError, not_found
from api.site import Site
from api.target_desk import TargetDesk
from fleet.role import Role
from fleet.violation import Severity
from oversight.letter import LetterKind
from oversight.target import LetterLanguage, QuietBreak, Target
from store import fleet, targets
from store.database import Connection, transaction
from store.people import By
from store.targets import StoredTarget, TargetRefusedError
from store.users import User

router = APIRouter(dependencies=[Depends(may(Permission.MANAGE_TARGETS))])

TargetId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class TargetForm:
    """A target as it was typed."""

    name: str
    address: str
    roles: list[Role]
    unit_id: int | None
    kinds: list[LetterKind]
    least: Severity
    confidential: bool
    language: LetterLanguage
    quiet: str
    breaks_quiet: QuietBreak
    again: bool


def _typed(
    name: Annotated[str, Form(max_length=100)] = "",
    address: Annotated[str, Form(max_length=2000)] = "",
    role: Annotated[list[Role] | None, Form()] = None,
    unit_id: Annotated[str, Form(max_length=9, pattern=r"^\d*$")] = "",
    kind: Annotated[list[LetterKind] | None, Form()] = None,
    least: Annotated[Severity, Form()] = Severity.INFO,
    confidential: Annotated[bool, Form()] = False,
    language: Annotated[LetterLanguage, Form()] = LetterLanguage.ZH,
    quiet: Annotated[str, Form(max_length=40)] = "",
    breaks_quiet: Annotated[QuietBreak, Form()] = QuietBreak.HIGH_IN_HOLIDAY,
    again: Annotated[bool, Form()] = False,
) -> TargetForm:
    unit = int(unit_id) if unit_id else None
    return TargetForm(
        name.replace("\0", ""), address.replace("\0", "").strip(), role or [], unit, kind or [], least, confidential,
        language, quiet, breaks_quiet, again,
    )  # fmt: skip


Typed = Annotated[TargetForm, Depends(_typed)]
_NEW = TargetForm(
    "", "", [Role.STAFF], None, [*LetterKind], Severity.INFO, False, LetterLanguage.ZH, "22:00-07:00",
    QuietBreak.HIGH_IN_HOLIDAY, False,
)  # fmt: skip


@router.get("/targets")
async def target_list(request: Request, pages: Pages) -> Response:
    """All targets, and the form for a new one."""
    return await _list(request, pages)


@router.post("/targets", dependencies=[OwnForm])
async def add(request: Request, pages: Pages, site: TheSite, form: Typed) -> Response:
    """A new target; of a webhook the page tells the key, this once."""
    try:
        address, is_webhook = _desk(site).read_address(form.address)
        async with transaction(request.app.state.pool) as conn:
            wanted = _wanted(site, form, Target(id=0, name="", roles=frozenset(), is_webhook=is_webhook))
            key = await targets.add(conn, _by(request, site), wanted, address)
    except (TargetRefusedError, RefusedError) as error:
        return await _list(request, pages, status=422, refused=_words(error), form=form)
    return await _list(request, pages, told=(form.name, key))


@router.get("/targets/{target_id}")
async def target_page(request: Request, pages: Pages, target_id: TargetId) -> Response:
    """One target, to be changed."""
    return await _one(request, pages, target_id)


@router.post("/targets/{target_id}", dependencies=[OwnForm])
async def change(request: Request, pages: Pages, site: TheSite, target_id: TargetId, form: Typed) -> Response:
    """Another address only where one was typed."""
    try:
        async with transaction(request.app.state.pool) as conn:
            before = await _held(conn, target_id)
            address, is_webhook = None, before.target.is_webhook
            if form.address:
                address, is_webhook = _desk(site).read_address(form.address)
            base = Target(
                id=target_id, name="", roles=frozenset(), is_webhook=is_webhook, enabled=before.target.enabled
            )
            key = await targets.change(conn, _by(request, site), _wanted(site, form, base), address=address)
    except (TargetRefusedError, RefusedError) as error:
        if isinstance(error, RefusedError) and error.status == 404:
            raise
        return await _one(request, pages, target_id, status=422, refused=_words(error), form=form)
    return await _one(request, pages, target_id, key=key, done="changed")


@router.post("/targets/{target_id}/key", dependencies=[OwnForm])
async def new_key(request: Request, pages: Pages, site: TheSite, target_id: TargetId) -> Response:
    """Another key for a webhook, told this once."""
    async with transaction(request.app.state.pool) as conn:
        before = await _held(conn, target_id)
        key = await targets.change(conn, _by(request, site), before, new_key=True)
    return await _one(request, pages, target_id, key=key, done="changed")


@router.post("/targets/{target_id}/disable", dependencies=[OwnForm])
async def disable(request: Request, site: TheSite, target_id: TargetId) -> Response:
    """Nothing is sent there any more."""
    return await _enable(request, site, target_id, enabled=False)


@router.post("/targets/{target_id}/enable", dependencies=[OwnForm])
async def enable(request: Request, site: TheSite, target_id: TargetId) -> Response:
    """From the next letter on."""
    return await _enable(request, site, target_id, enabled=True)


@router.post("/targets/{target_id}/test", dependencies=[OwnForm])
async def test(request: Request, pages: Pages, site: TheSite, target_id: TargetId) -> Response:
    """Sends a trial letter now and tells how it ended; no connection to the database is held meanwhile."""
    by = _by(request, site)
    async with transaction(request.app.state.pool) as conn:
        found = await _held(conn, target_id)
        door = await targets.door(conn, target_id)
    outcome, error = await _desk(site).test(found.target, door, by)
    async with transaction(request.app.state.pool) as conn:
        await targets.record_test(conn, by, found.target.name, outcome)
    return await _one(request, pages, target_id, tested=(outcome, error))


async def _enable(request: Request, site: Site, target_id: int, *, enabled: bool) -> Response:
    async with transaction(request.app.state.pool) as conn:
        await _held(conn, target_id)
        await targets.enable(conn, _by(request, site), target_id, enabled=enabled)
    return RedirectResponse(f"/targets/{target_id}", 303)


async def _list(request: Request, pages: Pages, *, status: int = 200, **shown: Any) -> Response:
    async with transaction(request.app.state.pool) as conn:
        values: dict[str, Any] = {"targets": await targets.targets(conn), "units": await fleet.units(conn)}
    values |= {"refused": None, "told": None, "form": _NEW} | shown
    return pages.page(request, "targets.html", status=status, **_choices(), **values)


async def _one(request: Request, pages: Pages, target_id: int, *, status: int = 200, **shown: Any) -> Response:
    async with transaction(request.app.state.pool) as conn:
        found = await _held(conn, target_id)
        units = await fleet.units(conn)
    values: dict[str, Any] = {"refused": None, "key": "", "done": None, "tested": None, "form": _form_of(found)}
    return pages.page(
        request, "target.html", status=status, stored=found, units=units, **_choices(), **(values | shown)
    )


def _choices() -> dict[str, Any]:
    return {
        "roles": list(Role),
        "kinds": list(LetterKind),
        "severities": list(Severity),
        "languages": list(LetterLanguage),
        "breaks": list(QuietBreak),
    }


async def _held(conn: Connection, target_id: int) -> StoredTarget:
    found = await targets.target(conn, target_id)
    if found is None:
        raise not_found(f"编号为 {target_id} 的接收方", f"target {target_id}")
    return found


def _wanted(site: Site, form: TargetForm, base: Target) -> StoredTarget:
    target = Target(
        id=base.id,
        name=form.name,
        roles=frozenset(form.roles),
        kinds=frozenset(form.kinds),
        least_severity=form.least,
        is_for_confidential=form.confidential,
        language=form.language,
        quiet=_desk(site).read_quiet(form.quiet),
        breaks_quiet=form.breaks_quiet,
        is_webhook=base.is_webhook,
        again_when_unsure=form.again,
        enabled=base.enabled,
    )
    return StoredTarget(target, "", form.unit_id)


def _form_of(stored: StoredTarget) -> TargetForm:
    one = stored.target
    quiet = f"{one.quiet.begin:%H:%M}-{one.quiet.until:%H:%M}" if one.quiet else ""
    return TargetForm(
        one.name, "", stored.ordered_roles, stored.unit_id, stored.ordered_kinds, one.least_severity,
        one.is_for_confidential, one.language, quiet, one.breaks_quiet, one.again_when_unsure,
    )  # fmt: skip


def _words(error: TargetRefusedError | RefusedError) -> dict[str, str]:
    if isinstance(error, TargetRefusedError):
        return {"zh": error.zh, "en": error.en}
    return {"zh": error.error.message.zh, "en": error.error.message.en}


def _desk(site: Site) -> TargetDesk:
    if site.target_desk is None:
        raise RefusedError(503, "no_target_desk", "此处不能管理接收方", "targets cannot be managed here")
    return site.target_desk


def _by(request: Request, site: Site) -> By:
    user: User = request.state.user
    return By(user.name, user.role, site.now(), user.id)
