"""Office files are archives that libraries stamp with the hour of writing: the same document, the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

_STAMPED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def settled(data: bytes, day: date) -> bytes:
    """The archive as if it had been written at the first moment (UTC) of the document's day, parts in their order."""
    made = io.BytesIO()
    moment = day.strftime("%Y-%m-%dT00:00:00Z").encode()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "docProps/core.xml":
                content = _STAMPED.sub(rb"\g<1>" + moment + rb"\g<2>", content)
            entry = zipfile.ZipInfo(part.filename, (max(1980, day.year), day.month, day.day, 0, 0, 0))
            is_packed = part.filename.endswith(".png")
            entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, content)
    return made.getvalue()
