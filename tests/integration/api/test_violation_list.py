"""The list of violations: filters, orders, pages; the same for people and for programs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.fixtures.pages import NOON, ServedPages
from tests.integration.api.builders import District, local


def listed(client: httpx.Client, **asked: Any) -> list[int]:
    """Ids in the order of the list, page after page."""
    ids: list[int] = []
    after: str | None = ""
    while after is not None:
        answer = client.get("/api/violations", params={**asked, "after": after})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        ids += [row["id"] for row in body["rows"]]
        after = body["next"]
    return ids


@pytest.fixture
def four(built: District) -> dict[str, int]:
    """Four that stand, of two units' cars, and one withdrawn."""
    education, health = built.unit("区教育局"), built.unit("区卫健局")
    one, other = built.vehicle("苏N12345", unit=education), built.vehicle("苏ND67890", unit=health)
    found = {
        "holiday": built.violation(one, "R06", local("2026-10-02 14:00"), minutes=40),
        "weekend": built.violation(one, "R05", local("2026-09-27 10:00"), minutes=20, severity="medium"),
        "night": built.violation(other, "R08", local("2026-10-04 22:00"), minutes=420, severity="medium"),
        "provisional": built.violation(other, "R06", local("2026-10-01 00:00"), minutes=30, provisional=True),
        "withdrawn": built.violation(other, "R06", local("2026-10-03 09:00")),
    }
    built.withdraw(found["withdrawn"], NOON)
    return found | {"education": education}


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["night", "holiday", "provisional", "weekend"]),
        ({"rule": "R06"}, ["holiday", "provisional"]),
        ({"severity": "medium"}, ["night", "weekend"]),
        ({"plate": "n·123"}, ["holiday", "weekend"]),
        ({"plate": "ＮＤ６"}, ["night", "provisional"]),
        ({"from": "2026-10-01", "to": "2026-10-02"}, ["holiday", "provisional"]),
        ({"to": "2026-09-30"}, ["weekend"]),
        ({"from": "0001-01-01", "to": "9999-12-31"}, ["night", "holiday", "provisional", "weekend"]),
        ({"to": "0001-01-01"}, []),
        ({"state": "provisional"}, ["provisional"]),
        ({"state": "withdrawn"}, ["withdrawn"]),
        ({"state": "all"}, ["night", "withdrawn", "holiday", "provisional", "weekend"]),
        ({"state": "changed"}, []),
        ({"sort": "oldest"}, ["weekend", "provisional", "holiday", "night"]),
        ({"sort": "severity"}, ["holiday", "provisional", "night", "weekend"]),
        ({"sort": "longest"}, ["night", "holiday", "provisional", "weekend"]),
        ({"rule": "", "severity": " ", "from": ""}, ["night", "holiday", "provisional", "weekend"]),
        ({"unit": "", "sort": "", "state": ""}, ["night", "holiday", "provisional", "weekend"]),
    ],
)  # fmt: skip
def test_the_list_holds_what_was_asked_for(
    pages: ServedPages, four: dict[str, int], asked: dict[str, str], names: list[str]
) -> None:
    with pages.admin() as client:
        assert listed(client, **asked) == [four[name] for name in names]


def test_the_list_of_a_unit_holds_its_cars_only(pages: ServedPages, four: dict[str, int]) -> None:
    with pages.admin() as client:
        assert listed(client, unit=four["education"]) == [four["holiday"], four["weekend"]]


def test_a_day_is_the_districts_day(pages: ServedPages, built: District) -> None:
    car = built.vehicle()
    last_minute, first_minute = local("2026-10-01 23:59"), local("2026-10-02 00:00")
    found = [built.violation(car, "R06", start, minutes=5) for start in (last_minute, first_minute)]
    with pages.admin() as client:
        assert listed(client, **{"from": "2026-10-01", "to": "2026-10-01"}) == found[:1]
        assert listed(client, **{"from": "2026-10-02"}) == found[1:]


@pytest.mark.parametrize("sort", ["newest", "oldest", "severity", "longest"])
def test_pages_follow_each_other_without_gap_or_repeat(pages: ServedPages, built: District, sort: str) -> None:
    unit = built.unit()
    cars = [built.vehicle(f"苏N{n:05}", unit=unit) for n in range(5)]
    severities = ("info", "medium", "high")
    for n in range(60):
        # Starts, lengths and severities repeat, so that the order within equals matters.
        start = local("2026-10-01 08:00") + timedelta(hours=n // 5)
        built.violation(cars[n % 5], "R06", start, minutes=10 + n % 4, severity=severities[n % 3])
    with pages.admin() as client:
        whole, paged = listed(client, sort=sort, limit=500), listed(client, sort=sort, limit=7)
    assert len(set(whole)) == 60
    assert paged == whole


def test_counts_by_rule_do_not_depend_on_the_rule_chosen(pages: ServedPages, four: dict[str, int]) -> None:
    assert four
    with pages.admin() as client:
        for path in ("/violations", "/violations?rule=R05"):
            chips = re.findall(r'class="chip"[^>]*>([^<]+?) <b>(\d+)</b>', client.get(path).text)
            assert chips == [("全部规则", "4"), ("周末用车", "1"), ("节假日用车", "2"), ("未回单位停放", "1")]


def test_a_filter_replaces_the_list_and_not_the_page(pages: ServedPages, four: dict[str, int]) -> None:
    with pages.admin() as client:
        part = client.get("/violations?rule=R05", headers={"hx-request": "true"}).text
        again = client.get("/violations?rule=R05", headers={"hx-request": "true", "hx-history-restore-request": "true"})
    assert "<html" not in part
    assert f'href="/violations/{four["weekend"]}"' in part
    assert f'href="/violations/{four["night"]}"' not in part
    assert "<html" in again.text


def test_the_page_goes_on_where_it_ended(pages: ServedPages, built: District) -> None:
    car = built.vehicle()
    for n in range(55):
        built.violation(car, "R06", local("2026-10-01 08:00") + timedelta(hours=n), minutes=10)
    with pages.admin() as client:
        first = client.get("/violations").text
        more = re.search(r'hx-get="(/violations\?after=[^"]+)"', first)
        assert more is not None
        rest = client.get(more[1], headers={"hx-request": "true"}).text
    links = [re.findall(r'href="/violations/(\d+)"', html) for html in (first, rest)]
    assert [len(ids) for ids in links] == [50, 5]
    assert len({*links[0], *links[1]}) == 55


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "yesterday"},
        {"severity": "worst"},
        {"unit": "x"},
        {"unit": str(2**31)},
        {"sort": "color"},
        {"after": "1.2.3"},
        {"plate": "\0"},
        {"rule": "R" * 21},
    ],
)
def test_what_cannot_be_read_is_told_by_its_name(pages: ServedPages, asked: dict[str, str]) -> None:
    with pages.admin() as client:
        answer = client.get("/api/violations", params=asked)
        assert client.get("/violations", params=asked).status_code == 422
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"
    assert [detail["where"] for detail in answer.json()["error"]["details"]] == [f"query.{next(iter(asked))}"]
