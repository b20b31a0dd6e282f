"""Three weeks of the office in the demonstration district, with a clock that is moved: what the program does by itself,
and what people do in its pages, from the alert to the bulletin and from the sealing list to the summary.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest

from api.site import Site
from gongche.district.history import History, make_history
from tests.builders.receivers import WebReceiver, web_receiver
from tests.builders.walking import World, links, world
from tests.integration.api.builders import local
from tests.integration.api.office import Desk

STAFF, HEAD, FINANCE, ADMIN, UNIT = "张三", "李四", "王会计", "钱管理", "赵管车"
PEOPLE = {STAFF: ("staff",), HEAD: ("head",), FINANCE: ("finance",), ADMIN: ("admin",)}
WEEK = "2026-W39"
MID_AUTUMN = "2026-mid-autumn"
ENROLLED_LATE = "苏N38943"
"""In the system from 23 September on."""
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def history() -> History:
    return make_history()


@pytest.fixture
def receiver() -> Iterator[WebReceiver]:
    """A program of the centre's that letters are sent to."""
    with web_receiver() as it:
        yield it


@pytest.fixture
def office(site: Site, history: History) -> Iterator[World]:
    """On Friday 18 September 2026, before anything was reported."""
    with world(site, history, local("2026-09-18 00:00"), PEOPLE, {UNIT: "SY001"}) as it:
        yield it


def test_three_weeks_of_the_office(office: World, receiver: WebReceiver) -> None:
    the_office_works_until_october(office, receiver)
    everything_stands_in_the_audit_chain_and_nothing_was_sent_twice(office, receiver)


def the_office_works_until_october(office: World, receiver: WebReceiver) -> None:
    letters_go_to_a_program_of_the_centre(office, receiver)
    the_seed_is_committed_on_friday_and_the_cars_are_drawn_on_monday(office)
    every_sheet_is_signed_and_the_spot_check_reported(office)
    a_weekend_drive_becomes_a_case(office)
    units_are_told_three_workdays_before_the_holiday_and_seal_their_cars(office)
    the_case_is_decided_and_costs_the_unit_points(office)
    on_the_holiday_alerts_come_at_once_and_each_morning_a_digest(office, receiver)
    on_the_first_workday_the_holiday_is_summed_up_and_reported(office, receiver)
    finance_refuses_the_bill_of_a_car_that_was_not_enrolled(office)
    in_october_the_head_publishes_the_bulletin(office, receiver)


def letters_go_to_a_program_of_the_centre(office: World, receiver: WebReceiver) -> None:
    with office.desk(ADMIN) as admin:
        answer = admin.send(
            "/targets", on="/targets", name="值班大屏", address=f"http://127.0.0.1:{receiver.port}/hook",
            role=["staff", "head"], kind=["alert", "campaign", "reminder", "escalation", "report"],
        )  # fmt: skip
    assert answer.status_code == 200, answer.text


def the_seed_is_committed_on_friday_and_the_cars_are_drawn_on_monday(office: World) -> None:
    monday = "2026-09-21"
    office.move_to(local("2026-09-18 17:00"))
    assert office.ask("select count(*) from draw_commitments where week = %s", monday) == 1
    assert office.ask("select count(*) from draws where week = %s", monday) == 0
    office.move_to(local("2026-09-21 08:30"))
    frame = office.ask("select count(*) from draw_cars join draws on id = draw_id where week = %s", monday)
    drawn = office.ask("select count(*) from draw_sheets join draws on id = draw_id where week = %s", monday)
    assert frame >= 390, "of 403 cars those that are enrolled"
    assert 10 * drawn >= frame


def every_sheet_is_signed_and_the_spot_check_reported(office: World) -> None:
    with office.desk(STAFF) as staff:
        sheets = links(staff.page("/draws"), rf"/draws/{WEEK}/\d+")
        for address in sheets:
            assert staff.send(address, on=address, finding="nothing", note="").status_code == 303
        report = issued(staff, "spot_check", WEEK)
        page = staff.page(report)
        assert "车管〔2026〕1号" in page
        assert staff.client.get(f"{report}/pdf").content.startswith(b"%PDF")
        assert staff.client.get(f"{report}/docx").content.startswith(b"PK")
    assert len(sheets) >= 35, "the others are of confidential mail, for the head"


def a_weekend_drive_becomes_a_case(office: World) -> None:
    """R05: driven on Saturday 19 September, off and not in a holiday."""
    found = office.ask("select min(id) from violations where rule_id = 'R05' and withdrawn_at is null")
    with office.desk(STAFF) as staff:
        case = staff.open(found)
        staff.does(case, "take")
        staff.does(case, "ask", text="9 月 19 日周六行驶，无派车单，请说明用途。")
        assert staff.case(case)["due"] == "2026-09-24"


def the_case_is_decided_and_costs_the_unit_points(office: World) -> None:
    with office.desk(STAFF) as staff, office.desk(HEAD) as head:
        staff.does(1, "answer", text="驾驶员私自用车，承认。")
        head.does(1, "decide", outcome="violation", text="本人承认，轨迹清楚。")
    assert office.ask("select sum(change) from point_entries") < 0


