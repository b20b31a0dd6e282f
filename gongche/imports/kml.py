"""KML and KMZ as a GeoJSON collection: what map programs draw zones in.

KML says nothing of its datum: the standard has WGS-84, the map programs of China write GCJ-02 all the same. So the
datum is asked for, as of any file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from geofence.zone import ZoneKind
from gongche.problem import Problem

Json = dict[str, Any]

MOST_BYTES = 50_000_000
_ZIP = b"PK\x03\x04"
_CHINESE = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["'](?:gb2312|gbk|gb18030)["'][^>]*\?>""", re.IGNORECASE)
_KINDS = {"停放点", "辖区", "敏感地点", "加油站", "禁入", *(kind.value for kind in ZoneKind)}


def is_kml(path: Path) -> bool:
    """Whether the file begins as XML or as an archive."""
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")  # marks of UTF-8 and UTF-16
    return start.startswith((b"<", _ZIP))


def collection_of_kml(path: Path) -> Json:
    """A feature for each placemark, in order. Problem when the file is neither KML nor KMZ.

    Properties come from ExtendedData, the name and the time span. A folder that is named as a kind of zone gives its
    kind to the placemarks in it, another folder its name as the unit to those of the kind home, where they do not
    say so themselves.
    """
    try:
        root = fromstring(_decoded(_content(path)), forbid_dtd=True)
    except DefusedXmlException:
        raise Problem(
            f"{path} 含有文档类型或实体声明，为安全起见不读取。请在地图软件中重新导出 KML",
            f"{path} declares a document type or entities and is not read, for safety. Export it anew as KML",
        ) from None
    except (ParseError, ValueError) as error:
        raise Problem(f"{path} 不是有效的 KML（{error}）", f"{path} is no KML ({error})") from None
    if _tag(root) != "kml":
        raise Problem(
            f"{path} 不是 KML（根元素为 {_tag(root)}）", f"{path} is no KML: its root element is {_tag(root)}"
        )
    return {"type": "FeatureCollection", "features": [_feature(mark, folders) for mark, folders in _placemarks(root)]}


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    if not data.startswith(_ZIP):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [part for part in archive.infolist() if part.filename.lower().endswith(".kml")]
            # A KMZ shows the first KML that is in it.
            if parts and parts[0].file_size <= MOST_BYTES:
                return archive.read(parts[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Problem(f"{path} 已损坏（{error}）", f"{path} is damaged ({error})") from None
    if parts:
        raise Problem(
            f"{path} 解压后超过 {MOST_BYTES // 1_000_000} MB。请拆分后再导入",
            f"{path} unpacks to over {MOST_BYTES // 1_000_000} MB. Split it",
        )
    raise Problem(
        f"{path} 不是 KMZ：其中没有 KML。围栏应为 GeoJSON、KML 或 KMZ",
        f"{path} is no KMZ, there is no KML in it. Zones come as GeoJSON, KML or KMZ",
    )


def _decoded(data: bytes) -> bytes:
    """In an encoding that the parser knows: the Chinese ones it does not."""
    declared = _CHINESE.match(data)
    return data[declared.end() :].decode("gb18030").encode() if declared else data


def _placemarks(element: Element, folders: tuple[str, ...] = ()) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Placemarks with the names of the folders that they are in, the innermost first."""
    for child in element:
        match _tag(child):
            case "Placemark":
                yield child, folders
            case "Folder":
                yield from _placemarks(child, (_text(child, "name"), *folders))
            case "Document":
                yield from _placemarks(child, folders)


def _feature(mark: Element, folders: Sequence[str]) -> Json:
    said = {key: value for key, value in _extended(mark) if value}
    said.setdefault("name", _text(mark, "name"))
    for key, end in (("valid_from", "begin"), ("valid_to", "end")):
        said.setdefault(key, next((_text(span, end) for span in _named(mark, "TimeSpan")), ""))
    if not said.get("kind") and not said.get("类型"):
        said["kind"] = next((name for name in folders if name in _KINDS), "")
    unit = next((name for name in folders if name and name not in _KINDS), "")
    if unit and (said.get("kind") or said.get("类型")) in ("home", "停放点") and not said.get("用车单位"):
        said.setdefault("unit", unit)
    return {"type": "Feature", "properties": said, "geometry": _geometry(mark)}


def _extended(mark: Element) -> Iterator[tuple[str, str]]:
    for data in _named(mark, "ExtendedData"):
        for part in data.iter():
            if _tag(part) == "Data":
                yield part.get("name", "").strip(), _text(part, "value")
            elif _tag(part) == "SimpleData":
                yield part.get("name", "").strip(), (part.text or "").strip()


def _geometry(mark: Element) -> Json:
    """The placemark's polygons; of anything else its name, for the reason that it is refused with."""
    shapes = list(_shapes(mark))
    others = [_tag(shape) for shape in shapes if _tag(shape) != "Polygon"]
    if others or not shapes:
        return {"type": others[0] if others else "无 / none"}
    parts = [_rings(shape) for shape in shapes]
    return (
        {"type": "MultiPolygon", "coordinates": parts}
        if len(parts) > 1
        else {"type": "Polygon", "coordinates": parts[0]}
    )


def _shapes(element: Element) -> Iterator[Element]:
    for child in element:
        if _tag(child) == "MultiGeometry":
            yield from _shapes(child)
        elif _tag(child) in ("Polygon", "Point", "LineString", "LinearRing", "Model", "Track", "MultiTrack"):
            yield child


def _rings(polygon: Element) -> list[list[list[object]]]:
    outer = [ring for side in _named(polygon, "outerBoundaryIs") for ring in _named(side, "LinearRing")]
    inner = [ring for side in _named(polygon, "innerBoundaryIs") for ring in _named(side, "LinearRing")]
    return [_points(_text(ring, "coordinates")) for ring in [*outer[:1], *inner]]


def _points(text: str) -> list[list[object]]:
    """``lon,lat[,altitude]``, parted by spaces; some programs put spaces beside the commas, too."""
    points = re.sub(r"\s*,\s*", ",", text).split()
    return [[_number(part) for part in point.split(",")[:2]] for point in points]


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text  # told as it stands there


def _named(element: Element, tag: str) -> list[Element]:
    return [child for child in element if _tag(child) == tag]


def _text(element: Element, tag: str) -> str:
    return next(((child.text or "").strip() for child in _named(element, tag)), "")


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
