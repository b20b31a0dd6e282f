"""``python -m tests.finance`` writes the table of docs/finance.md."""

from __future__ import annotations

from tests.finance.table import DOCUMENT, page

if __name__ == "__main__":
    DOCUMENT.write_text(page(), encoding="utf-8")
