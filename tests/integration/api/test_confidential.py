"""Cars beyond somebody's scope: no trace of them on any route for whoever may not see them.

Cars of confidential mail are beyond the staff's; those of other units beyond a unit manager's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from fastapi.routing import APIRoute

from fleet.role import Role
from fleet.week import Week
from store.sql import load, query_files
from tests.builders.drawing import draw_now
from tests.fixtures.pages import NOON, ServedPages
from tests.integration.api.builders import HOME, District, local
from tests.integration.api.test_events import heard, next_of
from tests.integration.api.test_roles import ALLOWED
from tests.integration.api.test_sign_in import OPEN, routes

SECRET, OPENLY = "苏N98765", "苏N12345"
TRACE = "98765"
"""In its plate and in its unit's name, however a page writes those."""
TRACKER = "T-secret"
"""Its own: that a list does not name it is held by test_devices.py, as an answer may say what was asked for."""
PUBLISHED = "/draws/{week}/draw.json"
"""For everybody: such a car stands in it by a pseudonym."""
CAMPAIGNS = {"/campaigns/{key}", "/api/campaigns/{key}", "/api/campaigns/{key}/sealing"}
"""Of a campaign, not of a car."""
PURCHASES = {"/purchases/{purchase_id}", "/api/purchases/{purchase_id}"}
"""Of a request, which is its unit's (test_purchases.py)."""
ELSEWHERE = {"/events", PUBLISHED, "/cases/{case_id}/files/{file_id}", "/tips/{tip_id}"} | CAMPAIGNS | PURCHASES
"""Looked at by tests of their own."""
ROUTES = [
    route
    for route in routes()
    if route.path not in OPEN | ELSEWHERE
    and "/finance" not in route.path
    and "/reports/" not in route.path
    and "GET" in route.methods
]
"""Without the finance gate's: a claims sheet brings its plates along, and tells nothing of such a car
(tests/finance). Without those of single reports: what may stand in them is held by test_reports.py."""
ASKED = {
    "/vehicles": "?q=N9876",
    "/violations": "?plate=N9876&sort=oldest",
    "/api/vehicles": "?q=N9876",
    "/api/violations": "?plate=N9876",
}
"""Also with these queries, which a page may show again."""
SINCE_UNTIL = "?since=2026-10-08T00:00Z&until=2026-10-10T00:00Z"
NEEDED = {
    "/api/orders": f"{SINCE_UNTIL}&plate={SECRET}",
    "/api/waivers": f"{SINCE_UNTIL}&plate={SECRET}",
    "/api/orders/by-number": "?number=D-7",
    "/api/rosters": "?name=R-7",
    "/devices/one": f"?tracker={TRACKER}",
}
"""Not without these queries."""
NOT_THERE = {"/api/orders/by-number", "/api/rosters", "/devices/one"}
"""Of one thing, though nothing of it stands in the path."""


LOOKERS = {
    "staff": ("staff", "confidential_mail", "of another unit", False),
    "head": ("head", "confidential_mail", "of another unit", True),
    "auditor": ("auditor", "confidential_mail", "of another unit", True),
    "unit manager": ("unit_manager", "general", "of another unit", False),
    "unit manager above": ("unit_manager", "general", "of a unit below", True),
    "unit manager, confidential": ("unit_manager", "confidential_mail", "of a unit below", False),
}
"""Who looks, and at which car: its class of use, whose it is, and whether it is shown to them."""


@dataclass(frozen=True)
class Looker:
    role: Role
    use_class: str
    whose: str
    sees: bool


@pytest.fixture(params=LOOKERS)
def looker(request: pytest.FixtureRequest) -> Looker:
    role, *others = LOOKERS[request.param]
    return Looker(Role(role), *others)