def units_are_told_three_workdays_before_the_holiday_and_seal_their_cars(office: World) -> None:
    assert office.rows("select key from campaigns") == []
    office.move_to(local("2026-09-22 09:00"))
    assert office.rows("select key from campaigns") == [(MID_AUTUMN,)]
    address = f"/campaigns/{MID_AUTUMN}"
    with office.desk(UNIT) as unit, office.desk(HEAD) as head:
        cars = re.findall(r'name="vehicle" value="(\d+)"', unit.page(address))
        first, *others = list(dict.fromkeys(cars))
        assert unit.send(f"{address}/seals", on=address, vehicle=others).status_code == 303
        asked = unit.send(
            f"{address}/exemptions", on=address, vehicle=first, kind="duty", first="2026-09-25", last="2026-09-27",
            reason="防汛值班",
        )  # fmt: skip
        assert asked.status_code == 303, asked.text
        assert head.send(f"{address}/exemptions/1/answer", on=address, granted="true").status_code == 303
    assert office.ask("select count(*) from campaign_seals") == len(others)
    assert office.ask("select count(*) from waivers where vehicle_id = %s and kind = 'duty'", int(first)) >= 1


def on_the_holiday_alerts_come_at_once_and_each_morning_a_digest(office: World, receiver: WebReceiver) -> None:
    office.move_to(local("2026-09-25 12:00"))
    alerted = "select l.id from letters l where l.kind = 'alert' and l.withdrawn_at is null and not l.is_confidential"
    assert office.rows(alerted), "somebody drove to relatives in the morning"
    for day in ("2026-09-26", "2026-09-27"):
        office.move_to(local(f"{day} 09:00"))
    told = office.rows("select kind, day::text from campaign_papers where key = %s order by id", MID_AUTUMN)
    assert [kind for kind, _ in told[:3]] == ["notice", "list", "progress"]
    assert [day for kind, day in told if kind == "digest"][-1] == "2026-09-26"
    office.delivered()
    with office.desk(STAFF) as staff:
        assert "中秋" in staff.page("/")
        assert "有行驶" in staff.page(f"/campaigns/{MID_AUTUMN}")
    assert len(receiver.ids()) >= len(office.rows(alerted))


def on_the_first_workday_the_holiday_is_summed_up_and_reported(office: World, receiver: WebReceiver) -> None:
    office.move_to(local("2026-09-28 09:00"))
    assert office.ask("select count(*) from campaign_papers where kind = 'summary' and key = %s", MID_AUTUMN) == 1
    with office.desk(STAFF) as staff:
        report = issued(staff, "holiday", "2026-09-25")
        page = staff.page(report)
        assert "2026年中秋" in page
        assert "封存" in page
        assert staff.client.get(f"{report}/pdf").content.startswith(b"%PDF")
    office.delivered()
    assert any("小结" in body for body in bodies(receiver))


def finance_refuses_the_bill_of_a_car_that_was_not_enrolled(office: World) -> None:
    rows = [
        ("车牌号", "时间", "类型", "金额", "升数", "油品", "地点", "卡号", "发票号"),
        (ENROLLED_LATE, "2026-09-21", "保险", "2400.00", "", "", "", "", "0001"),
        ("苏N00001", "2026-09-24", "维修", "300.00", "", "", "", "", "0002"),
    ]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    with office.desk(FINANCE) as clerk:
        file = ("file", ("九月报销.csv", text.getvalue().encode(), "text/csv"))
        answer = clerk.send("/finance/checks", on="/finance", files=[file])
        assert answer.status_code == 303, answer.text
        told = {row["plate"]: row for row in clerk.client.get("/api/finance/checks/1/rows").json()}
    assert told[ENROLLED_LATE]["verdict"] == "refuse"
    assert told["苏N00001"]["verdict"] == "refuse"


def in_october_the_head_publishes_the_bulletin(office: World, receiver: WebReceiver) -> None:
    office.move_to(local("2026-10-01 09:00"))
    plate, unit = office.rows(
        "select v.plate, u.name from cases c join vehicles v on v.id = c.vehicle_id join units u on u.id = v.unit_id"
    )[0]
    with office.desk(HEAD) as head:
        page = head.page(issued(head, "bulletin", "2026-09"))
        assert unit in page
        assert plate not in page
        assert "本人承认" not in page
        assert unit in head.page(issued(head, "ranking", "2026-09"))
    office.delivered()
    assert any("通报" in body for body in bodies(receiver))


def everything_stands_in_the_audit_chain_and_nothing_was_sent_twice(office: World, receiver: WebReceiver) -> None:
    acts = {act for (act,) in office.rows("select distinct act from audit_entries")}
    assert acts >= {"sign_sheet", "issue_report", "case_decide", "check_claims", "see_track"}
    ids = receiver.ids()
    assert len(ids) == len(set(ids))
    assert office.ask("select count(*) from deliveries where state <> 'sent'") == 0


def issued(desk: Desk, kind: str, period: str) -> str:
    """Issues a report from its draft; its address."""
    answer = desk.send("/reports", on=f"/reports/draft?kind={kind}&period={period}", kind=kind, period=period)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def bodies(receiver: WebReceiver) -> list[str]:
    return [str(letter) for request in receiver.received for letter in request.json["letters"]]
