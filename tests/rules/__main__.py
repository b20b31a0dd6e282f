"""``python -m tests.rules`` writes docs/rule-tests.md."""

from __future__ import annotations

from tests.rules.table import DOCUMENT, text

if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
