"""Carrying one message to one target: apprise for people's messengers and mail, a signed POST for a webhook.

Blocking; whoever sends calls it in a thread. What it gives back and what it logs holds no secret: neither address nor
what the other side said, only what kind of end it was.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongche import witness
from gongche.problem import Problem
from oversight.delivery import Outcome
from oversight.letter_text import Message, Posted, message_of, payload_of
from oversight.target import Target
from store.targets import Door

CONNECT_WITHIN_S = 10.0
ANSWER_WITHIN_S = 20.0
SCHEMES = frozenset(
    {
        *("wecombot", "dingtalk", "feishu", "lark", "mailto", "mailtos"),
        *("json", "jsons", "form", "forms", "xml", "xmls"),
    }
)
"""Of apprise's those whose ends were looked at: whether a message arrived, surely did not, or may have."""
_WEBHOOK_REST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?(/[!-~]*)?")
"""Host, port and path: no name and password, which a webhook does not need as its letters are signed."""
TIMESTAMP_HEADER = "Gongche-Timestamp"
SIGNATURE_HEADER = "Gongche-Signature"


@dataclass(frozen=True, slots=True)
class Carried:
    """How an attempt ended; ``error``: why it did not arrive, in both languages, without secrets."""

    outcome: Outcome
    error: str = ""


_ROBOTS = (
    (re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=([A-Za-z0-9]+)"), r"dingtalk://\1/"),
    (re.compile(r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([A-Za-z0-9-]+)/?"), r"feishu://\1/"),
    (re.compile(r"https://open\.larksuite\.com/open-apis/bot/v2/hook/([A-Za-z0-9-]+)/?"), r"lark://\1/"),
    (re.compile(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([A-Za-z0-9-]+)"), r"wecombot://\1/"),
)
"""The addresses that messengers give for their robots, and how apprise writes them."""


def written_for_apprise(address: str) -> str:
    """An address as it is kept: a robot's own one in apprise's writing, any other as it is."""
    address = address.strip()
    for pattern, writing in _ROBOTS:
        if found := pattern.fullmatch(address):
            return found.expand(writing)
    return address


def is_webhook(address: str) -> bool:
    """Whether an address, written for apprise, is a webhook of our own: http or https.

    Raises Problem for an address that cannot be sent to; the message does not repeat it.
    """
    scheme, _, rest = address.partition("://")
    scheme = scheme.lower()
    if scheme in {"http", "https"} and _WEBHOOK_REST.fullmatch(rest):
        return True
    service = witness.service(address)
    if service is None:
        raise Problem(
            "地址无法识别。可用：企业微信、钉钉、飞书机器人，mailto(s)://，json(s)://，http(s)://（见 docs/alerts.md）",
            "the address is not understood; see docs/alerts.md for those that are",
        )
    if not service.schemes & SCHEMES:
        raise Problem(f"不支持 {scheme}:// 类地址（见 docs/alerts.md）", f"addresses of {scheme}:// are not supported")
    if service.receivers != 1:
        raise Problem(
            "一个接收方只能有一个收件地址，请分别添加", "a target is one receiver: add each as a target of its own"
        )
    return False


def carry(target: Target, door: Door, posted: Sequence[Posted], address: str | None, now: datetime) -> Carried:
    """Sends letters to a target as one message. ``address``: of the pages."""
    try:
        if target.is_webhook:
            return _post(door, payload_of(posted, address, now), now)
        return _by_apprise(door, message_of(posted, target.language, address))
    except Exception as error:  # whatever a library does, an attempt has an end, and an error's text may hold secrets
        return Carried(Outcome.UNSURE, f"{type(error).__name__}")


def signature(key: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA-256 of the timestamp, a full stop and the body, in hexadecimal."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _by_apprise(door: Door, message: Message) -> Carried:
    end = witness.notify(door.address, message.title, message.body, CONNECT_WITHIN_S, ANSWER_WITHIN_S)
    return Carried(end.outcome, end.error)


def _post(door: Door, payload: dict[str, Any], now: datetime) -> Carried:
    body = json.dumps(payload, ensure_ascii=False).encode()
    timestamp = str(int(now.timestamp()))
    request = urllib.request.Request(
        door.address,
        body,
        {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "gongche",
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: f"v1={signature(door.signing_key, timestamp, body)}",
        },
    )
    try:
        with _OPENER.open(request, timeout=ANSWER_WITHIN_S) as answer:
            answer.read(1)
        return Carried(Outcome.SENT)
    except urllib.error.HTTPError as error:
        error.close()
        return Carried(Outcome.REFUSED, f"对方答复 HTTP {error.code} / answered HTTP {error.code}")
    except urllib.error.URLError as error:
        return _unreached(error.reason)
    except (OSError, http.client.HTTPException) as error:
        return _unreached(error)


def _unreached(reason: object) -> Carried:
    if isinstance(reason, witness.NOT_CONNECTED):
        return Carried(Outcome.REFUSED, witness.UNREACHABLE)
    return Carried(Outcome.UNSURE, witness.NO_ANSWER)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A signed letter goes where it is addressed to, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
