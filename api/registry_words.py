"""What the registry said of a car when a rule was judged, in words: its class of use, enrolments, states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.language import Speech
from fleet.vehicle import UseClass

_STATES = {"laid_up": "registry.laid_up", "scrapped": "registry.scrapped"}
_EXCUSED = {True: "registry.excused_yes", False: "registry.excused_no"}


def registry_lines(registry: Mapping[str, Any], say: Speech) -> list[str]:
    """A line a fact; none where the rule asked for none."""
    t = say.t
    lines = []
    if "use_class" in registry:
        excused = _EXCUSED[registry["use_class"] == UseClass.LAW_ENFORCEMENT]
        lines.append(f"{t('registry.use_class')}{t('use.' + registry['use_class'])}  → {t(excused)}")
    if "enrolments" in registry:
        lines += [f"{t('registry.enrolled')}{_span(one[0], one[1], say)}" for one in registry["enrolments"]]
        lines += [] if registry["enrolments"] else [t("registry.not_enrolled")]
    lines += [
        f"{t(_STATES[one['state']])}  {one['document']}  {_span(one['start'], one['end'], say)}"
        for one in registry.get("states", [])
    ]
    return lines


def _span(start: str, end: str, say: Speech) -> str:
    """Open sides are dots."""
    moments = [say.moment(datetime.fromisoformat(text), seconds=True) if text else "…" for text in (start, end)]
    return say.t("time.dash").join(moments)
