"""How much a request may send: looked at before any of it is read."""

from __future__ import annotations

import re

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problem import ErrorBody, RefusedError, length_required, too_large

MOST_BYTES = 1_000_000
MOST_FORM_BYTES = 32_000_000
"""Of a form that brings papers along."""
MOST_SHEET_BYTES = 20_000_000
"""Of a claims sheet."""
_MORE = (
    (re.compile(r"/cases/[0-9]+/acts"), MOST_FORM_BYTES),
    (re.compile(r"(/api)?/finance/checks"), MOST_SHEET_BYTES),
)


class BodyLimit:
    """Turns away what is too large, or does not say how large it is. The server holds it to what it says."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = _refused(scope) if scope["type"] == "http" else None
        if refused is None:
            await self.app(scope, receive, send)
            return
        body = ErrorBody(error=refused.error).model_dump()
        await JSONResponse(body, refused.status, headers={"connection": "close"})(scope, receive, send)


def _refused(scope: Scope) -> RefusedError | None:
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return length_required()
    length = headers.get(b"content-length", b"0")
    most = next((bytes_ for paths, bytes_ in _MORE if paths.fullmatch(scope["path"])), MOST_BYTES)
    return too_large(most) if not length.isdigit() or int(length) > most else None
