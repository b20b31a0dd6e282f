"""Why a message, or one element of it, could not be read: codes for tables and counts, words for people."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Stored as text; a code never changes meaning."""

    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    EMPTY = "empty"
    MISSING_TS = "missing_ts"
    MISSING_LON = "missing_lon"
    MISSING_LAT = "missing_lat"
    BAD_TIME = "bad_time"
    NO_OFFSET = "no_offset"
    CLOCK_AHEAD = "clock_ahead"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_BOOLEAN = "not_a_boolean"
    NOT_A_LIST = "not_a_list"
    UNKNOWN_DATUM = "unknown_datum"
    BAD_TRACKER = "bad_tracker"
    ENCRYPTED = "encrypted"
    SPLIT = "split"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_TRACKER = "unknown_tracker"
    NOT_FITTED = "not_fitted"
    UNKNOWN_TOPIC = "unknown_topic"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    DECODER_FAILED = "decoder_failed"


_WORDS: dict[Reason, tuple[str, str]] = {
    Reason.NOT_JSON: ("不是有效的 JSON", "is not JSON"),
    Reason.NOT_OBJECT: ("不是 JSON 对象", "is not a JSON object"),
    Reason.EMPTY: ("没有定位点", "holds no position"),
    Reason.MISSING_TS: ("缺少时间 ts", "has no time ts"),
    Reason.MISSING_LON: ("缺少经度 lon", "has no longitude lon"),
    Reason.MISSING_LAT: ("缺少纬度 lat", "has no latitude lat"),
    Reason.BAD_TIME: ("时间无法识别,或早于 2000 年", "has no readable time, or one before 2000"),
    Reason.NO_OFFSET: ("时间没有时区偏移", "has a time without a UTC offset"),
    Reason.CLOCK_AHEAD: ("时间比收到时晚 10 分钟以上,时钟有误", "tells a time 10 minutes or more after it came"),
    Reason.NOT_A_NUMBER: ("应为数值", "has something else where a number is needed"),
    Reason.OUT_OF_RANGE: ("数值超出范围", "has a number out of its range"),
    Reason.NOT_A_BOOLEAN: ("应为 true 或 false", "has something else where true or false is needed"),
    Reason.NOT_A_LIST: ("应为文字列表", "has something else where a list of names is needed"),
    Reason.UNKNOWN_DATUM: ("坐标系未知(wgs84、gcj02、bd09)", "names an unknown datum (wgs84, gcj02, bd09)"),
    Reason.BAD_TRACKER: ("终端编号应为 1 至 64 个字符", "has no tracker id of 1 to 64 characters"),
    Reason.ENCRYPTED: ("坐标已加密", "has encrypted coordinates"),
    Reason.SPLIT: ("是分包消息的一部分,其网关未合并", "is a part of a split message that was not put together"),
    Reason.UNKNOWN_KIND: ("消息类型未知", "is a message of an unknown kind"),
    Reason.UNKNOWN_TRACKER: ("终端未登记", "is of a tracker that is not registered"),
    Reason.NOT_FITTED: ("该时间终端未安装在任何车辆上", "is of a tracker fitted to no vehicle at that time"),
    Reason.UNKNOWN_TOPIC: ("主题没有对应的格式", "came on a topic that no format reads"),
    Reason.TOO_LARGE: ("消息过长,已整条保存", "is too long to be read; it is kept whole"),
    Reason.REFUSED: ("数据库拒绝写入", "was refused by the database"),
    Reason.DECODER_FAILED: ("解析程序出错,消息已整条保存", "made the decoder fail; it is kept whole"),
}  # fmt: skip


def words(reason: Reason | str) -> str:
    """The reason in Chinese and English; a code that this version does not know is shown as it is."""
    try:
        chinese, english = _WORDS[Reason(reason)]
    except ValueError:
        return str(reason)
    return f"{chinese} {english}"


def told_in(reason: Reason | str, language: str) -> str:
    """The reason in one language, ``zh`` or ``en``; a code that this version does not know is shown as it is."""
    try:
        return _WORDS[Reason(reason)][0 if language == "zh" else 1]
    except ValueError:
        return str(reason)


class UnreadableError(ValueError):
    """A message, or one element of it, cannot be read. ``field`` is the value at fault, ``said`` what stood there."""

    def __init__(self, reason: Reason, said: str = "", *, field: str = "") -> None:
        self.reason = reason
        self.field = field
        self.said = said
        super().__init__(f"{words(reason)}: {self.detail}" if self.detail else words(reason))

    @property
    def detail(self) -> str:
        return f"{self.field}={self.said}" if self.field and self.said else self.said
