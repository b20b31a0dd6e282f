"""Zones from GeoJSON or KML: good features go in, bad ones come back with their number, name and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.history import Conflict
from fleet.name import plain_name
from fleet.span import Span
from geofence.datum import DatumError, datum_of
from geofence.zone import Boundary, ZoneError, ZoneKind, boundary_from_geojson
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.kml import collection_of_kml, is_kml
from gongche.imports.report import Refusal, Report, Result, text_of
from gongche.imports.units import UnitBook
from gongche.problem import Problem
from gongche.sheet import read_text
from store.fleet import units
from store.zones import NewZone, plan_zones, save_zones

KINDS = {
    "停放点": ZoneKind.HOME,
    "辖区": ZoneKind.JURISDICTION,
    "敏感地点": ZoneKind.SENSITIVE,
    "加油站": ZoneKind.REFUEL,
    "收费站": ZoneKind.TOLL_GATE,
    "禁入": ZoneKind.NO_GO,
    **{kind.value: kind for kind in ZoneKind},
}
PROPERTIES = {
    "name": "名称",
    "kind": "类型",
    "unit": "用车单位",
    "datum": "坐标系",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
    "source": "来源",
}
_CHINA = (73.0, 3.0, 136.0, 54.0)
"""west, south, east, north"""
_EPSG = {"4490": "cgcs2000", "4326": "wgs84", "CRS84": "wgs84"}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ZoneFeature:
    """One good feature; ``number`` is its place in the collection, from 1."""

    number: int
    zone: NewZone


async def import_zones(
    conn: AsyncConnection[Any],
    path: Path,
    zone: ZoneInfo,
    *,
    datum: str | None,
    dry_run: bool,
    correcting_because: str | None = None,
) -> Report:
    """Reads the collection and saves its good features in one transaction, which a dry run rolls back.

    ``datum`` is that of boundaries which do not state their own. ``correcting_because``: why versions that are
    stored were wrong; those of the file then supersede them. Problem when the file is no GeoJSON or KML.
    """
    correcting = correcting_because is not None
    collection = read_collection(path)
    async with conn.transaction(force_rollback=dry_run):
        book = UnitBook(await units(conn))
        good, refused = read_features(collection, book, zone, datum)
        while conflicts := (
            await plan_zones(conn, [feature.zone for feature in good], correcting=correcting)
        ).conflicts:
            refused += [
                Refusal.of(good[i].number, good[i].zone.name, _conflict_error(conflict, zone))
                for i, conflict in conflicts.items()
            ]
            good = [feature for i, feature in enumerate(good) if i not in conflicts]
        outcomes = await save_zones(conn, [feature.zone for feature in good], correcting_because=correcting_because)
    results = [
        Result(feature.number, feature.zone.name, outcome) for feature, outcome in zip(good, outcomes, strict=True)
    ]
    return Report("zones", str(path), "feature", zone, results, refused, dry_run=dry_run).in_order()


def read_collection(path: Path) -> Json:
    """The FeatureCollection of a file; a single Feature counts as one. Problem for anything else."""
    if is_kml(path):
        return collection_of_kml(path)
    try:
        read = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise Problem(
            f"{path} 不是有效的 JSON（第 {error.lineno} 行第 {error.colno} 列：{error.msg}）",
            f"{path} is no JSON (line {error.lineno}, column {error.colno}: {error.msg})",
        ) from None
    if isinstance(read, dict) and read.get("type") == "Feature":
        read = {"type": "FeatureCollection", "features": [read]}
    features = read.get("features") if isinstance(read, dict) else None
    if not isinstance(features, list) or read.get("type") != "FeatureCollection":
        raise Problem(
            f"{path} 不是 GeoJSON 要素集合（FeatureCollection），也不是 KML",
            f"{path} is no GeoJSON FeatureCollection, nor KML",
        )
    return dict(read)


def read_features(
    collection: Json, book: UnitBook, zone: ZoneInfo, datum: str | None
) -> tuple[list[ZoneFeature], list[Refusal]]:
    """Good features, their boundaries converted once, and refusals."""
    good: list[ZoneFeature] = []
    refused: list[Refusal] = []
    for number, feature in enumerate(collection["features"], 1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        said = properties if isinstance(properties, dict) else {}
        try:
            if not isinstance(feature, dict):
                raise CellError("", repr(feature)[:60], "不是要素（Feature）", "not a Feature")
            good.append(ZoneFeature(number, _read(feature, said, collection, book, zone, datum)))
        except CellError as error:
            refused.append(Refusal.of(number, _text(said, "name"), error))
    return good, refused


def _read(feature: Json, said: Json, collection: Json, book: UnitBook, zone: ZoneInfo, datum: str | None) -> NewZone:
    name = plain_name(_text(said, "name"))
    kind = cells.word("kind", _needed(said, "kind"), KINDS)
    _check_name(name)
    unit = plain_name(_text(said, "unit"))
    if kind is ZoneKind.HOME and not unit:
        raise CellError("unit", "", "停放点要写明用车单位", "a home zone needs its unit")
    unit_code = book.known(unit) if unit else None
    valid = _valid(said, collection, zone)
    given = stated_datum(said, collection, datum)
    try:
        boundary = boundary_from_geojson(feature.get("geometry"), given)  # type: ignore[arg-type]  # it checks what it gets
    except ZoneError as error:
        raise CellError("geometry", "", error.zh, error.en) from None
    _check_in_china(boundary)
    return NewZone(name, kind, boundary, given, unit_code, valid, _text(said, "source"))


def _check_in_china(boundary: Boundary) -> None:
    west, south, east, north = boundary.bounds
    if west < _CHINA[0] or south < _CHINA[1] or east > _CHINA[2] or north > _CHINA[3]:
        raise CellError(
            "geometry",
            "",
            f"边界超出中国范围：经度 {west:.4f}–{east:.4f}，纬度 {south:.4f}–{north:.4f}。请核对坐标",
            f"it reaches out of China: longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}. "
            f"Check the coordinates",
        )


def _check_name(name: str) -> None:
    if not name:
        raise CellError("name", "", "围栏要有名称", "a zone needs a name")
    if name in KINDS:
        raise CellError(
            "name",
            name,
            "这是围栏类型的名称，规则中会混淆，请换一个名称",
            "this is the name of a kind of zone, which rules would confuse; choose another",
        )


def stated_datum(said: Json, collection: Json, option: str | None) -> str:
    """The datum of a feature: its own, else the collection's, else the option's, else what a ``crs`` says.

    A ``crs`` comes last because programs write it unasked. CellError when none is stated, when it is unknown, and
    when the option contradicts what the file states.
    """
    stated = _text(said, "datum") or _text(collection, "datum")
    try:
        given = datum_of(stated) if stated else None
        asked = datum_of(option) if option else None
    except DatumError as error:
        raise CellError("datum", stated or option or "", error.zh, error.en) from None
    if given and asked and given != asked:
        raise CellError(
            "datum",
            given,
            f"文件写明 {given}，而 --datum 为 {asked}，请去掉其一",
            f"the file says {given} and --datum says {asked}; drop one of them",
        )
    known = given or asked or _of_crs(said.get("crs")) or _of_crs(collection.get("crs"))
    if not known:
        raise CellError(
            "datum",
            "",
            "未注明坐标系。请在要素或集合中写 datum（wgs84、cgcs2000、gcj02、bd09），或加 --datum。"
            "高德、腾讯地图为 gcj02，百度为 bd09，天地图为 cgcs2000",
            "no datum is stated. Write datum (wgs84, cgcs2000, gcj02, bd09) into the feature or the collection, "
            "or give --datum. AMap and Tencent are gcj02, Baidu bd09, Tianditu cgcs2000",
        )
    return str(known)


def _of_crs(crs: object) -> str | None:
    """The datum of a ``crs`` member, in the form of GeoJSON 2008 or as a plain name such as EPSG:4490."""
    if isinstance(crs, dict):
        properties = crs.get("properties")
        crs = properties.get("name") if isinstance(properties, dict) else None
    if crs is None:
        return None
    code = re.split(r":+", str(crs))[-1]
    if code not in _EPSG:
        raise CellError(
            "crs",
            str(crs),
            "不支持的坐标参考系。请转换为 EPSG:4490 或 EPSG:4326（经纬度）后再导入",
            "not a known reference system. Convert to EPSG:4490 or EPSG:4326 (degrees) and import that",
        )
    return _EPSG[code]


def _valid(said: Json, collection: Json, zone: ZoneInfo) -> Span:
    texts = [_text(said, key) or _text(collection, key) for key in ("valid_from", "valid_to")]
    start = cells.moment_of_text("valid_from", texts[0], zone) if texts[0] else None
    end = cells.moment_of_text("valid_to", texts[1], zone, ending=True) if texts[1] else None
    if start is not None and end is not None and end <= start:
        raise CellError(
            "valid_to", texts[1], f"失效早于或等于生效（{texts[0]}）", f"ends no later than it begins ({texts[0]})"
        )
    return Span(start, end)


def _text(said: Json, key: str) -> str:
    value = said.get(key)
    if value is None:
        value = said.get(PROPERTIES[key])
    return "" if value is None else str(value).strip()


def _needed(said: Json, key: str) -> str:
    text = _text(said, key)
    if not text:
        raise CellError(key, "", f"缺少属性 {key}（{PROPERTIES[key]}）", f"the property {key} is missing")
    return text


def _conflict_error(conflict: Conflict, zone: ZoneInfo) -> CellError:
    stands = text_of(conflict.standing.during, zone)
    if conflict.asked.during.start is None:
        return CellError(
            "valid_from",
            "",
            f"已有同名围栏（{stands}），边界、类型或单位不同。请写明新版本的生效日期 valid_from，原版本到此为止；"
            f"如果原来就画错了，请用 --correct 写明原因；如果是另一处，请换一个名称",
            f"a zone of this name stands ({stands}) with another boundary, kind or unit. State valid_from, the day "
            f"from which the new version holds: the earlier one ends there. If that one was wrong from the start, say "
            f"why with --correct; if this is another place, name it otherwise",
        )
    wants = text_of(conflict.asked.during, zone)
    return CellError(
        "valid_from",
        wants or "",
        f"新版本（{wants}）与同名围栏已有的版本（{stands}）重叠。新版本的生效应晚于原版本的生效；"
        f"如要更正原版本，请写同一生效日期并用 --correct 写明原因",
        f"this version ({wants}) overlaps one that stands ({stands}). A new version begins after the earlier one did; "
        f"one that corrects it begins with it, and --correct says why",
    )
