"""What pages say while the calendar is not known, or waits for its second checker."""

from __future__ import annotations

import pytest

from tests.fixtures.pages import ServedPages
from tests.integration.api.builders import District, local


@pytest.mark.parametrize("path", ["/", "/violations", "/violations/{violation}", "/vehicles/{car}"])
def test_an_unknown_year_is_called_out_on_every_page_that_judges_by_it(
    pages: ServedPages, built: District, path: str
) -> None:
    car = built.vehicle()
    address = path.format(car=car, violation=built.violation(car))
    with pages.on(local("2089-06-01 08:30")) as client:
        page = client.get(address).text
        assert 'class="notice notice-bad" role="alert"><strong>2089 年放假安排尚未录入' in page
        assert "The holiday schedule of 2089 is not known yet" in client.get(f"{address}?lang=en").text
    with pages.admin() as client:
        assert "放假安排尚未录入" not in client.get(address).text, "in October 2026 the next four weeks are known"


def test_the_last_days_of_december_wait_for_the_schedule_of_the_next_year(pages: ServedPages, built: District) -> None:
    built.conn.execute(
        "insert into calendar_years (year, source, entered_by, checked_by, checked_at)"
        " values (2089, '通知', '张三', '李四', now())"
    )
    with pages.on(local("2089-12-20 08:30")) as client:
        assert "2090 年放假安排尚未录入" in client.get("/").text


def test_days_that_wait_for_their_second_checker_are_told(pages: ServedPages, built: District) -> None:
    built.conn.execute(
        "insert into calendar_days (day, is_off, source, entered_by)"
        " values ('2027-01-02', true, '通知', '张三'), ('2027-01-01', true, '通知', '张三')"
    )
    with pages.admin() as client:
        assert "日历有 2 天待另一人复核（最早为2027年1月1日 周五）" in client.get("/").text
        built.conn.execute("update calendar_days set checked_by = '李四', checked_at = now()")
        assert "待另一人复核" not in client.get("/").text
