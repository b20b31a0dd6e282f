"""Orders, waivers and rosters that machines send, over HTTP into a real database."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.fixtures.pages import ServedPages
from tests.integration.api.builders import DISTRICT, HOTEL, District

ORDER = {
    "number": "PC-1",
    "plate": "苏Ｎ·12345",
    "start": "2026-10-02T08:00:00+08:00",
    "end": "2026-10-02T18:00:00+08:00",
    "reason": "防汛",
    "filed_at": "2026-10-01T16:00:00+08:00",
}
WAIVER = {"plate": "苏N12345", "kind": "repair", "start": ORDER["start"], "end": ORDER["end"], "reason": "换变速箱"}
DUTY = {"plate": "苏N12345", "start": ORDER["start"], "end": ORDER["end"]}
SPAN = {"since": "2026-10-01T00:00:00+08:00", "until": "2026-10-08T00:00:00+08:00"}


@pytest.fixture(autouse=True)
def _car(built: District) -> None:
    """One car; nothing to be judged."""
    built.vehicle("苏N12345")
    marks(built)


def marks(built: District) -> int:
    """How many vehicles are to be judged, each since another moment; taken."""
    return len(set(built.conn.execute("delete from marks returning vehicle_id, since").fetchall()))


def order(client: httpx.Client, number: str = "PC-1") -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/orders/by-number", params={"number": number}).json()
    return found


def outcomes(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["outcome"] for row in answer.json()["rows"]]


# Orders ---------------------------------------------------------------------------------------------------------


def test_an_order_is_stored_once_however_often_it_is_sent(pages: ServedPages, built: District) -> None:
    with pages.admin() as client:
        assert outcomes(client.post("/api/orders", json=ORDER)) == ["new"]
        assert marks(built) == 1
        answer = client.post("/api/orders", json=[ORDER])
        assert (outcomes(answer), answer.json()["counts"]["same"]) == (["same"], 1)
        assert marks(built) == 0
        told = order(client)
    assert (told["plate"], told["start"], told["approved_at"]) == ("苏N12345", "2026-10-02T00:00:00Z", None)


def test_an_approval_and_a_cancellation_change_nothing_else(pages: ServedPages, built: District) -> None:
    with pages.admin() as client:
        client.post("/api/orders", json=ORDER | {"destination": "骆马湖", "out_of_district": True})
        before = order(client)
        approved = {"number": "PC-1", "approved_at": "2026-10-01T17:00:00+08:00"}
        assert outcomes(client.post("/api/orders", json=approved)) == ["changed"]
        cancelled = {"number": "PC-1", "cancelled_at": "2026-10-01T18:00:00+08:00"}
        assert outcomes(client.post("/api/orders", json=cancelled)) == ["changed"]
        assert outcomes(client.post("/api/orders", json=ORDER)) == ["same"]
        after = order(client)
    assert after == before | {"approved_at": "2026-10-01T09:00:00Z", "cancelled_at": "2026-10-01T10:00:00Z"}
    assert marks(built) == 1


def test_a_destination_is_a_zone_by_its_name_and_out_of_the_district_by_its_place(
    pages: ServedPages, built: District
) -> None:
    built.zone("宿豫区", "jurisdiction", DISTRICT)
    built.zone("骆马湖宾馆", "sensitive", HOTEL)
    far = {"destination": "南京", "destination_lon": 118.78, "destination_lat": 32.04, "datum": "gcj02"}
    with pages.admin() as client:
        client.post("/api/orders", json=ORDER | {"destination": "骆马湖宾馆"})
        near = order(client)
        client.post("/api/orders", json={"number": "PC-1", **far})
        away = order(client)
        client.post("/api/orders", json={"number": "PC-1", "destination": "骆马湖宾馆"})
        back = order(client)
    assert (near["destination_zone"], near["out_of_district"]) == ("骆马湖宾馆", False)
    assert (away["destination_zone"], away["out_of_district"]) == (None, True)
    assert 0.004 < 118.78 - away["destination_lon"] < 0.006
    assert back == near


def test_one_bad_row_and_nothing_is_stored_unless_that_is_asked(pages: ServedPages) -> None:
    rows = [
        ORDER,
        ORDER | {"number": "PC-2", "plate": "苏N99999"},
        ORDER | {"number": "PC-3", "end": ORDER["start"]},
        {"number": "PC-4", "approved_at": ORDER["filed_at"]},
        ORDER,
        ORDER | {"number": "PC-5", "destination_lon": 118.3},
        ORDER | {"number": "PC-6", "destination_lon": 118.3, "destination_lat": 33.9},
        ORDER | {"number": "PC-7", "plate": "没有"},
    ]
    wrong = ["1.plate", "2.end", "3.plate", "4.", "5.destination_lon", "6.datum", "7.plate"]
    with pages.admin() as client:
        refused = client.post("/api/orders", json=rows)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "rows_refused")
        details = refused.json()["error"]["details"]
        assert [detail["where"] for detail in details] == [f"body.{where}" for where in wrong]
        assert details[0]["message"] == "没有这辆车：苏N99999 / no such vehicle: 苏N99999"
        assert client.get("/api/orders/by-number", params={"number": "PC-1"}).status_code == 404
        taken = client.post("/api/orders", params={"partial": True}, json=rows)
        assert outcomes(taken) == ["new", *["refused"] * 7]
        assert set(taken.json()["rows"][1]["refused"]["reason"]) == {"zh", "en"}
        assert order(client)["number"] == "PC-1"


def test_orders_of_a_car_are_listed_by_their_start(pages: ServedPages) -> None:
    later = ORDER | {"number": "PC-0", "start": "2026-10-03T08:00:00+08:00", "end": "2026-10-03T09:00:00+08:00"}
    with pages.admin() as client:
        client.post("/api/orders", json=[later, ORDER])
        listed = client.get("/api/orders", params={"plate": "苏N 12345", **SPAN}).json()
        none = client.get("/api/orders", params={"plate": "苏N99999", **SPAN}).json()
        wrong = client.get("/api/orders", params={"plate": "苏N12345", "since": SPAN["until"], "until": SPAN["since"]})
    assert ([one["number"] for one in listed], none) == (["PC-1", "PC-0"], [])
    assert (wrong.status_code, wrong.json()["error"]["details"][0]["where"]) == (422, "query.until")


# What the request itself has to be ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        ORDER | {"start": "2026-10-02T08:00:00"},  # no offset
        ORDER | {"driver_phone": "13800000000"},
        ORDER | {"number": ""},
        ORDER | {"reason": "a\0b"},
        [ORDER] * 501,
        "PC-1",
    ],
)
def test_what_does_not_follow_the_schema_is_refused(pages: ServedPages, body: Any) -> None:
    with pages.admin() as client:
        answer = client.post("/api/orders", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


def test_a_body_that_is_no_text_is_told(pages: ServedPages) -> None:
    with pages.admin() as client:
        answer = client.post("/api/orders", content=b"\xff", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unreadable")


def test_a_body_that_is_too_large_or_of_unknown_length_is_not_read(pages: ServedPages) -> None:
    with pages.admin() as client:
        large = client.post("/api/orders", content=b" " * 1_000_001, headers={"content-type": "application/json"})
        unknown = client.post("/api/orders", content=iter([b"[", b"]"]), headers={"content-type": "application/json"})
    assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (411, "length_required")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_another_site_cannot_send_papers(pages: ServedPages, content_type: str) -> None:
    """A browser sends these along with its cookies unasked; JSON it does not."""
    with pages.admin() as client:
        answer = client.post("/api/orders", content=json.dumps(ORDER), headers={"content-type": content_type})
        assert answer.status_code == 422
        assert client.get("/api/orders/by-number", params={"number": "PC-1"}).status_code == 404


@pytest.mark.parametrize("path", ["orders", "waivers", "rosters"])
def test_papers_ask_for_a_session_and_a_permission(pages: ServedPages, path: str) -> None:
    with pages.visitor() as client:
        assert client.post(f"/api/{path}", json=[]).status_code == 401
    with pages.someone("auditor") as client:
        assert client.post(f"/api/{path}", json=[]).status_code == 403


# Waivers and rosters ----------------------------------------------------------------------------------


def test_a_waiver_carries_who_sent_it_and_is_the_same_again(pages: ServedPages) -> None:
    with pages.admin() as client:
        assert outcomes(client.post("/api/waivers", json=WAIVER)) == ["new"]
        assert outcomes(client.post("/api/waivers", json=[WAIVER])) == ["same"]
        assert outcomes(client.post("/api/waivers", json=WAIVER | {"reason": "大修"})) == ["changed"]
        twice = client.post("/api/waivers", params={"partial": True}, json=[WAIVER, WAIVER, WAIVER | {"reason": " "}])
        assert outcomes(twice) == ["changed", "refused", "refused"]
        (told,) = client.get("/api/waivers", params={"plate": "苏N12345", **SPAN}).json()
    assert (told["kind"], told["reason"], told["entered_by"]) == ("repair", "换变速箱", "admin")


def test_a_roster_is_replaced_by_the_next_of_its_name(pages: ServedPages, built: District) -> None:
    other = DUTY | {"start": "2026-10-03T08:00:00+08:00", "end": "2026-10-03T18:00:00+08:00", "person": "张三"}
    with pages.admin() as client:
        first = client.post("/api/rosters", json={"name": "国庆", "duties": [DUTY, other]})
        assert first.json() == {"new": 2, "changed": 0, "same": 0, "withdrawn": 0}
        marks(built)
        again = client.post("/api/rosters", json={"name": "国庆", "duties": [other, DUTY]})
        assert (again.json()["same"], marks(built)) == (2, 0)
        second = client.post("/api/rosters", json={"name": "国庆", "duties": [other]})
        assert (second.json(), marks(built)) == ({"new": 0, "changed": 0, "same": 1, "withdrawn": 1}, 1)
        (told,) = client.get("/api/rosters", params={"name": "国庆"}).json()
        assert (told["start"], told["reason"]) == ("2026-10-03T00:00:00Z", "值班：张三")
        assert client.get("/api/rosters", params={"name": "春节"}).status_code == 404


def test_a_roster_withdraws_no_duty_of_a_car_that_its_sender_may_not_see(pages: ServedPages, built: District) -> None:
    """A duty excuses: to lose it would accuse a car that the sender does not even know of."""
    with pages.admin() as client:
        client.post("/api/rosters", json={"name": "国庆", "duties": [DUTY]})
    built.conn.execute("update vehicles set use_class = 'confidential_mail'")
    with pages.someone("staff") as client:
        assert client.post("/api/rosters", json={"name": "国庆", "duties": []}).json()["withdrawn"] == 0
        assert client.get("/api/rosters", params={"name": "国庆"}).status_code == 404
    with pages.someone("head") as client:
        assert len(client.get("/api/rosters", params={"name": "国庆"}).json()) == 1


def test_a_roster_with_a_bad_duty_changes_nothing(pages: ServedPages) -> None:
    with pages.admin() as client:
        client.post("/api/rosters", json={"name": "国庆", "duties": [DUTY]})
        refused = client.post("/api/rosters", json={"name": "国庆", "duties": [DUTY | {"plate": "苏N99999"}]})
        assert refused.json()["error"]["details"][0]["where"] == "body.duties.0.plate"
        assert len(client.get("/api/rosters", params={"name": "国庆"}).json()) == 1
