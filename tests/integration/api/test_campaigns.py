"""The pages of holiday campaigns: what each role sees and does, what stays hidden, what the audit chain keeps."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import httpx
import psycopg
import pytest

from tests.builders.campaigns import KEY, holiday_fleet, told_until
from tests.fixtures.pages import ServedPages, served
from tests.integration.api.builders import District, local

BEFORE, AFTER = local("2026-09-29 09:00"), local("2026-10-08 09:00")
PAGE = f"/campaigns/{KEY}"
SECRET = "苏N00008"
SHOWN = ("/campaigns", PAGE, "/api/campaigns", f"/api{PAGE}", f"/api{PAGE}/sealing")


@pytest.fixture
def fleet(built: District) -> dict[str, int]:
    return holiday_fleet(built)


@pytest.fixture
def before(pages: ServedPages, fleet: dict[str, int]) -> Iterator[ServedPages]:
    """On the day after the notice."""
    assert fleet
    yield from at(pages, BEFORE)


@pytest.fixture
def after(pages: ServedPages, fleet: dict[str, int]) -> Iterator[ServedPages]:
    """On the first workday, after the summary."""
    assert fleet
    yield from at(pages, AFTER)


def at(pages: ServedPages, moment: datetime) -> Iterator[ServedPages]:
    asyncio.run(told_until(pages.site.dsn, moment))
    with served(replace(pages.site, now=lambda: moment)) as then:
        yield then


def unit_of(built: District, vehicle: int) -> int:
    row = built.conn.execute("select unit_id from vehicles where id = %s", (vehicle,)).fetchone()
    assert row is not None
    return int(row[0])


def send(client: httpx.Client, address: str, **form: object) -> httpx.Response:
    token = re.search(r'name="form_token" value="([^"]+)"', client.get(PAGE).text)
    assert token is not None
    return client.post(f"{PAGE}{address}", data={"form_token": token[1], **form})


def ask(client: httpx.Client, vehicle: int, **more: object) -> httpx.Response:
    form = {"kind": "duty", "first": "2026-10-02", "last": "2026-10-03", "reason": "值班"} | more
    return send(client, "/exemptions", vehicle=vehicle, **form)


def deeds(built: District, act: str) -> list[tuple[str, dict[str, object]]]:
    rows = built.conn.execute("select subject, details from audit_entries where act = %s order by number", (act,))
    return rows.fetchall()


def obligation(client: httpx.Client, vehicle: int) -> str:
    cars = client.get(f"/api{PAGE}/sealing").json()
    return str(next(car["obligation"] for car in cars if car["vehicle_id"] == vehicle))


def test_a_unit_confirms_its_own_cars_once_and_no_others(
    before: ServedPages, built: District, fleet: dict[str, int]
) -> None:
    with before.someone("unit_manager", unit_id=unit_of(built, fleet["home"])) as client:
        page = client.get(PAGE).text
        assert "苏N00000" in page
        assert "苏N00002" not in page, "of another unit"
        assert send(client, "/seals", vehicle=[fleet["home"], fleet["drives"]]).status_code == 303
        assert send(client, "/seals", vehicle=[fleet["home"]]).status_code == 303
        assert send(client, "/seals", vehicle=[fleet["away"]]).status_code == 404, "not its own"
        assert send(client, "/seals", vehicle=[fleet["on duty"]]).status_code == 404, "not on the list"
        assert '<span class="count">2/5</span>' in client.get(PAGE).text
    assert deeds(built, "confirm_sealed") == [(f"campaign {KEY}", {"plates": ["苏N00000", "苏N00001"]})]


def test_an_exemption_takes_two_people_and_is_a_waiver(
    before: ServedPages, built: District, fleet: dict[str, int]
) -> None:
    car = fleet["home"]
    with (
        before.someone("unit_manager", unit_id=unit_of(built, car)) as unit,
        before.someone("staff") as staff,
        before.someone("head") as head,
    ):
        assert ask(unit, car, first="2026-10-01", last="2026-10-07").status_code == 303
        assert send(staff, "/exemptions/1/answer", granted="true").status_code == 403
        assert send(head, "/exemptions/1/answer", granted="false", reason=" ").status_code == 422
        assert obligation(head, car) == "seal", "as long as nobody has granted it"
        assert send(head, "/exemptions/1/answer", granted="true").status_code == 303
        assert send(head, "/exemptions/1/answer", granted="false", reason="不").status_code == 409
        assert obligation(head, car) == "exempt"
        assert ask(head, fleet["drives"]).status_code == 303
        own = send(head, "/exemptions/2/answer", granted="true")
        assert (own.status_code, "不能审批自己的申请" in own.text) == (422, True)
    waivers = "select kind, lower(during), upper(during), entered_by from waivers where vehicle_id = %s"
    assert built.conn.execute(waivers, (car,)).fetchall() == [
        ("duty", local("2026-10-01 00:00"), local("2026-10-08 00:00"), "a head")
    ]
    assert [details["granted"] for _, details in deeds(built, "answer_exemption")] == [True]
    with pytest.raises(psycopg.errors.RestrictViolation, match="two people"):
        built.conn.execute("insert into campaign_answers values (2, false, '不', %s, now(), null)", ("Ａ ＨＥＡＤ",))


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "  "},
        {"kind": "test_drive"},
        {"first": "2026-09-30"},
        {"last": "2026-10-08"},
        {"first": "2026-10-04"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_request_that_says_too_little_is_refused(
    before: ServedPages, fleet: dict[str, int], built: District, wrong: dict[str, str]
) -> None:
    with before.someone("staff") as client:
        assert ask(client, fleet["home"], **wrong).status_code == 422
    assert built.conn.execute("select count(*) from campaign_exemptions").fetchone() == (0,)


def test_after_the_holiday_nothing_is_asked_answered_or_confirmed(
    after: ServedPages, built: District, fleet: dict[str, int]
) -> None:
    with after.someone("head") as client:
        assert ask(client, fleet["home"]).status_code == 409
        assert send(client, "/seals", vehicle=[fleet["home"]]).status_code == 409
    assert built.conn.execute("select count(*) from campaign_seals").fetchone() == (0,)


def test_confidential_cars_leave_no_trace_and_no_count(after: ServedPages) -> None:
    with after.someone("staff") as staff, after.someone("head") as head:
        assert not any(SECRET in staff.get(path).text for path in SHOWN)
        assert SECRET in head.get(PAGE).text
        assert SECRET in head.get(f"/api{PAGE}/sealing").text
        told = [client.get(f"/api{PAGE}").json()["papers"][-1]["figures"]["cars"] for client in (staff, head)]
    assert told == [8, 9]


def test_the_summary_names_units_by_what_is_known_of_them(after: ServedPages) -> None:
    with after.someone("auditor") as client:
        told = client.get(f"/api{PAGE}").json()
        page = client.get(PAGE).text
    units = {unit["unit"]: (unit["clean"], unit["figures"]["violations"]) for unit in told["units"]}
    assert units == {"区教育局": (False, 1), "区财政局": (False, 1)}
    assert [paper["kind"] for paper in told["papers"]] == [
        "notice", "list", "progress", *["digest"] * 7, "summary",
    ]  # fmt: skip
    assert "专项小结" in page


def test_the_years_page_says_from_when_on_nothing_is_known(before: ServedPages) -> None:
    with before.someone("staff") as client:
        assert "自 2026年12月28日 周一 起的放假安排未公布" in client.get("/campaigns").text
        assert "自 2027年1月1日 周五 起" in client.get("/campaigns?year=2027").text
        assert client.get("/api/campaigns?year=2027").json()["campaigns"] == []
        assert client.get("/api/campaigns").json()["campaigns"][0]["key"] == KEY, "the current one"
        assert client.get("/campaigns/2026-qingming").status_code == 404, "it was never opened"
        assert PAGE in client.get("/").text, "the banner"


def test_everything_is_there_in_english(after: ServedPages) -> None:
    with after.someone("head") as client:
        assert "Holiday campaigns of 2026" in client.get("/campaigns?lang=en").text
        assert "Units without violation" in client.get(PAGE).text
