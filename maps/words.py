"""What maps say, in Chinese and English. The words are those of the glossary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["zh", "en"]
Words: TypeAlias = Mapping[str, str]

_WORDS: dict[str, tuple[str, str]] = {
    # kinds of zones
    "home": ("停放点", "Home"),
    "jurisdiction": ("辖区", "Jurisdiction"),
    "sensitive": ("敏感地点", "Sensitive place"),
    "refuel": ("加油站", "Refuelling station"),
    "toll_gate": ("收费站", "Toll gate"),
    "no_go": ("禁入区", "No-go area"),
    "district": ("行政区界", "District border"),
    "zones": ("围栏", "Zones"),
    "zone": ("围栏", "Zone"),
    "buffer": ("围栏外扩 {metres} 米", "Zone grown by {metres} m"),
    # vehicles
    "vehicles": ("公务用车", "Vehicles"),
    "driving": ("行驶中", "Driving"),
    "standing": ("停放", "Standing"),
    "silent": ("失联", "Silent"),
    "unit": ("用车单位", "Unit"),
    "state": ("状态", "State"),
    "speed": ("速度", "Speed"),
    "last_position": ("最后定位", "Last position"),
    "open_vehicle": ("查看一周行程", "Open its week"),
    "connected": ("实时更新", "Live"),
    "disconnected": ("连接中断，正在重连", "Connection lost, trying again"),
    # facts
    "track": ("行驶轨迹", "Track"),
    "trip": ("行程", "Trip"),
    "stop": ("停留", "Stop"),
    "stops": ("停留（圆越大时间越长）", "Stop (the larger, the longer)"),
    "fixes": ("原始定位点", "Fixes as reported"),
    "gap": ("失联", "Gap"),
    "gap_line": ("失联（期间去向不作认定）", "Gap (nothing is claimed about it)"),
    "violation": ("疑似违规", "Suspected violation"),
    "held": ("疑似违规时段", "Where the rule held"),
    "around": ("前后行程", "Track before and after"),
    "began": ("违规起点", "Violation begins"),
    "ended": ("违规终点", "Violation ends"),
    "direction": ("行驶方向", "Direction"),
    "start": ("开始", "From"),
    "end": ("结束", "To"),
    "duration": ("时长", "Duration"),
    "distance": ("里程", "Distance"),
    "most_speed": ("最高速度", "Top speed"),
    "place": ("地点", "Place"),
    "inferred": ("其中终端休眠（推定）", "Of it inferred: the tracker slept"),
    # still maps
    "stop_held": ("疑似违规的停留", "Stop within a violation"),
    "destination": ("派车目的地", "Destination of an order"),
    "first_fix": ("起", "First"),
    "last_fix": ("止", "Last"),
    "north": ("北", "N"),
    "not_on_map": ("（期间无定位，图上未标）", "(no position in this span, not on the map)"),
    "more_violations": ("另有 {count} 项疑似违规，见正文", "{count} more suspected violations: see the text"),
    # week
    "play": ("播放", "Play"),
    "pause": ("暂停", "Pause"),
    "whole_week": ("整周", "Week"),
    "time": ("时间", "Time"),
    "before_data": ("尚无定位", "No position yet"),
    "after_data": ("此后无定位", "No position after this"),
    "nothing": ("这段时间没有定位数据", "There are no positions in this span"),
    # controls
    "legend": ("图例", "Legend"),
    "zoom_in": ("放大", "Zoom in"),
    "zoom_out": ("缩小", "Zoom out"),
    "whole": ("回到初始范围", "Back to the first view"),
    "simplified": (
        "轨迹线按 1 米精度简化显示；起止点、停留点为原始定位",
        "Lines are drawn to within 1 m; ends and stops are the fixes as reported",
    ),
    "no_script": ("查看地图需要启用 JavaScript", "The map needs JavaScript"),
}

_DAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def words(language: Language) -> Words:
    """Every word by its key."""
    column = 0 if language == "zh" else 1
    return {key: said[column] for key, said in _WORDS.items()}


def day_names(language: Language) -> tuple[str, ...]:
    """Monday to Sunday."""
    return _DAYS[language]


def duration_text(duration_us: int, language: Language) -> str:
    """A duration as people say it, to the minute: ``2 小时 5 分``, ``2 h 5 min``; seconds under a minute."""
    seconds = round(duration_us / 1_000_000)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes = rest // 60
    day, hour, minute, second = ("天", "小时", "分", "秒") if language == "zh" else ("d", "h", "min", "s")
    if seconds < 60:
        return f"{seconds} {second}"
    parts = [(days, day), (hours, hour), (minutes, minute)]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def distance_text(metres: float, language: Language) -> str:
    """``850 米``, ``12.4 公里``; ``850 m``, ``12.4 km``."""
    small, large = ("米", "公里") if language == "zh" else ("m", "km")
    return f"{metres:.0f} {small}" if metres < 1_000 else f"{metres / 1_000:.1f} {large}"
