"""apprise, watched: how a message it sent really ended.

Of what it did apprise tells true or false. False is the same for a server that refused and for one that took the
message and did not answer in time; true is said of a messenger's robot that answers with status 200 and an error in the
body. So the two ways on which it reaches servers, ``requests`` and SMTP, are watched from here (decision 0033).
"""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import apprise
import requests
from apprise.plugins import custom_form, custom_json, custom_xml, dingtalk, feishu, lark, wecombot
from apprise.plugins.email import base as mail
from apprise.plugins.email.smtp import SMTP_EXCEPTIONS, AppriseSMTPController

from oversight.delivery import Outcome

UNREACHABLE = "连不上 / cannot be reached"
NO_ANSWER = "没有答复，可能已送达 / no answer came; it may have arrived"
NOT_CONNECTED = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
"""Ends of which nothing was sent before."""

_BEFORE_SENDING = {"NewConnectionError", "NameResolutionError"}
"""Of urllib3, below ``requests``."""

_ERROR_CODES = {wecombot: "errcode", dingtalk: "errcode", feishu: "code", lark: "code"}
"""Robots that answer 200 whatever happened, and where in the body they say what did."""


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt ended, and why, without secrets."""

    outcome: Outcome
    error: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What apprise makes of an address."""

    schemes: frozenset[str]
    receivers: int


class _Seen(threading.local):
    """What the sending of this thread has come to so far; None: nothing was sent yet."""

    end: End | None = None


_seen = _Seen()
_ASSET = apprise.AppriseAsset(app_id="Gongche", app_desc="Gongche", app_url="")  # in a header: ASCII


def service(address: str) -> Service | None:
    """What apprise makes of an address; None where it knows it for nothing."""
    found = apprise.Apprise.instantiate(address, asset=_ASSET, suppress_exceptions=True)
    if not isinstance(found, apprise.NotifyBase):
        return None
    return Service(frozenset({*_words(found.protocol), *_words(found.secure_protocol)}), len(found))


def notify(address: str, title: str, body: str, connect_within_s: float, answer_within_s: float) -> End:
    """Sends a plain text once, however the address would have it retried."""
    found = apprise.Apprise.instantiate(address, asset=_ASSET, suppress_exceptions=True)
    if not isinstance(found, apprise.NotifyBase):
        return End(Outcome.REFUSED, "地址无法识别 / the address is not understood")
    found.service_retry = 0
    found.redirects = False
    found.socket_connect_timeout, found.socket_read_timeout = connect_within_s, answer_within_s
    _seen.end = None
    arrived = found.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
    end, _seen.end = _seen.end, None
    if end is None:
        return End(Outcome.SENT) if arrived else End(Outcome.REFUSED, UNREACHABLE)
    if arrived or end.outcome is not Outcome.SENT:
        return end
    return End(Outcome.UNSURE, NO_ANSWER)


class _WatchedRequests:
    """``requests`` as a plugin sees it; whatever a sending comes to is noted."""

    def __init__(self, error_code: str | None) -> None:
        self._error_code = error_code

    def __getattr__(self, name: str) -> Any:
        if name in {"post", "put", "get", "request"}:
            return lambda *given, **more: self._watched(getattr(requests, name), *given, **more)
        return getattr(requests, name)

    def _watched(self, call: Any, *given: Any, **more: Any) -> requests.Response:
        try:
            answer: requests.Response = call(*given, **more)
        except requests.RequestException as error:
            _seen.end = _end_of(error)
            # Without its own text: that holds the address.
            raise requests.RequestException(type(error).__name__) from None
        _seen.end = self._end(answer)
        if _seen.end.outcome is not Outcome.SENT and _is_success(answer):
            raise requests.RequestException("refused")
        return answer

    def _end(self, answer: requests.Response) -> End:
        if not _is_success(answer):
            return End(Outcome.REFUSED, f"对方答复 HTTP {answer.status_code} / answered HTTP {answer.status_code}")
        code = _told(answer, self._error_code) if self._error_code else 0
        if code == 0:
            return End(Outcome.SENT)
        if isinstance(code, int):
            return End(Outcome.REFUSED, f"对方答复 {self._error_code} {code} / answered {self._error_code} {code}")
        return End(Outcome.UNSURE, "对方的答复无法理解 / the answer was not understood")


def _is_success(answer: requests.Response) -> bool:
    return 200 <= answer.status_code < 300


def _told(answer: requests.Response, name: str) -> object:
    try:
        said = answer.json()
    except ValueError:
        return None
    return said.get(name) if isinstance(said, dict) else None


def _end_of(error: requests.RequestException) -> End:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return End(Outcome.REFUSED, UNREACHABLE)
    if isinstance(error, requests.ConnectionError) and _chain(error) & _BEFORE_SENDING:
        return End(Outcome.REFUSED, UNREACHABLE)
    return End(Outcome.UNSURE, NO_ANSWER)


def _chain(error: BaseException | None) -> set[str]:
    """Names of the kinds of an error and of what it came from."""
    names: set[str] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and type(one).__name__ not in names:
            names.add(type(one).__name__)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return names


class _WatchedMail(AppriseSMTPController):
    """A connection to a mail server; until it takes a message's end nothing has arrived."""

    def sendmail(self, from_addr: str, to_addrs: list[str], message: str) -> bool:
        try:
            assert self._socket is not None
            refused = self._socket.sendmail(from_addr, to_addrs, message)
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError) as error:
            code = getattr(error, "smtp_code", "")
            _seen.end = End(Outcome.REFUSED, f"邮件服务器拒收 {code} / the mail server refused it {code}")
            return False
        except SMTP_EXCEPTIONS:
            _seen.end = End(Outcome.UNSURE, NO_ANSWER)
            return False
        _seen.end = End(Outcome.SENT) if not refused else End(Outcome.REFUSED, "收件人被拒收 / a receiver was refused")
        return not refused


def _words(told: str | Iterable[str] | None) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told or ())


def _watch() -> None:
    modules: list[ModuleType] = [custom_form, custom_json, custom_xml, dingtalk, feishu, lark, wecombot]
    for module in modules:
        module.requests = _WatchedRequests(_ERROR_CODES.get(module))  # type: ignore[attr-defined]
    mail.AppriseSMTPController = _WatchedMail  # type: ignore[attr-defined]  # what it imported
    # Their lines name receivers, hosts and, in debugging, all of an address.
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    logging.getLogger("urllib3").setLevel(logging.INFO)


_watch()