@pytest.fixture
def secret(built: District, looker: Looker) -> dict[str, int]:
    """A car that is perhaps beyond the looker's scope beside an open one, each with a drive, a violation and an alert
    of today; ids of the first. The open one's unit is that of the unit manager."""
    ids = {}
    own = built.unit("本单位")
    other = built.unit(f"{SECRET}所属单位")
    if looker.whose == "of a unit below":
        between = built.unit("中间单位")
        built.conn.execute("update units set parent_id = %s where id = %s", (own, between))
        built.conn.execute("update units set parent_id = %s where id = %s", (between, other))
    for plate, use_class, unit in ((OPENLY, "general", own), (SECRET, looker.use_class, other)):
        vehicle = built.vehicle(plate, unit=unit, use_class=use_class)
        if looker.use_class == "general":
            built.zone(f"{plate}停放点", "home", HOME, unit)
        start = NOON - timedelta(minutes=40)
        built.track(vehicle, start)
        built.trip(vehicle, start, start + timedelta(minutes=30))
        violation = built.violation(vehicle, "R06", local("2026-10-09 08:00"))
        built.alert(violation, NOON - timedelta(minutes=5))
        built.tracker(TRACKER if plate == SECRET else "T-12345", vehicle)
        ids = {"vehicle_id": vehicle, "violation_id": violation, "own": own}
    during = "tstzrange('2026-10-08 08:00Z', '2026-10-08 10:00Z')"
    for statement in (
        "insert into orders (number, vehicle_id, during, reason, filed_at)"
        f" values ('D-7', %s, {during}, '机要', '2026-10-08 00:00Z')",
        f"insert into waivers (vehicle_id, kind, during, reason) values (%s, 'other', {during}, '机要')",
        "with r as (insert into rosters (name, source, sha256) values ('R-7', 'x', '') returning id)"
        " insert into waivers (vehicle_id, kind, during, reason, roster_id)"
        f" select %s, 'duty', {during}, '值班 98765', id from r",
    ):
        built.conn.execute(statement.encode(), (ids["vehicle_id"],))
    return ids


@pytest.fixture
def client(pages: ServedPages, secret: dict[str, int], looker: Looker) -> Iterator[httpx.Client]:
    """The looker, signed in."""
    with pages.someone(looker.role, unit_id=secret["own"] if looker.role is Role.UNIT_MANAGER else None) as client:
        yield client


def addresses(route: APIRoute, ids: Mapping[str, object]) -> list[str]:
    """A route's addresses for the secret car. A parameter in a path that is a new one has to be given a value above."""
    path = route.path.format(**ids)
    if route.path in NEEDED:
        return [path + NEEDED[route.path]]
    if route.path in ASKED:
        return [path, path + ASKED[route.path]]
    return [path + (SINCE_UNTIL if path.endswith(("/facts", "/track")) else "")]


def test_every_route_shows_it_to_those_who_may_and_nobody_else(
    client: httpx.Client, looker: Looker, pages: ServedPages, secret: dict[str, int]
) -> None:
    week = str(Week(draw_now(pages.site.dsn, NOON).week))
    if looker.role in ALLOWED["GET", PUBLISHED]:
        assert TRACE not in client.get(PUBLISHED.format(week=week)).text
    with pages.someone("head", "staff") as centre:
        case = centre.post("/api/cases", json={"violation_id": secret["violation_id"]}).json()["id"]
    ids = {**secret, "week": week, "case_id": case}
    traces = set()
    for route in ROUTES:
        if looker.role not in ALLOWED["GET", route.path]:
            continue
        for address in addresses(route, ids):
            answer = client.get(address)
            hidden = not looker.sees and ("{" in route.path or route.path in NOT_THERE)
            assert answer.status_code == (404 if hidden else 200), address
            traces |= {address} if TRACE in answer.text else set()
    if not looker.sees:
        assert traces == set()
    else:
        expected = {
            "/",
            "/fragments/alerts",
            "/vehicles",
            "/violations",
            "/api/live",
            "/api/cases",
            "/cases",
            "/api/vehicles",
            "/api/violations",
            "/api/devices",
            "/devices",
        }
        expected |= {path + query for path, query in ASKED.items()}
        expected |= {path + query for path, query in NEEDED.items()}
        if looker.role in ALLOWED["GET", "/draws"]:
            expected.add("/draws")
        assert expected <= traces
        assert sum("/{" in route.path for route in ROUTES) >= 7


