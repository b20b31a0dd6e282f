"""A week and a holiday of the office in the demonstration district, with a clock that is moved: what the program does
by itself, and what people do in its pages, from the alert to the bulletin.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.site import Site
from gongche.district.history import History, make_history
from tests.builders.walking import World, links, world
from tests.integration.api.builders import local

PEOPLE = {
    "张三": ("staff",),
    "周七": ("staff",),
    "李四": ("head",),
    "王会计": ("finance",),
    "孙审计": ("auditor",),
}
WEEK = "2026-W39"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def history() -> History:
    return make_history()


@pytest.fixture
def office(site: Site, history: History) -> Iterator[World]:
    """On Friday 18 September 2026, before anything was reported."""
    with world(site, history, local("2026-09-18 00:00"), PEOPLE) as it:
        yield it


def test_a_week_of_the_office(office: World) -> None:
    the_seed_is_committed_on_friday_and_the_cars_are_drawn_on_monday(office)
    every_sheet_is_signed(office)
    a_weekend_drive_becomes_a_case_and_costs_its_unit_points(office)


def the_seed_is_committed_on_friday_and_the_cars_are_drawn_on_monday(office: World) -> None:
    office.move_to(local("2026-09-18 17:00"))
    monday = "2026-09-21"
    assert office.ask("select count(*) from draw_commitments where week = %s", monday) == 1
    assert office.ask("select count(*) from draws where week = %s", monday) == 0
    office.move_to(local("2026-09-21 08:30"))
    with office.desk("张三") as staff:
        page = staff.page("/draws")
        drawn = links(page, rf"/draws/{WEEK}/\d+")
        assert len(drawn) >= 41


def every_sheet_is_signed(office: World) -> None:
    with office.desk("张三") as staff:
        for address in links(staff.page("/draws"), rf"/draws/{WEEK}/\d+"):
            answer = staff.send(address, on=address, finding="nothing", note="")
            assert answer.status_code == 303


def a_weekend_drive_becomes_a_case_and_costs_its_unit_points(office: World) -> None:
    """R05: driven on Saturday 19 September, off and not in a holiday."""
    found = office.ask("select min(id) from violations where rule_id = 'R05' and withdrawn_at is null")
    with office.desk("张三") as staff, office.desk("李四") as head:
        case = staff.open(found)
        staff.does(case, "take")
        staff.does(case, "ask", text="9 月 19 日周六行驶，无派车单，请说明用途。")
        office.move_to(local("2026-09-22 10:00"))
        staff.does(case, "answer", text="驾驶员私自用车，承认。")
        head.does(case, "decide", outcome="violation", text="本人承认，轨迹清楚。")
        assert office.ask("select sum(change) from point_entries") < 0
        assert "90" in head.page("/points") or "95" in head.page("/points")
