"""Public tips: entered, compared with the track, then a case or an answer; who told it is seen by few."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.site import Site
from tests.builders.district import move_vehicle
from tests.integration.api.builders import District, local
from tests.integration.api.office import HEAD, STAFF, Desk, Office, office

TOLD = {
    "plate": "苏n·12345",
    "at": "2026-09-25T14:10",
    "place": "骆马湖大酒店",
    "lon": "118.4",
    "lat": "33.95",
    "datum": "wgs84",
    "what": "公车停在酒店门口",
    "tipster": "群众甲 13800000000",
}


@pytest.fixture
def centre(site: Site, built: District) -> Iterator[Office]:
    built.track(built.vehicle("苏N12345"), local("2026-09-25 13:50"), minutes=40, speed_kmh=3)
    built.conn.execute("truncate marks")
    with office(site) as running:
        running.at(local("2026-09-28 09:00"))
        yield running


def entered(desk: Desk, **other: str) -> str:
    """The page of a new tip."""
    answer = desk.send("/tips", on="/tips", **(TOLD | other))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_tip_is_compared_with_the_track_and_becomes_a_case(centre: Office, built: District) -> None:
    with centre.desk(STAFF) as staff, centre.desk(HEAD) as head:
        tip = entered(staff)
        early = staff.send(f"{tip}/answer", on=tip, text="立案核实", becomes="case")
        assert "请先与轨迹比对" in early.text
        assert staff.send(f"{tip}/check", on=tip).status_code == 303
        assert "没有数据" in staff.page(tip)  # the track begins and ends within the hour
        near = entered(staff, lon="118.2935", lat="33.9425")
        staff.send(f"{near}/check", on=near)
        assert "到过附近" in staff.page(near)
        opened = staff.send(f"{near}/answer", on=near, text="轨迹相符，立案核实", becomes="case")
        case = opened.headers["location"]
        assert near in staff.page(case)
        assert "已有结果" in staff.send(f"{near}/answer", on=tip, text="再答", becomes="nothing").text
        assert head.case(int(case.rpartition("/")[2]))["violations"] == []
    looked = built.conn.execute("select actor, details ->> 'verdict' from audit_entries where act = 'check_tip'")
    assert looked.fetchall()[-1] == (STAFF, "near")


def test_a_tip_and_its_case_are_of_the_unit_that_the_car_had_then(centre: Office, built: District) -> None:
    ((car,),) = built.conn.execute("select id from vehicles where plate = '苏N12345'").fetchall()
    move_vehicle(built.conn, car, built.unit("区城管局"), local("2026-09-26 00:00"))
    with centre.desk(STAFF) as staff:
        tip = entered(staff)
        staff.send(f"{tip}/check", on=tip)
        assert "区城管局" not in staff.page(tip)
        case = staff.send(f"{tip}/answer", on=tip, text="立案核实", becomes="case").headers["location"]
        assert "区城管局" not in staff.page(case)


def test_a_tip_about_a_silent_hour_is_no_data_and_can_be_answered(centre: Office) -> None:
    with centre.desk(STAFF) as staff:
        tip = entered(staff, at="2026-09-26T03:00")
        staff.send(f"{tip}/check", on=tip)
        page = staff.page(tip)
        assert "没有数据" in page
        assert "不得据此认为未到" in page
        staff.send(f"{tip}/answer", on=tip, text="无轨迹可查，已答复", becomes="nothing")
        assert "查无实据" in staff.page(tip)


def test_who_told_it_is_seen_by_few(centre: Office) -> None:
    with centre.desk(STAFF) as staff, centre.desk(HEAD) as head:
        tip = entered(staff)
        assert "群众甲" not in staff.page(tip) + staff.page("/tips")
        assert "群众甲" in head.page(tip)


def test_what_the_track_of_a_confidential_car_says_is_shown_to_few(centre: Office, built: District) -> None:
    built.vehicle("苏N55555", use_class="confidential_mail")
    with centre.desk(STAFF) as staff, centre.desk(HEAD) as head:
        tip = entered(staff, plate="苏N55555")
        unknown = entered(staff, plate="苏N99999")
        head.send(f"{tip}/check", on=tip)
        head.send(f"{tip}/answer", on=tip, text="任务用车，已核", becomes="case")
        assert "没有数据" in head.page(tip)
        for shown in (staff.page(tip), staff.page(unknown)):
            assert "没有这个车牌" in shown
        assert "任务用车" not in staff.page(tip)
        assert "/cases/1" not in staff.page(tip)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"plate": "12345"}, "车牌号有误"),
        ({"at": "昨天"}, "时间有误"),
        ({"at": "2026-09-29T08:00"}, "不能晚于现在"),
        ({"what": " "}, "请填写举报内容"),
        ({"lon": "33.95", "lat": "118.3"}, "经纬度有误"),
        ({"datum": ""}, "请选择坐标系"),
    ],
)
def test_a_wrong_field_is_told_and_the_rest_is_kept(centre: Office, wrong: dict[str, str], why: str) -> None:
    with centre.desk(STAFF) as staff:
        answer = staff.send("/tips", on="/tips", **(TOLD | wrong))
        assert answer.status_code == 422
        assert why in answer.text
        assert "骆马湖大酒店" in answer.text
