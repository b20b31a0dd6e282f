"""Templates, and what every page knows: its language, its user, its form token."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api import session
from api.assets import BOOTSTRAP, HTMX
from api.language import Language, Speech
from api.rule_names import rule_name
from api.site import Site

LANGUAGE_COOKIE = "gongche_lang"
_YEAR_S = 365 * 24 * 3600


def language_of(request: Request) -> Language:
    """What the address asks for, else what the browser was told before, else Chinese."""
    for said in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if said in (Language.ZH, Language.EN):
            return Language(said)
    return Language.ZH


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for the changing part of a page only."""
    headers = request.headers
    return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"


def address(request: Request, **changes: Any) -> str:
    """This page's address with some of its query changed; ``None`` and ``""`` leave one out."""
    query = dict(request.query_params) | changes
    kept = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{request.url.path}?{urlencode(kept)}" if kept else request.url.path


@cache
def _templates() -> Environment:
    """The templates, compiled once a process; what they miss is an error, not an empty place."""
    templates = Environment(
        loader=PackageLoader("api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.globals.update(bootstrap=BOOTSTRAP, htmx=HTMX, rule_name=rule_name)
    return templates


@dataclass(frozen=True, slots=True)
class Renderer:
    """Makes the pages of one site."""

    site: Site

    def speech(self, request: Request) -> Speech:
        """How to write for this request."""
        return Speech(language_of(request), self.site.time_zone)

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The page, and with it the cookies that its form and its language switch need."""
        say = self.speech(request)
        token, nonce = session.form_token(self.site, request)
        html = (
            _templates()
            .get_template(template)
            .render(
                site=self.site,
                say=say,
                t=say.t,
                lang=say.language,
                request=request,
                path=request.url.path,
                user=getattr(request.state, "user", None),
                may=getattr(request.state, "permissions", frozenset()),
                other_language_url=address(request, lang=say.language.other.value),
                address=lambda **changes: address(request, **changes),
                form_field=session.FORM_FIELD,
                form_token=token,
                **values,
            )
        )
        response = HTMLResponse(html, status, headers={"vary": "cookie, hx-request"})
        session.keep_form_nonce(self.site, response, nonce)
        if "lang" in request.query_params:
            response.set_cookie(LANGUAGE_COOKIE, say.language.value, max_age=_YEAR_S, samesite="lax", httponly=True)
        return response
