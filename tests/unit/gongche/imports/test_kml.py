"""KML as map programs write it: what becomes of placemarks, and what is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fleet.vehicle import Unit
from geofence.zone import ZoneKind
from gongche.imports import kml
from gongche.imports.report import Refusal
from gongche.imports.units import UnitBook
from gongche.imports.zones import ZoneFeature, read_collection, read_features
from gongche.problem import Problem
from gongche.settings import Settings

SHANGHAI = Settings(_env_file=None).zone
RING = "118.30,33.90,0 118.31,33.90,0 118.31,33.91,0 118.30,33.91,0 118.30,33.90,0"
HOLE = "118.302,33.902 118.304,33.902 118.304,33.904 118.302,33.902"
FAR = "118.40,33.90 118.41,33.90 118.41,33.91 118.40,33.90"


def polygon(outline: str = RING, *holes: str) -> str:
    inner = "".join(
        f"<innerBoundaryIs><LinearRing><coordinates>{hole}</coordinates></LinearRing></innerBoundaryIs>"
        for hole in holes
    )
    outer = f"<outerBoundaryIs><LinearRing><coordinates>{outline}</coordinates></LinearRing></outerBoundaryIs>"
    return f"<Polygon><tessellate>1</tessellate>{outer}{inner}</Polygon>"


def placemark(name: str = "一中", geometry: str | None = None, **said: str) -> str:
    data = "".join(f'<Data name="{key}"><value>{value}</value></Data>' for key, value in said.items())
    return (
        f"<Placemark><name>{name}</name><ExtendedData>{data}</ExtendedData>"
        f"{polygon() if geometry is None else geometry}</Placemark>"
    )


def document(*marks: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{"".join(marks)}</Document></kml>'


def read(path: Path, content: str | bytes, datum: str | None = "wgs84") -> tuple[list[ZoneFeature], list[Refusal]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    book = UnitBook([Unit(1, "water", "水利局")])
    return read_features(read_collection(path), book, SHANGHAI, datum)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "zones.kml"


def test_a_placemark_with_data_is_a_zone(path: Path) -> None:
    mark = placemark(kind="停放点", unit="水利局", valid_from="2026-03-01", 来源="测绘")
    (feature,), refused = read(path, document(mark))
    assert refused == []
    zone = feature.zone
    assert (zone.name, zone.kind, zone.unit_code, zone.source) == ("一中", ZoneKind.HOME, "water", "测绘")
    assert zone.valid.start is not None
    assert zone.valid.start.isoformat() == "2026-03-01T00:00:00+08:00"
    assert zone.boundary.bounds == (118.3, 33.9, 118.31, 33.91)


def test_holes_and_several_parts_with_altitudes_are_kept(path: Path) -> None:
    several = f"<MultiGeometry>{polygon(RING, HOLE)}<MultiGeometry>{polygon(FAR)}</MultiGeometry></MultiGeometry>"
    (feature,), _ = read(path, document(placemark(geometry=several, kind="sensitive")))
    first, second = feature.zone.boundary.geoms  # type: ignore[union-attr]
    assert (len(first.interiors), len(second.interiors)) == (1, 0)


def test_a_folder_gives_the_kind_and_the_unit_where_the_placemark_does_not(path: Path) -> None:
    inner = f"<Folder><name>水利局</name>{placemark('甲院')}</Folder>{placemark('一中', kind='sensitive')}"
    good, refused = read(path, document(f"<Folder><name>停放点</name>{inner}</Folder>", placemark("无类型")))
    assert [(f.zone.name, f.zone.kind, f.zone.unit_code) for f in good] == [
        ("甲院", ZoneKind.HOME, "water"),
        ("一中", ZoneKind.SENSITIVE, None),
    ]
    assert [(r.at, r.name, r.column) for r in refused] == [(3, "无类型", "kind")]


def test_a_time_span_and_a_schema_say_the_same_as_data(path: Path) -> None:
    mark = (
        "<Placemark><name>一中</name><TimeSpan><begin>2026-03-01</begin><end>2026-03-31</end></TimeSpan>"
        '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="kind">sensitive</SimpleData></SchemaData>'
        f"</ExtendedData>{polygon()}</Placemark>"
    )
    (feature,), _ = read(path, document(mark))
    assert [at and at.isoformat()[:10] for at in (feature.zone.valid.start, feature.zone.valid.end)] == [
        "2026-03-01",
        "2026-04-01",
    ]


def test_the_datum_is_asked_for_although_kml_has_a_standard(path: Path) -> None:
    _, (refused,) = read(path, document(placemark(kind="sensitive")), datum=None)
    assert refused.column == "datum"
    (feature,), _ = read(path, document(placemark(kind="sensitive")), datum="gcj02")
    assert 0.004 < 118.3 - feature.zone.boundary.bounds[0] < 0.006


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        ("<Point><coordinates>118.3,33.9</coordinates></Point>", "not a polygon: Point"),
        (f"<MultiGeometry>{polygon()}<LineString/></MultiGeometry>", "not a polygon: LineString"),
        ("", "not a polygon"),
        (polygon("33.90,118.30 33.90,118.31 33.91,118.31 33.90,118.30"), "are swapped"),
        (polygon("118.30,33.90 118.31,33.91 118.31,33.90 118.30,33.91 118.30,33.90"), "crosses itself"),
        (polygon("118.30,33.90 118.31,33.90 118.32,33.90 118.30,33.90"), "no area"),
        (polygon("118.30,33.90 118.31,33.90 118.31,33.91"), "fewer than 4 points"),
        (polygon("118.30,33.90 118.31,33.90 118.31,33.91 118.30,33.91"), "is not closed"),
        (polygon("2.30,48.90 2.31,48.90 2.31,48.91 2.30,48.90"), "out of China"),
        (polygon("118.30,33.90 a,b 118.31,33.91 118.30,33.90"), "not [longitude, latitude]"),
        (polygon(RING, "118.5,33.9 118.6,33.9 118.6,34.0 118.5,33.9"), "a hole lies outside"),
        ("<Polygon/>", "empty or wrongly nested"),
    ],
)
def test_what_is_no_zone_is_refused_with_what_to_do(path: Path, geometry: str, said: str) -> None:
    good, (refused,) = read(path, document(placemark(geometry=geometry, kind="sensitive")))
    assert (good, refused.at, refused.name, refused.column) == ([], 1, "一中", "geometry")
    assert said in refused.en
    assert refused.zh


@pytest.mark.parametrize("encoding", ["gbk", "GB2312", "gb18030", "utf-16"])
def test_the_encodings_of_chinese_programs_are_read(path: Path, encoding: str) -> None:
    text = document(placemark(kind="敏感地点"), head=f'<?xml version="1.0" encoding="{encoding}"?>')
    (feature,), _ = read(path, text.encode(encoding))
    assert feature.zone.name == "一中"


def test_a_kmz_is_the_first_kml_in_it(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("files/icon.png", b"")
        archive.writestr("doc.kml", document(placemark(kind="sensitive")))
    (feature,), _ = read(path, path.read_bytes())
    assert feature.zone.name == "一中"


ENTITIES = '<!DOCTYPE k [<!ENTITY a "哈"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE k SYSTEM "http://127.0.0.1:1/k.dtd">'


@pytest.mark.parametrize("poison", [ENTITIES, OUTSIDE])
def test_entities_and_documents_from_elsewhere_are_refused(path: Path, poison: str) -> None:
    with pytest.raises(Problem, match="for safety"):
        read(path, document(placemark("&c;", kind="sensitive"), head=poison))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<kml><Document>", "is no KML"),
        (b"<html></html>", "root element is html"),
        (b"PK\x03\x04 and so on", "is damaged"),
    ],
)
def test_what_is_no_kml_is_told(path: Path, content: bytes, said: str) -> None:
    with pytest.raises(Problem, match=said):
        read(path, content)


def test_an_archive_without_kml_or_too_large_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("map.shp", b"")
    with pytest.raises(Problem, match="no KML in it"):
        read(path, path.read_bytes())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", document(" " * 5000))
    monkeypatch.setattr(kml, "MOST_BYTES", 5000)
    with pytest.raises(Problem, match="unpacks to over"):
        read(path, path.read_bytes())
