"""People, for the system administrator: who may sign in, as what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Pages, TheSite
from api.forms import OwnForm
from api.permission import Permission, may
from api.problem import not_found
from api.site import Site
from fleet.role import Role
from store import fleet, people, users
from store.database import Connection, transaction
from store.people import By, PersonRefusedError
from store.users import User

router = APIRouter(dependencies=[Depends(may(Permission.MANAGE_PEOPLE))])

PersonId = Annotated[int, Path(ge=1, le=2**31 - 1)]
UnitId = Annotated[str, Form(max_length=9, pattern=r"^\d*$")]


@router.get("/people")
async def people_page(request: Request, pages: Pages) -> Response:
    """Everybody, and the form for somebody new."""
    return await _list(request, pages)


@router.post("/people", dependencies=[OwnForm])
async def add(
    request: Request,
    pages: Pages,
    site: TheSite,
    name: Annotated[str, Form(max_length=100)] = "",
    role: Annotated[list[Role] | None, Form()] = None,
    unit_id: UnitId = "",
) -> Response:
    """Somebody new; the page tells the password, this once."""
    form = {"name": name, "roles": role or [], "unit_id": _unit(unit_id)}
    try:
        async with transaction(request.app.state.pool) as conn:
            made = await people.add_person(conn, _by(request, site), name, role or [], _unit_of(role, unit_id))
    except PersonRefusedError as error:
        return await _list(request, pages, status=422, refused=error, form=form)
    return await _list(request, pages, told=(name, made))


@router.get("/people/{person_id}")
async def person_page(request: Request, pages: Pages, person_id: PersonId) -> Response:
    """One person: roles, password, whether they may sign in."""
    return await _one(request, pages, person_id)


@router.post("/people/{person_id}/roles", dependencies=[OwnForm])
async def change_roles(
    request: Request,
    pages: Pages,
    site: TheSite,
    person_id: PersonId,
    role: Annotated[list[Role] | None, Form()] = None,
    unit_id: UnitId = "",
) -> Response:
    """Other roles; the person's sessions end."""
    by, unit = _by(request, site), _unit_of(role, unit_id)
    return await _changed(
        request, pages, person_id, lambda conn: people.change_roles(conn, by, person_id, role or [], unit)
    )


@router.post("/people/{person_id}/password", dependencies=[OwnForm])
async def reset_password(request: Request, pages: Pages, site: TheSite, person_id: PersonId) -> Response:
    """Another password, told this once; the person's sessions end."""
    try:
        async with transaction(request.app.state.pool) as conn:
            made = await people.reset_password(conn, _by(request, site), person_id)
    except PersonRefusedError as error:
        return await _one(request, pages, person_id, status=422, refused=error)
    return await _one(request, pages, person_id, made=made)


@router.post("/people/{person_id}/disable", dependencies=[OwnForm])
async def disable(request: Request, pages: Pages, site: TheSite, person_id: PersonId) -> Response:
    """The person may sign in no more."""
    by = _by(request, site)
    return await _changed(request, pages, person_id, lambda conn: people.disable(conn, by, person_id))


@router.post("/people/{person_id}/enable", dependencies=[OwnForm])
async def enable(request: Request, pages: Pages, site: TheSite, person_id: PersonId) -> Response:
    """The person may sign in again."""
    by = _by(request, site)
    return await _changed(request, pages, person_id, lambda conn: people.enable(conn, by, person_id))


async def _changed(
    request: Request, pages: Pages, person_id: int, act: Callable[[Connection], Awaitable[None]]
) -> Response:
    try:
        async with transaction(request.app.state.pool) as conn:
            await act(conn)
    except PersonRefusedError as error:
        return await _one(request, pages, person_id, status=422, refused=error)
    return RedirectResponse(f"/people/{person_id}", 303)


async def _list(request: Request, pages: Pages, *, status: int = 200, **shown: Any) -> Response:
    async with transaction(request.app.state.pool) as conn:
        values: dict[str, Any] = {"people": await users.people(conn), "units": await fleet.units(conn)}
    values |= {"refused": None, "told": None, "form": {"name": "", "roles": [], "unit_id": None}} | shown
    return pages.page(request, "people.html", status=status, roles=list(Role), now=pages.site.now(), **values)


async def _one(request: Request, pages: Pages, person_id: int, *, status: int = 200, **shown: Any) -> Response:
    async with transaction(request.app.state.pool) as conn:
        person = next((one for one in await users.people(conn) if one.id == person_id), None)
        units = await fleet.units(conn)
    if person is None:
        raise not_found(f"编号为 {person_id} 的人员", f"person {person_id}")
    values: dict[str, Any] = {"refused": None, "made": None} | shown
    return pages.page(
        request,
        "person.html",
        status=status,
        person=person,
        units=units,
        roles=list(Role),
        now=pages.site.now(),
        **values,
    )


def _by(request: Request, site: Site) -> By:
    user: User = request.state.user
    return By(user.name, user.role, site.now(), user.id)


def _unit(unit_id: str) -> int | None:
    return int(unit_id) if unit_id else None


def _unit_of(roles: list[Role] | None, unit_id: str) -> int | None:
    """The unit where it is asked for: the form's choice may stand from another role that was chosen before."""
    return _unit(unit_id) if roles and Role.UNIT_MANAGER in roles else None
