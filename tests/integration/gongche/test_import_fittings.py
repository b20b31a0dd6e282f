"""Sheets of trackers and of fittings: what goes in, what comes back, and what a dry run tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.clock import SHANGHAI
from gongche.imports.fittings import import_fittings
from gongche.imports.report import Report
from gongche.imports.trackers import import_trackers
from gongche.intake import DatabaseStore
from ingest.pipeline import take_in
from store.database import Connection, connect
from store.fleet import NewUnit, NewVehicle, save_units, save_vehicles
from store.terminals import save_model
from tests.builders.intake import message, position
from tests.builders.workbooks import workbook

JANUARY = datetime(2026, 1, 1, tzinfo=SHANGHAI)
HEADINGS = "终端号,车牌号,安装日期,拆除日期\n"


class Centre:
    """Someone at the centre who writes a sheet and imports it."""

    def __init__(self, conn: Connection, folder: Path) -> None:
        self.conn = conn
        self.folder = folder

    async def trackers(self, text: str, *, dry_run: bool = False) -> Report:
        return await import_trackers(self.conn, self.file(text), SHANGHAI, dry_run=dry_run)

    async def fittings(self, text: str, *, because: str | None = None, dry_run: bool = False) -> Report:
        file = self.file(HEADINGS + text)
        return await import_fittings(self.conn, file, SHANGHAI, dry_run=dry_run, correcting_because=because)

    def file(self, text: str) -> Path:
        path = self.folder / "sheet.csv"
        path.write_text(text, encoding="utf-8")
        return path

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return await (await self.conn.execute(sql.encode())).fetchall()

    async def fitted(self) -> list[tuple[str, str, str, str | None]]:
        """Tracker, plate, and the local days from and to."""
        found = await self.rows(
            "select t.code, v.plate, lower(during), upper(during) from fittings"
            " join trackers t on t.id = tracker_id join vehicles v on v.id = vehicle_id order by 3, 1"
        )
        return [(tracker, plate, day(since), until and day(until)) for tracker, plate, since, until in found]

    async def report(self, tracker: str, *days: int) -> None:
        """Positions of days of January come in."""
        told = [position((JANUARY + timedelta(days=n - 1, hours=12)).isoformat()) for n in days]
        await take_in([message(told, tracker)], DatabaseStore(self.conn), payload_bytes_max=1_000_000)

    async def whose(self) -> list[tuple[str, int]]:
        """Plate and day of January of each position."""
        found = await self.rows("select plate, ts from positions join vehicles on id = vehicle_id order by ts")
        return [(plate, ts.astimezone(SHANGHAI).day) for plate, ts in found]


def day(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).date().isoformat()


@pytest.fixture
async def centre(database: str, tmp_path: Path) -> AsyncIterator[Centre]:
    async with await connect(database, autocommit=True) as conn:
        await save_units(conn, [NewUnit("U1", "水利局")])
        await save_vehicles(conn, [NewVehicle(plate, "U1") for plate in ("苏N00001", "苏N00002")])
        centre = Centre(conn, tmp_path)
        await centre.trackers("终端号\nT1\nT2\n")
        yield centre


async def test_trackers_go_in_with_what_is_known_of_them(centre: Centre) -> None:
    sheet = "终端号,型号,厂商,坐标系,时差,备注\nT3,BD-808,某厂,gcj02,UTC,备用机\nT1,,,,+05:30,\n"
    report = await centre.trackers(sheet)
    assert report.counts == {"new": 1, "changed": 1, "same": 0, "refused": 0}
    assert await centre.rows("select code, model, maker, datum, utc_offset_min, note from trackers order by code") == [
        ("T1", "", "", None, 330, ""),
        ("T2", "", "", None, None, ""),
        ("T3", "BD-808", "某厂", "gcj02", 0, "备用机"),
    ]
    assert (await centre.trackers(sheet)).counts["same"] == 2
    assert (await centre.trackers("终端号\nT3\n")).counts["same"] == 1, "what is not said stays"


async def test_a_dry_run_of_trackers_tells_the_fields_and_changes_nothing(centre: Centre) -> None:
    report = await centre.trackers("tracker,datum,utc_offset\nT1,bd09,utc+8\nT9,,\n", dry_run=True)
    assert report.as_json()["rows"] == [
        {
            "line": 2, "name": "T1", "outcome": "changed",
            "fields": {"datum": [None, "bd09"], "utc_offset_min": [None, "480"]},
        },
        {"line": 3, "name": "T9", "outcome": "new", "fields": {}},
    ]  # fmt: skip
    assert await centre.rows("select code, datum, utc_offset_min from trackers order by 1") == [
        ("T1", None, None),
        ("T2", None, None),
    ]


async def test_a_sheet_puts_trackers_under_the_profile_of_their_model(centre: Centre) -> None:
    await save_model(centre.conn, "BD-808", datum="gcj02", utc_offset_min=0, speed_factor=3.6)
    sheet = "终端号,型号,坐标系,时差\nT1,ＢＤ－808,,\nT2,BD-808,wgs84,+08:00\n"
    told = await centre.trackers(sheet, dry_run=True)
    assert [row["fields"] for row in told.as_json()["rows"]] == [
        {"model": ["", "BD-808"]},
        {"datum": [None, "wgs84"], "utc_offset_min": [None, "480"], "model": ["", "BD-808"]},
    ]
    profiles = "select code, datum, utc_offset_min, speed_factor from tracker_profiles order by 1"
    assert await centre.rows(profiles) == [("T1", "wgs84", 480, 1.0), ("T2", "wgs84", 480, 1.0)]
    await centre.trackers(sheet)
    assert await centre.rows(profiles) == [("T1", "gcj02", 0, 3.6), ("T2", "wgs84", 480, 3.6)]
    assert (await centre.trackers(sheet)).counts["same"] == 2


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",wgs84,", "tracker"),
        ("T 9,,", "tracker"),
        ("8.60123E+14,,", "tracker"),
        ("T9,cgcs2001,", "datum"),
        ("T9,,8", "utc_offset"),
        ("T9,,+15:00", "utc_offset"),
        ("T9,,+08:75", "utc_offset"),
        ("T1,,\nT1,wgs84,", "tracker"),
    ],
)
async def test_what_cannot_be_a_tracker_is_refused_with_its_column(centre: Centre, row: str, column: str) -> None:
    report = await centre.trackers(f"终端号,坐标系,时差\n{row}\n")
    (refused,) = report.refused
    assert refused.column == column
    assert refused.zh
    assert refused.en
    assert await centre.rows("select count(*) from trackers") == [(2,)]


async def test_a_swap_is_entered_and_what_came_since_moves_along(centre: Centre) -> None:
    await centre.fittings("T1,苏N00001,2026-01-01,\nT2,苏N00002,2026-01-01,\n")
    await centre.report("T1", 3, 10, 12)
    swap = "T1,苏N00002,2026-01-10,\nT2,苏N00001,2026-01-10,\n"
    told = await centre.fittings(swap, dry_run=True)
    assert told.counts == {"new": 2, "changed": 0, "same": 0, "refused": 0}
    assert told.also == {"positions": {"moved": 2, "unassigned": 0, "repeated": 0}}
    assert told.as_json()["rows"][0] == {
        "line": 2, "name": "T1", "outcome": "new",
        "fields": {"plate": [None, "苏N00002"], "fitting": [None, "2026-01-10 – …"]},
    }  # fmt: skip
    assert await centre.whose() == [("苏N00001", 3), ("苏N00001", 10), ("苏N00001", 12)]
    assert (await centre.fittings(swap)).also == told.also
    assert await centre.whose() == [("苏N00001", 3), ("苏N00002", 10), ("苏N00002", 12)]
    assert (await centre.fittings(swap)).also == {}
    assert await centre.fitted() == [
        ("T1", "苏N00001", "2026-01-01", "2026-01-10"),
        ("T2", "苏N00002", "2026-01-01", "2026-01-10"),
        ("T1", "苏N00002", "2026-01-10", None),
        ("T2", "苏N00001", "2026-01-10", None),
    ]


async def test_an_overlap_is_refused_with_the_row_and_both_spans(centre: Centre, tmp_path: Path) -> None:
    await centre.fittings("T1,苏N00001,2026-01-05,2026-02-01\n")
    file = workbook(
        tmp_path / "装拆.xlsx",
        ["终端号", "车牌号", "安装日期", "拆除日期"],
        ["T2", "苏N00002", date(2026, 1, 1), None],
        ["T2", "苏N00001", date(2026, 1, 20), None],
    )
    report = await import_fittings(centre.conn, file, SHANGHAI, dry_run=False)
    (refused,) = report.refused
    assert (refused.at, refused.name, refused.cell, refused.column) == (3, "T2", "台账!C3", "fitted_from")
    for text in (refused.zh, refused.en):
        for part in ("T2", "苏N00001", "2026-01-20 – …", "T1", "2026-01-05 – 2026-02-02", "--correct"):
            assert part in text
    assert await centre.fitted() == [
        ("T2", "苏N00002", "2026-01-01", None),
        ("T1", "苏N00001", "2026-01-05", "2026-02-02"),
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("T9,苏N00001,2026-01-01,", "tracker"),
        ("T1,苏N00009,2026-01-01,", "plate"),
        ("T1,,2026-01-01,", "plate"),
        ("T1,苏N00001,,", "fitted_from"),
        ("T1,苏N00001,2026-01-05,2026-01-04", "fitted_to"),
    ],
)
async def test_what_cannot_be_a_fitting_is_refused_with_its_column(centre: Centre, row: str, column: str) -> None:
    (refused,) = (await centre.fittings(f"{row}\n")).refused
    assert (refused.at, refused.column) == (2, column)
    assert refused.zh
    assert refused.en
    assert await centre.fitted() == []


async def test_a_correction_supersedes_what_was_wrong_and_takes_the_positions_along(centre: Centre) -> None:
    await centre.fittings("T1,苏N00001,2026-01-01,\nT1,苏N00002,2026-01-10,\n")
    await centre.report("T1", 5, 11, 13, 20)
    report = await centre.fittings("T1,苏N00001,2026-01-10,2026-01-12\n", because="换装日期记早了")
    assert report.counts == {"new": 0, "changed": 1, "same": 0, "refused": 0}
    assert report.also["positions"]["moved"] == 1
    assert await centre.whose() == [("苏N00001", 5), ("苏N00001", 11), ("苏N00002", 13), ("苏N00002", 20)]
    assert await centre.fitted() == [
        ("T1", "苏N00001", "2026-01-01", "2026-01-10"),
        ("T1", "苏N00001", "2026-01-10", "2026-01-13"),
        ("T1", "苏N00002", "2026-01-13", None),
    ]
    assert await centre.rows(
        "select during @> '2026-01-11'::timestamptz, superseded_because from superseded_fittings"
    ) == [(True, "换装日期记早了")]
    again = await centre.fittings("T1,苏N00001,2026-01-10,2026-01-12\n", because="换装日期记早了")
    assert again.counts["same"] == 1
    removed = await centre.fittings("T1,,2026-01-13,2026-01-15\n", because="当时送修")
    assert removed.also["positions"] == {"moved": 1, "unassigned": 1, "repeated": 0}
    assert await centre.whose() == [("苏N00001", 5), ("苏N00001", 11), ("苏N00002", 20)]


async def test_corrections_that_overlap_each_other_are_refused(centre: Centre) -> None:
    sheet = "T1,苏N00001,2026-01-01,2026-01-31\nT2,苏N00001,2026-01-31,\n"
    (refused,) = (await centre.fittings(sheet, because="重录")).refused
    assert (refused.at, refused.column) == (3, "fitted_from")
    assert await centre.fitted() == [("T1", "苏N00001", "2026-01-01", "2026-02-01")]
