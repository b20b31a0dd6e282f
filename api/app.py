"""The web application, wired: routes, static files, headers, errors, and what lives as long as it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from api import problem
from api.assets import BOOTSTRAP, HTMX, STATIC, foreign_origins
from api.body_limit import BodyLimit
from api.headers import Policy, SecurityHeaders
from api.live_feed import LiveFeed
from api.problem import ErrorBody, ErrorDetail, RefusedError
from api.render import Renderer
from api.routes import (
    audit,
    campaign_data,
    campaigns,
    case_data,
    cases,
    data,
    device_data,
    devices,
    draws,
    events,
    finance,
    finance_data,
    health,
    maps,
    metrics,
    orders,
    outbox,
    outbox_data,
    overview,
    own_password,
    people,
    purchase_data,
    purchases,
    report_data,
    reports,
    rosters,
    sign_in,
    targets,
    tips,
    vehicles,
    violations,
    waivers,
)
from api.site import Site
from store.database import open_pool
from store.errors import StoreError, StoreRefusedError

PAGES = (
    health,
    metrics,
    sign_in,
    own_password,
    overview,
    violations,
    vehicles,
    maps,
    draws,
    campaigns,
    events,
    cases,
    tips,
    finance,
    devices,
    outbox,
    targets,
    purchases,
    reports,
    people,
    audit,
)
DATA = (
    data,
    orders,
    waivers,
    rosters,
    case_data,
    finance_data,
    device_data,
    outbox_data,
    campaign_data,
    purchase_data,
    report_data,
)
"""Told in the schema, for programs."""

_log = structlog.get_logger("pages")


def create_app(site: Site, *, pool_size: int = 8) -> FastAPI:
    """The application for one district. Its database is connected to when it starts and let go when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = await open_pool(site.dsn, min_size=1, max_size=pool_size, application="gongche serve")
        feed = LiveFeed(site, pool)
        task = asyncio.create_task(feed.run(), name="live feed")
        app.state.pool, app.state.live_feed = pool, feed
        try:
            yield
        finally:
            feed.close()
            task.cancel()
            await asyncio.wait([task])
            await pool.close()

    app = FastAPI(
        title="Gongche 公车",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # their scripts come from a CDN; the schema itself is served
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.site, app.state.renderer = site, Renderer(site)
    for routes in PAGES:
        app.include_router(routes.router, include_in_schema=False)
    for routes in DATA:
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(BodyLimit)
    app.add_middleware(
        SecurityHeaders,
        policy=Policy(scripts=[*foreign_origins(HTMX)], styles=[*foreign_origins(BOOTSTRAP)]),
    )
    _answer_errors(app)
    return app


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> Response:
        return _answer(request, error)

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> Response:
        return _answer(request, problem.of_status(error.status_code), error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return _answer(request, _invalid(error))

    @app.exception_handler(StoreError)
    async def store(request: Request, error: StoreError) -> Response:
        if isinstance(error, StoreRefusedError):
            return _answer(request, problem.of_status(422))
        _log.error("database_refused", path=request.url.path, error=str(error))
        return _answer(request, problem.no_database())

    @app.exception_handler(Exception)
    async def defect(request: Request, error: Exception) -> Response:
        _log.error("defect", path=request.url.path, exc_info=error)
        return _answer(request, problem.defect())


def _invalid(error: RequestValidationError) -> RefusedError:
    details = [
        ErrorDetail(where=".".join(str(part) for part in found["loc"]), message=str(found["msg"]))
        for found in error.errors()
    ]
    return RefusedError(422, "invalid", "请求参数有误", "The request is not valid", details)


def _asked_for(request: Request) -> str:
    """The page to come back to after signing in; of a map or a fragment, the overview."""
    path, query = request.url.path, request.url.query
    if path.startswith(("/maps/", "/fragments/")):
        return "/"
    return f"{path}?{query}" if query else path


def _answer(request: Request, refused: RefusedError, headers: object = None) -> Response:
    kept = dict(headers) if isinstance(headers, dict) else {}
    if request.url.path.startswith("/api/") or request.url.path == "/events":
        body = ErrorBody(error=refused.error).model_dump()
        return JSONResponse(body, refused.status, headers=kept)
    if refused.status == 401:
        target = "/sign-in" if request.method != "GET" else f"/sign-in?next={quote(_asked_for(request), safe='/')}"
        if request.headers.get("hx-request") == "true":
            return Response(status_code=401, headers={"hx-redirect": target})
        return RedirectResponse(target, 303)
    renderer: Renderer = request.app.state.renderer
    page = renderer.page(request, "error.html", status=refused.status, error=refused.error)
    page.headers.update(kept)
    return page
