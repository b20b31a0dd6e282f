"""Whether the pages can be served, for whoever watches over the process."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from store.database import transaction
from store.errors import StoreError
from store.health import missing_migrations

router = APIRouter()


@router.get("/health")
async def health(request: Request) -> JSONResponse:
    """200 when the database answers and its schema is this program's; else 503 with what is wrong."""
    try:
        async with transaction(request.app.state.pool) as conn:
            missing = await missing_migrations(conn)
    except StoreError as error:
        return JSONResponse({"status": "no_database", "detail": type(error).__name__}, 503)
    if missing:
        return JSONResponse({"status": "not_migrated", "missing": missing}, 503)
    return JSONResponse({"status": "ok"})
