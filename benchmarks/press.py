"""The press: a weekly report of 41 cars, a still map of each, as PDF, DOCX, workbook and page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from time import perf_counter

import numpy as np
import psutil
import shapely

from fleet.clock import SHANGHAI, day_start_us, us_of
from geofence.zone import Boundary, Zone
from gongche.district.history import History, make_history
from gongche.district.load import zones_of
from gongche.press import Format, render
from maps.still import still_map
from maps.week import Marked
from oversight.document import Align, Block, Column, Document, Heading, PageBreak, Paragraph, Picture, Table

MONDAY = date(2026, 9, 28)
COLUMNS = (
    Column(title="序号", width=0.6, align=Align.CENTRE),
    Column(title="号牌", width=1.3, align=Align.CENTRE),
    Column(title="定位点", width=1),
    Column(title="开始", width=1.6),
    Column(title="规则", width=2.4),
)


def run(quick: bool) -> list[dict[str, object]]:
    """One row: how long the maps and each file take, and how large they become."""
    cars = 4 if quick else 41
    history = make_history()
    begun = perf_counter()
    maps = list(_maps(history, cars))
    figures = {f"{cars} maps": f"{perf_counter() - begun:.1f} s, largest {max(len(svg) for svg in maps) / 1e3:.0f} kB"}
    report = _report(maps)
    for format in Format:
        begun = perf_counter()
        data = render(report, format)
        figures[format.name] = f"{perf_counter() - begun:.1f} s, {len(data) / 1e6:.1f} MB"
    figures["memory after all"] = f"{psutil.Process().memory_info().rss / 1e6:.0f} MB"
    return [{"name": f"report of {cars} cars, a week's map of each", **figures}]


def _maps(history: History, cars: int) -> Iterator[str]:
    start_us, end_us = day_start_us(MONDAY, SHANGHAI), day_start_us(MONDAY + timedelta(days=7), SHANGHAI)
    places = history.district.places
    zones = [
        Zone(number, zone.name, zone.kind, None, _boundary(zone.boundary))
        for number, zone in enumerate(zones_of(history.district), 1)
    ]
    within = history.positions.take((history.positions.ts_us >= start_us) & (history.positions.ts_us < end_us))
    busiest = np.bincount(within.vehicle_id).argsort()[::-1][:cars]
    for car in busiest.tolist():
        misdeeds = [one for one in history.planted if one.plate == history.district.cars[car].plate]
        yield still_map(
            "zh",
            "Asia/Shanghai",
            positions=within.take(within.vehicle_id == car),
            zones=zones,
            district=_boundary(places.outline),
            violations=[
                Marked(us_of(one.start), us_of(one.end), one.rule)
                for one in misdeeds
                if start_us <= us_of(one.start) < end_us
            ],
        )


def _boundary(shape: shapely.Geometry) -> Boundary:
    assert isinstance(shape, shapely.Polygon | shapely.MultiPolygon)
    return shape


def _report(maps: list[str]) -> Document:
    rows = tuple((n, f"苏N·{10_000 + n}", 1_000 * n, MONDAY.isoformat(), "R02、R06") for n in range(1, len(maps) + 1))
    blocks: list[Block] = [
        Heading(text="一、抽查情况"),
        Paragraph(text="本周随机抽查车辆情况如下表，各车一周行车轨迹附后。"),
        Table(name="抽查", caption="表1　抽查车辆", columns=COLUMNS, rows=rows),
    ]
    for number, svg in enumerate(maps, 1):
        caption = f"图{number}　苏N·{10_000 + number}一周行车轨迹"
        sheet = Table(name=f"车辆{number}", caption="", columns=COLUMNS, rows=rows[:7])
        blocks += [PageBreak(), Picture(svg=svg, caption=caption, description=caption), sheet]
    return Document(
        language="zh",
        title="关于公务用车使用情况抽查结果的报告",
        number="宿豫车管〔2026〕40号",
        issuer="宿豫区公务用车管理中心",
        issued_on=MONDAY + timedelta(days=7),
        blocks=tuple(blocks),
    )
