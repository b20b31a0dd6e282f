"""Fonts that a page is set in: the office's own, those that came with the program, or the system's."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

import typst

from gongche.problem import Problem

SHIPPED = Path(str(files("gongche"))) / "press" / "fonts"
"""Where ``npm ci`` puts the fonts that package.json pins."""

_CMAP = int.from_bytes(b"cmap")
_LETTERS = "公务用车"
# What GB/T 9704-2012 asks for, by the names that the fonts of offices carry, then what comes nearest.
_SONG = ("Noto Serif SC", "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "STSong", "SimSun", "宋体")
_WANTED: Mapping[str, tuple[str, ...]] = {
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", *_SONG),
    "body": ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", *_SONG),
    "kai": ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "STKaiti"),
    "hei": (
        *("SimHei", "黑体", "STHeiti", "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC"),
        *("PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei"),
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class PressFonts:
    """``families``: by part (title, body, kai, hei), best first. ``covered``: code points that one of them shows."""

    found: typst.Fonts
    families: Mapping[str, list[str]]
    covered: frozenset[int]


def fonts_in(folder: Path | None = None) -> PressFonts:
    """Those in ``folder`` and those that came with the program; the system's where neither knows Chinese.

    Raises Problem that says how to get some where there are none.
    """
    return _fonts_in(folder, SHIPPED)


@lru_cache(maxsize=4)
def _fonts_in(folder: Path | None, shipped: Path) -> PressFonts:
    if folder is not None and not folder.is_dir():
        raise Problem(
            f"字体文件夹 {folder} 不存在。请更正设置 GONGCHE_FONT_FOLDER",
            f"there is no font folder {folder}. Mend the setting GONGCHE_FONT_FOLDER",
        )
    own = [str(one) for one in (folder, shipped) if one is not None and one.is_dir()]
    for system in (False, True):
        found = typst.Fonts(include_system_fonts=system, include_embedded_fonts=False, font_paths=own)
        if (fonts := _chosen(found)) is not None:
            return fonts
    raise Problem(
        "没有找到中文字体，无法生成 PDF 和地图图片。请在程序目录运行 npm ci 安装随附字体，"
        "或在系统中安装中文字体，或用 GONGCHE_FONT_FOLDER 指定字体文件夹",
        "no font with Chinese was found, so neither PDF nor pictures of maps can be made. Run npm ci in the program's "
        "folder to get the fonts that belong to it, install one in the system, or name a folder of fonts in "
        "GONGCHE_FONT_FOLDER",
    )


def _chosen(found: typst.Fonts) -> PressFonts | None:
    wanted = {name for names in _WANTED.values() for name in names}
    known = [font for font in found.fonts() if font.family in wanted]
    covers: dict[str, set[int]] = {}
    for font in known or found.fonts():
        if font.path is not None:
            covers.setdefault(font.family, set()).update(code_points(Path(font.path), font.index))
    chinese = [name for name, points in covers.items() if all(ord(letter) in points for letter in _LETTERS)]
    if not chinese:
        return None
    families = {part: _ranked(names, chinese) for part, names in _WANTED.items()}
    families["kai"] = [*families["kai"], *families["body"]]
    used = {name for part in families for name in (families[part] or chinese[:1])}
    return PressFonts(
        found,
        {part: names or families["body"] or chinese[:1] for part, names in families.items()},
        frozenset[int]().union(*(covers[name] for name in used)),
    )


def _ranked(names: Iterable[str], there: Iterable[str]) -> list[str]:
    return [name for name in names if name in there]


def code_points(path: Path, index: int = 0) -> set[int]:
    """What a TrueType or OpenType font, or one of a collection, has glyphs for: its ``cmap``, formats 4 and 12."""
    with path.open("rb") as file:
        start = 0
        if file.read(4) == b"ttcf":
            file.seek(12 + 4 * index)
            start = _unpack(file, ">I")[0]
        file.seek(start + 4)
        tables = [_unpack(file, ">I4xI4x") for _ in range(_unpack(file, ">H6x")[0])]
        at = next((offset for tag, offset in tables if tag == _CMAP), None)
        if at is None:
            return set()
        file.seek(at + 2)
        subtables = [_unpack(file, ">HHI") for _ in range(_unpack(file, ">H")[0])]
        points: set[int] = set()
        for platform, encoding, offset in subtables:
            if platform == 0 or (platform, encoding) in {(3, 1), (3, 10)}:
                file.seek(at + offset)
                points |= _subtable(file)
        return points


def _subtable(file: BinaryIO) -> set[int]:
    form = _unpack(file, ">H")[0]
    if form == 12:
        groups = _unpack(file, ">2x4x4xI")[0]
        spans = (_unpack(file, ">III") for _ in range(groups))
        return {point for first, last, _ in spans for point in range(first, last + 1)}
    if form == 4:
        length, _, double = _unpack(file, ">HHH")
        data = file.read(length - 8)
        count = double // 2
        ends = struct.unpack_from(f">{count}H", data, 6)
        starts = struct.unpack_from(f">{count}H", data, 8 + double)
        return {point for first, last in zip(starts, ends, strict=True) for point in range(first, last + 1)} - {0xFFFF}
    return set()


def _unpack(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
