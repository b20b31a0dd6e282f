"""Purchases: a unit asks, the joint meeting votes, the head records what it decided; the register adds it up."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import openpyxl
import psycopg
import pytest

from api.site import Site
from oversight.office import office_of
from tests.fixtures.pages import make_user
from tests.integration.api.builders import District, local
from tests.integration.api.office import HEAD, STAFF, Desk, Office, office

MANAGER, OTHER_MANAGER = "王五", "赵六"
ASKED = {
    "use_class": "general",
    "body": "sedan",
    "model": "某牌某型",
    "energy": "petrol",
    "displacement_l": "2.0",
    "price_yuan": "180,000",
    "reason": "现有车辆已达报废年限",
}
MEMBERS = "财政\n纪检、机关事务，编办"
STANDARDS = """
[[purchases.standards]]
use = "general"
price_yuan = 150000
displacement_l = 1.6
source = "测试用标准第一条"
"""


@dataclass(frozen=True)
class Units:
    """Two units with a manager each; the site that they come to."""

    site: Site
    own: int
    other: int


@pytest.fixture
def units(site: Site, built: District) -> Units:
    found = Units(site, built.unit("区政府办"), built.unit("区教育局"))
    asyncio.run(make_user(site.dsn, MANAGER, "unit_manager", unit_id=found.own))
    asyncio.run(make_user(site.dsn, OTHER_MANAGER, "unit_manager", unit_id=found.other))
    return found


@pytest.fixture
def running(units: Units) -> Iterator[Office]:
    with office(units.site) as running:
        running.at(local("2026-09-28 09:00"))
        yield running


def asked(desk: Desk, **other: str) -> str:
    """The page of a new request."""
    answer = desk.send("/purchases", on="/purchases", **(ASKED | other))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def called(desk: Desk, page: str, **other: str) -> None:
    answer = desk.send(f"{page}/meetings", on=page, **({"held_on": "2026-09-28", "members": MEMBERS} | other))
    assert answer.status_code == 303, answer.text


def votes(desk: Desk, page: str, **cast: str) -> None:
    for member, vote in cast.items():
        answer = desk.send(f"{page}/votes", on=page, member=member, vote=vote, reason=f"{member}的意见")
        assert answer.status_code == 303, answer.text


def decided(desk: Desk, page: str, decision: str, **fields: str) -> str:
    """What the page says against a decision; nothing when it is taken."""
    answer = desk.send(f"{page}/decision", on=page, decision=decision, **({"reason": "会议决定"} | fields))
    return "" if answer.status_code == 303 else said(answer.text)


def said(page: str) -> str:
    return " ".join(re.findall(r'role="alert">([^<]+)', page))


def test_a_request_is_voted_on_decided_and_added_up(running: Office, built: District) -> None:
    with running.desk(MANAGER) as unit, running.desk(STAFF) as staff, running.desk(HEAD) as head:
        page = asked(unit)
        assert "待召开会议" in unit.page(page)
        assert page in staff.page("/purchases"), "the one clear action leads to it"
        called(staff, page)
        votes(staff, page, 财政="for", 纪检="for")
        assert "三分之二" in decided(head, page, "approved", approved_yuan="150000")
        votes(staff, page, 编办="against")
        assert "赞成 2 票" in decided(head, page, "approved", approved_yuan="150000"), "half is no majority"
        votes(staff, page, 机关事务="for")
        assert "不超过申请金额" in decided(head, page, "approved", approved_yuan="180000.01")
        assert "与该决定不符" in decided(head, page, "refused")
        assert decided(head, page, "approved", approved_yuan="150,000") == ""
        refused = asked(unit, price_yuan="99999.99", energy="electric", displacement_l="")
        called(staff, refused)
        votes(staff, refused, 财政="against", 纪检="abstain", 机关事务="for")
        assert decided(head, refused, "refused") == ""
        register = head.client.get("/api/purchases").json()
        assert register["totals"] == {
            "requests": 2, "approved": 1, "refused": 1, "waiting": 0, "withdrawn": 0,
            "requested_yuan": "279999.99", "approved_yuan": "150000.00", "saved_yuan": "129999.99",
        }  # fmt: skip
        assert "129,999.99" in unit.page("/purchases")
        told = head.client.get(f"/api{page}").json()
        assert (told["outcome"], told["waits_for"], told["ended_by"]) == ("approved", None, HEAD)
        assert [(m["member"], m["vote"]) for m in told["meetings"][0]["members"]][:2] == [
            ("财政", "for"),
            ("纪检", "for"),
        ]
    acts = built.conn.execute("select act, count(*) from audit_entries where subject like 'purchase %' group by act")
    assert dict(acts.fetchall()) == {"request_purchase": 2, "call_meeting": 2, "enter_vote": 7, "decide_purchase": 2}


def test_a_changed_vote_counts_as_it_was_changed_and_both_are_shown(running: Office) -> None:
    with running.desk(MANAGER) as unit, running.desk(STAFF) as staff, running.desk(HEAD) as head:
        page = asked(unit)
        called(staff, page)
        votes(staff, page, 财政="for", 纪检="for", 机关事务="for")
        votes(staff, page, 机关事务="against")
        assert "与该决定不符" in decided(head, page, "approved", approved_yuan="1")
        shown = staff.page(page)
        assert shown.count("机关事务的意见") >= 2 + 1
        assert decided(head, page, "refused") == ""


def test_another_meeting_begins_with_no_votes(running: Office) -> None:
    with running.desk(MANAGER) as unit, running.desk(STAFF) as staff, running.desk(HEAD) as head:
        page = asked(unit)
        called(staff, page)
        votes(staff, page, 财政="for", 纪检="for", 机关事务="for")
        called(staff, page, members="财政、审计")
        assert "三分之二" in decided(head, page, "approved", approved_yuan="1")
        answer = staff.send(f"{page}/votes", on=page, member="纪检", vote="for", reason="同意")
        assert "纪检 不是联席会议成员" in said(answer.text)


def test_votes_are_entered_from_the_meetings_day_on(running: Office) -> None:
    with running.desk(MANAGER) as unit, running.desk(STAFF) as staff:
        page = asked(unit)
        called(staff, page, held_on="2026-09-29")
        early = staff.send(f"{page}/votes", on=page, member="财政", vote="for", reason="同意")
        assert "届时才能登记表决" in said(early.text)
        running.at(local("2026-09-29 00:00"))
        votes(staff, page, 财政="for")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"held_on": "2026-09-27"}, "早于申请日期"),
        ({"held_on": "明天"}, "请填写会议日期"),
        ({"members": "财政"}, "至少 2 名"),
        ({"members": "财政、纪检、财政"}, "成员重复"),
    ],
)
def test_a_meeting_that_is_none_is_not_called(running: Office, wrong: dict[str, str], why: str) -> None:
    with running.desk(MANAGER) as unit, running.desk(STAFF) as staff:
        page = asked(unit)
        fields = {"held_on": "2026-09-28", "members": MEMBERS} | wrong
        answer = staff.send(f"{page}/meetings", on=page, **fields)
        assert why in said(answer.text)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"price_yuan": "十八万"}, "金额应为"),
        ({"price_yuan": "0"}, "金额应为"),
        ({"price_yuan": "1.001"}, "金额应为"),
        ({"price_yuan": "NaN"}, "金额应为"),
        ({"displacement_l": "-1"}, "排量以升计"),
        ({"energy": "electric"}, "没有排量"),
        ({"body": "airship"}, "请选择"),
        ({"reason": "  "}, "请填写申请理由"),
        ({"replaces": "999"}, "不是本单位的"),
    ],
)
def test_a_wrong_field_is_told_and_the_rest_is_kept(running: Office, wrong: dict[str, str], why: str) -> None:
    with running.desk(MANAGER) as unit:
        answer = unit.send("/purchases", on="/purchases", **(ASKED | wrong))
        assert answer.status_code == 422
        assert why in said(answer.text)
        assert "某牌某型" in answer.text


def test_a_unit_withdraws_what_was_not_decided_and_nothing_follows(running: Office) -> None:
    with running.desk(MANAGER) as unit, running.desk(STAFF) as staff, running.desk(HEAD) as head:
        page = asked(unit)
        assert unit.send(f"{page}/withdraw", on=page, reason="改为租用").status_code == 303
        assert "已撤回" in unit.page(page)
        token = "/password"  # a form of another page: the request's page has none any more
        late = staff.send(f"{page}/meetings", on=token, held_on="2026-09-28", members=MEMBERS)
        assert late.status_code == 409
        totals = head.client.get("/api/purchases").json()["totals"]
        assert (totals["requests"], totals["withdrawn"], totals["requested_yuan"]) == (1, 1, "0")


def test_a_unit_sees_its_own_requests_only(running: Office) -> None:
    with running.desk(MANAGER) as unit, running.desk(OTHER_MANAGER) as other:
        page = asked(unit)
        assert other.client.get(page).status_code == 404
        assert other.client.get(f"/api{page}").status_code == 404
        assert other.client.get("/api/purchases").json()["purchases"] == []
        assert other.send(f"{page}/withdraw", on="/purchases", reason="不是我的").status_code == 404


def test_a_confidential_car_that_is_to_be_replaced_is_named_to_few(
    running: Office, built: District, units: Units
) -> None:
    car = built.vehicle("苏N55555", unit=units.own, use_class="confidential_mail")
    with running.desk(MANAGER) as unit, running.desk(STAFF) as staff, running.desk(HEAD) as head:
        assert "不是本单位的" in said(unit.send("/purchases", on="/purchases", **ASKED, replaces=str(car)).text)
        page = asked(unit)
        built.conn.execute("alter table purchases disable trigger user")
        built.conn.execute("update purchases set replaces = %s", (car,))
        built.conn.execute("alter table purchases enable trigger user")
        assert "苏N55555" in head.page(page)
        for shown in (staff.page(page), str(staff.client.get(f"/api{page}").json()), unit.page(page)):
            assert "苏N55555" not in shown
        assert "不便显示" in staff.page(page)


def test_the_own_car_to_be_replaced_is_chosen_from_the_units_cars(
    running: Office, built: District, units: Units
) -> None:
    car, stranger = built.vehicle("苏N12345", unit=units.own), built.vehicle("苏N54321", unit=units.other)
    with running.desk(MANAGER) as unit:
        assert "苏N54321" not in unit.page("/purchases")
        page = asked(unit, replaces=str(car))
        assert f'href="/vehicles/{car}"' in unit.page(page)
        assert "不是本单位的" in said(unit.send("/purchases", on="/purchases", **ASKED, replaces=str(stranger)).text)


def test_what_is_above_a_standard_is_told_with_its_source(units: Units) -> None:
    with office(replace(units.site, office=office_of(STANDARDS))) as running:
        running.at(local("2026-09-28 09:00"))
        with running.desk(MANAGER) as unit:
            shown = unit.page(asked(unit))
            assert "高于标准 150,000.00 元" in shown
            assert "高于标准 1.6 升" in shown
            assert "测试用标准第一条" in shown
            assert "高于标准" not in unit.page(asked(unit, price_yuan="150000", displacement_l="1.6"))
            assert "高于标准" not in unit.page(asked(unit, use_class="emergency"))


def test_the_register_is_told_by_local_year(running: Office) -> None:
    with running.desk(MANAGER) as unit:
        running.at(local("2026-12-31 23:59"))
    with running.desk(MANAGER) as unit:
        asked(unit)
        running.at(local("2027-01-01 00:00"))
        asked(unit, price_yuan="2")
        totals = [unit.client.get(f"/api/purchases?year={year}").json()["totals"] for year in (2026, 2027, 2028)]
        assert [one["requested_yuan"] for one in totals] == ["180000.00", "2.00", "0"]
        assert 'href="/purchases?year=2026"' in unit.page("/purchases?year=2027")


def test_the_register_as_a_workbook_is_what_the_page_shows_and_holds_no_formula(running: Office) -> None:
    with running.desk(MANAGER) as unit:
        asked(unit, reason="=HYPERLINK(1)")
        answer = unit.client.get("/purchases/register.xlsx?year=2026")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet, totals = book.worksheets
    heading, row = sheet.iter_rows()
    told = {cell.value: other for cell, other in zip(heading, row, strict=True)}
    assert (told["用车单位"].value, told["预算价格（元）"].value, told["进展"].value) == ("区政府办", 180000, "待办")
    assert (told["申请理由"].value, told["申请理由"].data_type) == ("=HYPERLINK(1)", "s")
    assert ("申请金额（元）", 180000) in [tuple(cell.value for cell in line) for line in totals.iter_rows()]


def test_the_database_keeps_what_was_entered_and_who_may_decide(running: Office, built: District) -> None:
    with running.desk(MANAGER) as unit, running.desk(STAFF) as staff:
        page = asked(unit)
        called(staff, page)
        votes(staff, page, 财政="for")
    number = int(page.rpartition("/")[2])
    for table in ("purchases", "purchase_meetings", "purchase_members", "purchase_votes"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            built.conn.execute(f"delete from {table}".encode())
    ending = (
        "insert into purchase_ends (purchase_id, outcome, meeting, approved_yuan, reason, at, actor)"
        " values (%s, 'approved', 1, 1, '自批', now(), %s)"
    )
    with pytest.raises(psycopg.errors.RestrictViolation, match="who asked"):
        built.conn.execute(ending, (number, f" {MANAGER} "))
    built.conn.execute(ending, (number, HEAD))
    with pytest.raises(psycopg.errors.RestrictViolation, match="has ended"):
        built.conn.execute(
            "insert into purchase_meetings (purchase_id, number, held_on, called_at, called_by)"
            " values (%s, 2, now(), now(), 'x')",
            (number,),
        )
