"""Messages → reports: each message by the format of its topic. Whatever a payload holds, the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog

from ingest.format import Format
from ingest.formats import FORMATS, format_of
from ingest.message import Content, Received
from ingest.reasons import Reason, UnreadableError
from ingest.reports import Reports

_log = structlog.get_logger(__name__)

_AT_ONCE = 25


def decode(messages: Sequence[Received], payload_bytes_max: int, formats: tuple[Format, ...] = FORMATS) -> Reports:
    """What the messages say; those that cannot be read are put aside with their reason."""
    reports = Reports(messages)
    for _ in decoding(reports, payload_bytes_max, formats):
        pass
    return reports


def decoding(reports: Reports, payload_bytes_max: int, formats: tuple[Format, ...] = FORMATS) -> Iterator[None]:
    """Decodes the messages of ``reports`` into it, a few at a time: whoever drives it may do something in between."""
    for row, message in enumerate(reports.messages):
        try:
            reports.add(row, _content(message, payload_bytes_max, formats))
        except UnreadableError as why:
            reports.put_aside(row, why)
        if row % _AT_ONCE == _AT_ONCE - 1:
            yield


def _content(message: Received, payload_bytes_max: int, formats: tuple[Format, ...]) -> Content:
    if len(message.payload) > payload_bytes_max:
        raise UnreadableError(Reason.TOO_LARGE, f"{len(message.payload)} > {payload_bytes_max} bytes")
    its_format = format_of(message.topic, formats)
    if its_format is None:
        raise UnreadableError(Reason.UNKNOWN_TOPIC)
    try:
        return its_format.read(message)
    except UnreadableError:
        raise
    except Exception as error:  # a fault in one format costs one message, not the stream
        _log.exception("decoder failed", format=its_format.name, topic=message.topic)
        raise UnreadableError(Reason.DECODER_FAILED, f"{type(error).__name__}: {error}"[:200]) from error
