"""Cars of confidential mail: no trace of them for whoever may not see them, on any route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import httpx
import pytest
from fastapi.routing import APIRoute

from fleet.week import Week
from tests.builders.drawing import draw_now
from tests.fixtures.pages import NOON, ServedPages
from tests.integration.api.builders import District, local
from tests.integration.api.test_events import heard, next_of
from tests.integration.api.test_sign_in import OPEN, routes

SECRET, OPENLY = "苏N98765", "苏N12345"
TRACE = "98765"
"""In its plate and in its unit's name, however a page writes those."""
PUBLISHED = "/draws/{week}/draw.json"
"""For everybody: such a car stands in it by a pseudonym."""
ROUTES = [
    route
    for route in routes()
    if route.path not in OPEN and route.path not in {"/events", PUBLISHED} and "GET" in route.methods
]
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
    "/api/rosters": "?name=R-98765",
}
"""Not without these queries."""


@pytest.fixture
def secret(built: District) -> dict[str, int]:
    """A confidential car beside an open one, each with a drive, a violation and an alert of today; ids of the first."""
    ids = {}
    for plate, use_class in ((OPENLY, "general"), (SECRET, "confidential_mail")):
        vehicle = built.vehicle(plate, use_class=use_class)
        start = NOON - timedelta(minutes=40)
        built.track(vehicle, start)
        built.trip(vehicle, start, start + timedelta(minutes=30))
        violation = built.violation(vehicle, "R06", local("2026-10-09 08:00"))
        built.alert(violation, NOON - timedelta(minutes=5))
        ids = {"vehicle_id": vehicle, "violation_id": violation}
    during = "tstzrange('2026-10-08 08:00Z', '2026-10-08 10:00Z')"
    for statement in (
        "insert into orders (number, vehicle_id, during, reason, filed_at)"
        f" values ('D-7', %s, {during}, '机要', '2026-10-08 00:00Z')",
        f"insert into waivers (vehicle_id, kind, during, reason) values (%s, 'other', {during}, '机要')",
    ):
        built.conn.execute(statement.encode(), (ids["vehicle_id"],))
    return ids


@pytest.fixture(params=["staff", "head", "auditor"])
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(pages: ServedPages, built: District, role: str) -> Iterator[httpx.Client]:
    """Somebody of that role."""
    with pages.admin() as client:
        built.conn.execute("update users set role = %s", (role,))
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
    client: httpx.Client, role: str, pages: ServedPages, secret: dict[str, int]
) -> None:
    week = str(Week(draw_now(pages.site.dsn, NOON).week))
    assert TRACE not in client.get(PUBLISHED.format(week=week)).text
    traces = set()
    for route in ROUTES:
        for address in addresses(route, {**secret, "week": week}):
            answer = client.get(address)
            hidden = role == "staff" and ("{" in route.path or route.path == "/api/orders/by-number")
            assert answer.status_code == (404 if hidden or route.path == "/api/rosters" else 200), address
            if route.path == "/api/rosters":
                continue  # there is none
            traces |= {address} if TRACE in answer.text else set()
    if role == "staff":
        assert traces == set()
    else:
        expected = {
            "/",
            "/fragments/alerts",
            "/vehicles",
            "/violations",
            "/draws",
            "/api/live",
            "/api/vehicles",
            "/api/violations",
        }
        expected |= {path + query for path, query in ASKED.items()}
        expected |= {path + query for path, query in NEEDED.items() if path != "/api/rosters"}
        assert expected <= traces
        assert sum("/{" in route.path for route in ROUTES) >= 7


@pytest.mark.parametrize("role", ["staff"])
def test_counts_do_not_tell_of_it(client: httpx.Client, built: District, secret: dict[str, int]) -> None:
    """What staff sees is what it would see if there were no such car."""
    paths = ["/", "/fragments/alerts", "/vehicles", "/violations", "/api/vehicles", "/api/violations", "/api/live"]
    built.conn.execute("delete from marks")
    seen = [client.get(path).text for path in paths]
    for statement in (
        "delete from alerts where violation_id = %(violation_id)s",
        "delete from violation_changes where violation_id = %(violation_id)s",
        "delete from violations where id = %(violation_id)s",
        "delete from latest_positions where vehicle_id = %(vehicle_id)s",
        "delete from enrolments where vehicle_id = %(vehicle_id)s",
        "delete from orders where vehicle_id = %(vehicle_id)s",
        "delete from waivers where vehicle_id = %(vehicle_id)s",
        "delete from judge_states where vehicle_id = %(vehicle_id)s",
        "delete from vehicles where id = %(vehicle_id)s",
        "delete from marks",
    ):
        built.conn.execute(statement.encode(), secret)
    assert [client.get(path).text for path in paths] == seen


def test_open_pages_hear_of_it_only_if_they_may(
    client: httpx.Client, role: str, built: District, secret: dict[str, int]
) -> None:
    with client.stream("GET", "/events") as stream:
        events = heard(stream)
        first = next_of(events, "positions")
        assert len(first["cars"]) == sum(first["counts"].values()) == (1 if role == "staff" else 2)
        of_secret = built.alert(built.violation(secret["vehicle_id"], "R05", local("2026-10-09 08:10")), NOON)
        of_open = built.alert(built.violation(secret["vehicle_id"] - 1, "R05", local("2026-10-09 08:10")), NOON)
        told: list[int | None] = []
        while not told or told[-1] != of_open:
            told.append(next_of(events, "alert")["alert"])
    assert (of_secret in told) is (role != "staff")
