"""Posted forms: taken only from a page of ours."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Request

from api import session
from api.deps import TheSite
from api.problem import strange_form


async def _own(request: Request, site: TheSite, form_token: Annotated[str, Form()] = "") -> None:
    if not session.is_own_form(site, request, form_token):
        raise strange_form()


OwnForm = Depends(_own)
"""Among a route's dependencies, after its permission: the form came from a page that we gave to this browser."""
