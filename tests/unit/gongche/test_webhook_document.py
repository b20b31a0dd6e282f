"""The snippet that docs/alerts.md gives to receivers takes what is signed here, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gongche.carrier import SIGNATURE_HEADER, TIMESTAMP_HEADER, signature

DOCUMENT = Path(__file__).parents[3] / "docs" / "alerts.md"
KEY, BODY, NOW = "key-of-the-target", b'{"letters": []}', 1_790_990_400


def is_ours(key: str, headers: dict[str, str], body: bytes, now: float) -> Any:
    """As the document has it."""
    snippets = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (snippet,) = snippets
    names: dict[str, Any] = {}
    exec(snippet, names)
    return names["is_ours"](key, headers, body, now)


def signed(timestamp: int = NOW, key: str = KEY, body: bytes = BODY) -> dict[str, str]:
    return {
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: f"v1={signature(key, str(timestamp), body)}",
    }


def test_a_signed_message_is_taken() -> None:
    assert is_ours(KEY, signed(), BODY, NOW + 299)


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (signed(key="another"), BODY, NOW),
        (signed(), BODY + b" ", NOW),
        (signed(), BODY, NOW + 301),
        (signed(), BODY, NOW - 301),
        (signed() | {TIMESTAMP_HEADER: str(NOW + 1)}, BODY, NOW),
        (signed() | {SIGNATURE_HEADER: "v1="}, BODY, NOW),
    ],
)
def test_any_other_is_not(headers: dict[str, str], body: bytes, now: int) -> None:
    assert not is_ours(KEY, headers, body, now)