@pytest.mark.parametrize("looker", ["staff", "unit manager", "unit manager, confidential"], indirect=True)
def test_counts_do_not_tell_of_it(client: httpx.Client, built: District, secret: dict[str, int]) -> None:
    """What they see is what they would see if there were no such car."""
    paths = ["/", "/fragments/alerts", "/vehicles", "/violations", "/api/vehicles", "/api/violations", "/api/live"]
    paths += ["/devices", "/api/devices"]
    built.conn.execute("delete from marks")
    seen = [client.get(path).text for path in paths]
    for statement in (
        "delete from alerts where violation_id = %(violation_id)s",
        "delete from violation_changes where violation_id = %(violation_id)s",
        "delete from violations where id = %(violation_id)s",
        "delete from latest_positions where vehicle_id = %(vehicle_id)s",
        "delete from enrolments where vehicle_id = %(vehicle_id)s",
        "delete from fittings where vehicle_id = %(vehicle_id)s",
        "delete from tracker_days where tracker_id = (select id from trackers where code = 'T-secret')",
        "delete from trackers where code = 'T-secret'",
        "delete from orders where vehicle_id = %(vehicle_id)s",
        "delete from waivers where vehicle_id = %(vehicle_id)s",
        "delete from judge_states where vehicle_id = %(vehicle_id)s",
        "delete from zones where name like '%%98765%%'",
        "with units as (delete from vehicle_units where vehicle_id = %(vehicle_id)s)"
        " delete from vehicles where id = %(vehicle_id)s",
        "delete from marks",
    ):
        built.conn.execute(statement.encode(), secret)
    assert [client.get(path).text for path in paths] == seen


def test_open_pages_hear_of_it_only_if_they_may(
    client: httpx.Client, looker: Looker, built: District, secret: dict[str, int]
) -> None:
    with client.stream("GET", "/events") as stream:
        events = heard(stream)
        first = next_of(events, "positions")
        assert len(first["cars"]) == sum(first["counts"].values()) == (2 if looker.sees else 1)
        of_secret = built.alert(built.violation(secret["vehicle_id"], "R05", local("2026-10-09 08:10")), NOON)
        of_open = built.alert(built.violation(secret["vehicle_id"] - 1, "R05", local("2026-10-09 08:10")), NOON)
        told: list[int | None] = []
        while not told or told[-1] != of_open:
            told.append(next_of(events, "alert")["alert"])
    assert (of_secret in told) is looker.sees


@pytest.mark.parametrize("looker", ["unit manager", "unit manager above"], indirect=True)
def test_a_unit_manager_enters_orders_for_cars_that_they_see_and_for_no_other(
    client: httpx.Client, looker: Looker
) -> None:
    moments = {"start": "2026-10-12T08:00+08:00", "end": "2026-10-12T12:00+08:00", "filed_at": "2026-10-10T08:00+08:00"}

    def status(**order: str) -> int:
        return client.post("/api/orders", json={**moments, "reason": "下乡", **order}).status_code

    assert status(number="D-8", plate=OPENLY) == 200
    assert status(number="D-9", plate=SECRET) == (200 if looker.sees else 422)
    assert status(number="D-7", plate=OPENLY) == (200 if looker.sees else 422), "the number of the other car's order"
    assert client.post("/api/waivers", json=[]).status_code == 403
    assert client.post("/api/rosters", json={"name": "x", "duties": []}).status_code == 403


def test_a_query_that_leaves_out_confidential_cars_leaves_out_other_units_too() -> None:
    lacking = [
        f"{file}.{name}"
        for file in query_files()
        for name, query in load(file).items()
        if ("%(confidential)s" in query) is not ("%(unit_ids)s" in query)
    ]
    assert lacking == ["purchases.years"], "which tells of no car"
