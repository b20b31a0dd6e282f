"""Sessions: who is signed in, in a signed cookie; and the token that says a form is ours."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from api.site import Site
from store.users import User

SESSION_COOKIE = "gongche_session"
FORM_COOKIE = "gongche_form"
FORM_FIELD = "form_token"
SESSION_LASTS_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Claim:
    """What a session's cookie says; true only while the user still has that password mark."""

    user_id: int
    password_mark: str


def begin(site: Site, response: Response, user: User) -> None:
    """Signs the user in, for twelve hours."""
    value = _sessions(site).dumps([user.id, user.password_mark])
    _set(site, response, SESSION_COOKIE, value, max_age=SESSION_LASTS_S)


def end(site: Site, response: Response) -> None:
    """Signs out."""
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=site.secure_cookies)


def claim(site: Site, request: Request) -> Claim | None:
    """What the request's cookie says; ``None`` when there is none, it is not ours or it is too old."""
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie is None:
        return None
    try:
        said: Any = _sessions(site).loads(cookie, max_age=SESSION_LASTS_S)
    except BadSignature:
        return None
    match said:
        case [int(user_id), str(mark)]:
            return Claim(user_id, mark)
    return None


def form_token(site: Site, request: Request) -> tuple[str, str]:
    """What the form's hidden field and the form's cookie must hold.

    The field is the cookie's nonce, signed: another site can send the cookie along but can neither read it
    nor make the field.
    """
    nonce = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    return str(_forms(site).dumps(nonce)), nonce


def keep_form_nonce(site: Site, response: Response, nonce: str) -> None:
    """Sends the nonce of :func:`form_token` along with the page that holds the form."""
    _set(site, response, FORM_COOKIE, nonce, max_age=SESSION_LASTS_S)


def is_own_form(site: Site, request: Request, field: str) -> bool:
    """Whether a posted form came from a page that we gave to this browser."""
    nonce = request.cookies.get(FORM_COOKIE)
    if not nonce:
        return False
    try:
        return secrets.compare_digest(str(_forms(site).loads(field)).encode(), nonce.encode())
    except BadSignature:
        return False


def _set(site: Site, response: Response, name: str, value: str, max_age: int) -> None:
    response.set_cookie(name, value, max_age=max_age, httponly=True, samesite="lax", secure=site.secure_cookies)


def _sessions(site: Site) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(site.secret, salt="session")


def _forms(site: Site) -> URLSafeSerializer:
    return URLSafeSerializer(site.secret, salt="form")
