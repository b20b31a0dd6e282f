"""What commands print: JSON that programs read back, tables that keep whole lines in a pipe."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from fleet.violation import Severity
from gongche.commands.output import Format, json_text, print_record, print_rows

HEADINGS = {"plate": "车牌", "at": "时间"}
ROWS = [
    {"plate": "苏N·12345", "at": datetime(2026, 10, 2, 1, 30, tzinfo=UTC), "id": 7},
    {"plate": "x" * 300, "at": None},
]


def test_rows_in_json_keep_all_that_they_have(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, headings=HEADINGS, form=Format.JSON)
    printed = capsys.readouterr().out
    assert "苏N·12345" in printed, "Chinese as it is"
    assert json.loads(printed) == [
        {"plate": "苏N·12345", "at": "2026-10-02T01:30:00+00:00", "id": 7},
        {"plate": "x" * 300, "at": None},
    ]


def test_no_rows_are_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], headings=HEADINGS, form=Format.JSON)
    assert json.loads(capsys.readouterr().out) == []


def test_a_table_in_a_pipe_is_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, headings=HEADINGS, form=Format.TABLE)
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split() == ["车牌", "时间"]
    assert first.split() == ["苏N·12345", "2026-10-02", "01:30:00+00:00"]
    assert second.strip() == "x" * 300


def test_what_looks_like_markup_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"plate": "[red]A[/red]", "at": None}], headings=HEADINGS, form=Format.TABLE)
    assert "[red]A[/red]" in capsys.readouterr().out


def test_a_record_prints_its_inner_objects_indented(capsys: pytest.CaptureFixture[str]) -> None:
    print_record({"vehicles": 403, "violations": {"R04": 5}, "missed": ["a", "b"]}, form=Format.TABLE)
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "vehicles    403",
        "violations",
        "  R04       5",
        "missed      a, b",
    ]


def test_values_of_the_program_become_plain_json() -> None:
    value = {
        "local": datetime(2026, 10, 2, 9, 30, tzinfo=timezone(timedelta(hours=8))),
        "day": date(2026, 10, 2),
        "litres": Decimal("40.5"),
        "file": Path("a/b"),
        "set": {3, 1},
        "severity": next(iter(Severity)),
    }
    assert json.loads(json_text(value)) == {
        "local": "2026-10-02T09:30:00+08:00",
        "day": "2026-10-02",
        "litres": 40.5,
        "file": "a/b",
        "set": [1, 3],
        "severity": next(iter(Severity)).value,
    }


@pytest.mark.parametrize("value", [datetime(2026, 10, 2), float("nan"), object()])  # noqa: DTZ001  (the point of it)
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        json_text({"value": value})
