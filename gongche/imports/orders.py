"""A sheet of orders 派车单."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.clock import us_of
from fleet.span import Span
from geofence.destination import is_away, zone_named
from geofence.zone import Zone
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.report import Report, results_of, sort_out
from gongche.sheet import Column, Row, read_sheet
from store.fleet import vehicles
from store.orders import NewOrder, save_orders
from store.zones import zones

COLUMNS = (
    Column("number", "单号", ("派车单号", "申请单号", "订单号"), required=True, text=True),
    Column("plate", "车牌号", ("车牌", "车牌号码", "号牌号码"), required=True),
    Column("start", "开始", ("开始时间", "用车开始时间", "出车时间"), required=True),
    Column("end", "结束", ("结束时间", "用车结束时间", "返回时间"), required=True),
    Column("reason", "事由", ("用车事由", "用车原因"), required=True),
    Column("destination", "目的地"),
    Column("destination_lon", "目的地经度", ("经度", "lon")),
    Column("destination_lat", "目的地纬度", ("纬度", "lat")),
    Column("datum", "坐标系"),
    Column("out_of_district", "出区", ("是否出区", "出辖区")),
    Column("planned_km", "计划里程", ("预计里程", "计划里程（公里）", "预计里程（公里）")),
    Column("filed_at", "申请时间", ("登记时间", "填报时间"), required=True),
    Column("approved_at", "审批时间", ("批准时间",)),
    Column("cancelled_at", "作废时间", ("取消时间",)),
)
MOST_PLANNED_KM = 10_000
_KILOMETRES = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
_YES_NO = {"是": True, "否": False, "yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}


@dataclass(slots=True)
class OrderReader:
    """What an order is read against: the vehicles, the zones, the numbers met so far."""

    plates: set[str]
    zones: Sequence[Zone]
    zone: ZoneInfo
    datum: str | None = None
    first_lines: dict[object, int] = field(default_factory=dict)

    def read(self, row: Row) -> NewOrder:
        """The order of a row; CellError says what is wrong with it."""
        cells.nothing_beyond(row)
        cells.needed(row, "number")
        number = cells.name(row, "number")
        cells.not_again(row, "number", number, self.first_lines)
        plate = known_plate(row, self.plates)
        during = bounded_span(row, self.zone)
        filed_at = cells.moment(row, "filed_at", self.zone)
        if filed_at is None:
            raise CellError(
                "filed_at", "", "不能为空：补单以申请时间为准", "must not be empty: it decides what is late"
            )
        at = cells.point_e7(row, "destination_lon", "destination_lat", row["datum"] or self.datum)
        destination = cells.name(row, "destination")
        starts_us = None if during.start is None else us_of(during.start)
        target = zone_named(self.zones, destination, starts_us)
        away = cells.choice(row, "out_of_district", _YES_NO)
        return NewOrder(
            number=number,
            plate=plate,
            during=during,
            reason=cells.needed(row, "reason"),
            filed_at=filed_at,
            destination=destination,
            approved_at=cells.moment(row, "approved_at", self.zone),
            cancelled_at=cells.moment(row, "cancelled_at", self.zone),
            destination_zone=target.name if target else None,
            destination_lon_e7=at[0] if at else None,
            destination_lat_e7=at[1] if at else None,
            out_of_district=is_away(self.zones, at, target, starts_us) if away is None else away,
            planned_distance_m=_planned_m(row),
        )


async def import_orders(
    conn: AsyncConnection[Any],
    path: Path,
    zone: ZoneInfo,
    *,
    datum: str | None,
    dry_run: bool,
    worksheet: str | None = None,
) -> Report:
    """Reads the sheet and saves its good rows in one transaction, which a dry run rolls back.

    ``datum`` is that of coordinates in rows which do not state their own. Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, worksheet)
    async with conn.transaction(force_rollback=dry_run):
        plates = {vehicle.plate for vehicle in await vehicles(conn)}
        reader = OrderReader(plates, await zones(conn), zone, datum)
        good, refused = sort_out(sheet.rows, "number", reader.read)
        changes = await save_orders(conn, [order for _, order in good])
    results = results_of(good, changes, lambda order: order.number)
    return Report(
        "orders", str(path), "line", zone, results, refused, sheet.ignored, dry_run, warnings=sheet.warnings
    ).in_order()


def known_plate(row: Row, plates: set[str]) -> str:
    """The plate of a vehicle that is stored."""
    plate = cells.plate(row)
    if plate not in plates:
        raise CellError(
            "plate",
            row["plate"],
            "没有这辆车。请先导入车辆，或改正车牌号",
            "no such vehicle. Import vehicles first, or correct the plate",
        )
    return plate


def bounded_span(row: Row, zone: ZoneInfo) -> Span:
    """The row's span from ``start`` to ``end``, both needed."""
    cells.needed(row, "start")
    cells.needed(row, "end")
    return cells.span(row, "start", "end", zone)


def _planned_m(row: Row) -> int | None:
    """Kilometres as metres; None where the cell is empty: not known."""
    text = row["planned_km"].strip()
    if not text:
        return None
    km = float(text) if _KILOMETRES.fullmatch(text) else 0.0
    if not 0.001 <= km <= MOST_PLANNED_KM:
        raise CellError(
            "planned_km",
            text,
            f"不是里程。请写往返公里数，如 36 或 36.5，不超过 {MOST_PLANNED_KM}",
            f"no distance. Write the kilometres there and back, such as 36 or 36.5, at most {MOST_PLANNED_KM}",
        )
    return round(km * 1000)
