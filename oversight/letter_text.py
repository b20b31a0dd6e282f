"""What a message says: one letter in full, or the subjects of many, in the target's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.violation import Severity
from oversight.letter import Letter, Wording
from oversight.target import LetterLanguage

MOST_LINES = 20
"""So many subjects a bundle tells; the rest is counted."""
_MOST_BODY = 1_500
_FROM = Wording("公车监督", "Gongche")
_REPEAT = Wording("【可能重复】", "[may be a repeat] ")
_HIGH = Wording("【严重】", "[high] ")


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter on its way. ``id`` is the same in each attempt; ``again``: an attempt before may have arrived;
    ``takes_back``: the id that the letter took back had."""

    id: str
    letter: Letter
    put_at: datetime
    again: bool = False
    takes_back: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to people. Plain text."""

    title: str
    body: str


def message_of(posted: Sequence[Posted], language: LetterLanguage, address: str | None) -> Message:
    """One letter in full, or many by their subjects. ``address``: where the pages are, without a slash at its end."""
    written = [_written(posted, tongue, address) for tongue in _tongues(language)]
    return Message(" / ".join(one.title for one in written), "\n\n".join(one.body for one in written))


def payload_of(posted: Sequence[Posted], address: str | None, now: datetime) -> dict[str, Any]:
    """The same for a webhook: all of each letter, as JSON (docs/alerts.md)."""
    return {"version": 1, "sent_at": now.isoformat(), "letters": [_told(one, address) for one in posted]}


def _told(one: Posted, address: str | None) -> Mapping[str, Any]:
    letter = one.letter
    return {
        "id": one.id,
        "may_be_repeat": one.again,
        "takes_back": one.takes_back,
        "key": letter.key,
        "kind": letter.kind.value,
        "severity": letter.severity.value,
        "subject": {"zh": letter.subject.zh, "en": letter.subject.en},
        "body": {"zh": letter.body.zh, "en": letter.body.en},
        "unit_id": letter.unit_id,
        "put_at": one.put_at.isoformat(),
        "link": _link(letter.path, address),
    }


def _tongues(language: LetterLanguage) -> list[str]:
    return ["zh", "en"] if language is LetterLanguage.BOTH else [language.value]


def _written(posted: Sequence[Posted], tongue: str, address: str | None) -> Message:
    again = _in(_REPEAT, tongue) if any(one.again for one in posted) else ""
    if len(posted) == 1:
        letter = posted[0].letter
        body = _in(letter.body, tongue)
        body = body if len(body) <= _MOST_BODY else body[:_MOST_BODY] + "…"
        link = _link(letter.path, address)
        title = f"{again}{_subject(letter, tongue)}"
        return Message(title, "\n".join(part for part in (body or title, link) if part))
    ordered = sorted(posted, key=lambda one: one.letter.severity is not Severity.HIGH)
    lines = [f"{n}. {_subject(one.letter, tongue)}" for n, one in enumerate(ordered[:MOST_LINES], start=1)]
    count, more = len(posted), len(posted) - MOST_LINES
    if more > 0:
        lines.append(_in(Wording(f"……另有 {more} 条", f"... and {more} more"), tongue))
    if link := _link("/outbox", address):
        lines.append(link)
    title = _in(Wording(f"{_FROM.zh}：{count} 条通知", f"{_FROM.en}: {count} letters"), tongue)
    return Message(again + title, "\n".join(lines))


def _subject(letter: Letter, tongue: str) -> str:
    high = _in(_HIGH, tongue) if letter.severity is Severity.HIGH else ""
    return high + _in(letter.subject, tongue)


def _in(wording: Wording, tongue: str) -> str:
    return wording.zh if tongue == "zh" else wording.en


def _link(path: str, address: str | None) -> str | None:
    return f"{address}{path}" if address else None
