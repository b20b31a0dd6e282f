"""Quantities as people write them in a rule (``15 min``, ``5 km``, ``07:30``) and read them in a sentence."""

from __future__ import annotations

import re
from typing import Literal

from fleet.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US

Language = Literal["zh", "en"]


class QuantityError(ValueError):
    """Text that is not the quantity wanted; ``zh`` and ``en`` say what would be."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


_UNIT_US = {
    **dict.fromkeys(("s", "秒"), SECOND_US),
    **dict.fromkeys(("min", "分钟", "分"), MINUTE_US),
    **dict.fromkeys(("h", "小时"), HOUR_US),
    **dict.fromkeys(("d", "天", "日"), DAY_US),
}
_UNIT_M = {**dict.fromkeys(("m", "米"), 1.0), **dict.fromkeys(("km", "公里"), 1000.0)}
_DURATION_WORDS = (
    (DAY_US, "天", "day"),
    (HOUR_US, "小时", "hour"),
    (MINUTE_US, "分钟", "minute"),
    (SECOND_US, "秒", "second"),
)
_PART = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([a-z]+|[\u4e00-\u9fff]+)\s*")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_MOST_US = 366 * DAY_US


def duration_us(text: str) -> int:
    """``30 s``, ``15 min``, ``2 h``, ``1 h 30 min``, ``2 d`` in µs. Raises QuantityError, also beyond 366 days."""
    total, at = 0.0, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part[2] not in _UNIT_US:
            raise QuantityError(
                f"“{text[:40]}”不是时长，应写作 30 s、15 min、1 h 30 min 或 2 d",
                f'"{text[:40]}" is no duration; write 30 s, 15 min, 1 h 30 min or 2 d',
            )
        total += float(part[1]) * _UNIT_US[part[2]]
        at = part.end()
    if not text.strip():
        raise QuantityError("时长为空，应写作 15 min", "the duration is empty; write 15 min")
    if total > _MOST_US:
        raise QuantityError(f"“{text[:40]}”超过 366 天", f'"{text[:40]}" is longer than 366 days')
    return round(total)


def distance_m(text: str) -> float:
    """``50 m`` or ``5 km`` in metres. Raises QuantityError, also beyond 1,000 km."""
    part = _PART.fullmatch(text)
    if part is None or part[2] not in _UNIT_M:
        raise QuantityError(
            f"“{text[:40]}”不是距离，应写作 50 m 或 5 km", f'"{text[:40]}" is no distance; write 50 m or 5 km'
        )
    metres = float(part[1]) * _UNIT_M[part[2]]
    if metres > 1_000_000:
        raise QuantityError(f"“{text[:40]}”超过 1000 公里", f'"{text[:40]}" is longer than 1,000 km')
    return metres


def clock_us(text: str) -> int:
    """``07:30`` as µs since local midnight; ``24:00`` is the end of the day. Raises QuantityError."""
    time = _CLOCK.fullmatch(text.strip())
    if time is None:
        raise QuantityError(
            f"“{text[:40]}”不是钟点，应写作 07:30 或 24:00", f'"{text[:40]}" is no time of day; write 07:30 or 24:00'
        )
    return int(time[1]) * HOUR_US + int(time[2]) * MINUTE_US if time[1] else DAY_US


def number_in_words(value: float) -> str:
    """A number without a needless point: 120, 1.5."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def duration_in_words(us: int, language: Language) -> str:
    """``1 小时 30 分钟``, ``1 hour 30 minutes``."""
    words: list[str] = []
    for unit_us, zh, en in _DURATION_WORDS:
        count: float
        count, us = divmod(us, unit_us)
        if unit_us == SECOND_US and us:
            count += us / SECOND_US
        if count:
            words.append(f"{number_in_words(count)} {zh if language == 'zh' else en + ('s' if count != 1 else '')}")
    return " ".join(words) or ("0 秒" if language == "zh" else "0 seconds")


def duration_written(us: int) -> str:
    """``1 h 30 min``: what :func:`duration_us` reads as it."""
    parts = []
    for unit_us, sign in ((DAY_US, "d"), (HOUR_US, "h"), (MINUTE_US, "min"), (SECOND_US, "s")):
        count: float
        count, us = divmod(us, unit_us)
        if unit_us == SECOND_US:
            count += us / SECOND_US
        parts += [f"{number_in_words(count)} {sign}"] if count else []
    return " ".join(parts) or "0 s"


def distance_in_words(metres: float, language: Language) -> str:
    """``50 米`` or ``5 公里``; ``50 m`` or ``5 km``."""
    if metres >= 1000 and metres % 100 == 0:
        return f"{number_in_words(metres / 1000)} {'公里' if language == 'zh' else 'km'}"
    return f"{number_in_words(metres)} {'米' if language == 'zh' else 'm'}"


def clock_in_words(us: int) -> str:
    """``07:30``."""
    return f"{us // HOUR_US:02d}:{us % HOUR_US // MINUTE_US:02d}"
