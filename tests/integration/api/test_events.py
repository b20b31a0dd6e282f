"""What open pages hear, and that they do not keep the server from stopping."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.fixtures.pages import NOON, ServedPages, served, sign_in
from tests.integration.api.builders import District, local

Event = tuple[str, Any]


def heard(stream: httpx.Response) -> Iterator[Event]:
    """Events as they come: name and data."""
    name = ""
    for line in stream.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def next_of(events: Iterator[Event], wanted: str) -> Any:
    return next(data for name, data in events if name == wanted)


@pytest.fixture
def car(built: District) -> int:
    vehicle = built.vehicle()
    built.latest(vehicle, NOON - timedelta(seconds=5), speed_kmh=0)
    return vehicle


def test_a_page_hears_all_cars_first_and_then_what_moved(pages: ServedPages, built: District, car: int) -> None:
    built.latest(built.vehicle("苏N00002"), NOON, speed_kmh=0)
    with pages.admin() as client, client.stream("GET", "/events") as stream:
        events = heard(stream)
        first = next_of(events, "positions")
        assert {one["plate"] for one in first["cars"]} == {"苏N12345", "苏N00002"}
        assert first["counts"] == {"driving": 0, "standing": 2, "silent": 0}
        built.latest(car, NOON, lon_e7=1_183_000_000, speed_kmh=48.04)
        then = next_of(events, "positions")
    assert then["counts"] == {"driving": 1, "standing": 1, "silent": 0}
    (moved,) = then["cars"]
    assert moved == {
        "vehicle_id": car,
        "plate": "苏N12345",
        "unit": "苏N12345所属单位",
        "state": "driving",
        "ts": "2026-10-09T00:30:00+00:00",
        "lon": 118.3,
        "lat": 33.942,
        "speed_kmh": 48.0,
        "heading_deg": 45,
    }


def test_a_page_hears_of_an_alert_as_it_is_raised(pages: ServedPages, built: District, car: int) -> None:
    violation = built.violation(car, "R06", local("2026-10-09 08:00"))
    with pages.admin() as client, client.stream("GET", "/events") as stream:
        events = heard(stream)
        next_of(events, "positions")  # it listens by now
        alert = built.alert(violation, NOON)
        told = next(data for name, data in events if name == "alert" and data["alert"] is not None)
    assert told == {"alert": alert}


def test_a_page_hears_again_after_the_database_dropped_the_connection(
    pages: ServedPages, built: District, car: int
) -> None:
    violation = built.violation(car, "R06", local("2026-10-09 08:00"))
    with pages.admin() as client, client.stream("GET", "/events") as stream:
        events = heard(stream)
        next_of(events, "positions")
        built.conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name like 'gongche%' and datname = current_database()"
        )
        # Once it listens again it says so without an alert's id: whatever was raised meanwhile is fetched then.
        assert next_of(events, "alert") == {"alert": None}
        alert = built.alert(violation, NOON)
        assert next_of(events, "alert") == {"alert": alert}


def test_an_open_page_does_not_keep_the_server_from_stopping(pages: ServedPages) -> None:
    ended = threading.Event()

    def watch(client: httpx.Client, listening: threading.Event) -> None:
        with client.stream("GET", "/events") as stream:
            listening.set()
            for _ in stream.iter_lines():
                pass
        ended.set()

    with httpx.Client() as client:
        with served(pages.site) as second:
            client.base_url = second.url
            sign_in(client)
            listening = threading.Event()
            thread = threading.Thread(target=watch, args=(client, listening))
            thread.start()
            assert listening.wait(10)
        # Left: the server has stopped (served() asserts so); the stream ended in order, not broken off.
        thread.join(10)
        assert ended.is_set()


def test_a_visitor_hears_nothing(pages: ServedPages) -> None:
    with pages.visitor() as client:
        assert client.get("/events").status_code == 401


@pytest.mark.parametrize("ending", ["disable", "roles"])
def test_whoever_may_no_longer_hear_is_let_go(
    pages: ServedPages, built: District, car: int, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr("api.routes.events.LOOK_AGAIN_S", 0.2)
    name = pages.person("staff")
    with pages.someone("staff") as client, client.stream("GET", "/events", timeout=20) as stream:
        lines = stream.iter_lines()
        assert any(line.startswith("event: positions") for line in lines), f"car {car} is told of"
        statements = {
            "disable": "update users set disabled_at = now() where name = %s",
            "roles": "update users set roles = '{finance}' where name = %s",
        }
        built.conn.execute(statements[ending].encode(), (name,))
        assert [line for line in lines if line.startswith("event: alert")] == [], "the stream ends, and in order"


def test_whoever_may_hears_on_while_the_session_is_looked_at_again(
    pages: ServedPages, built: District, car: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.routes.events.LOOK_AGAIN_S", 0.05)
    with pages.someone("staff") as client, client.stream("GET", "/events") as stream:
        events = heard(stream)
        next_of(events, "positions")
        for moved in range(1, 4):
            built.latest(car, NOON, lon_e7=1_183_000_000 + moved * 10_000, speed_kmh=48)
            next_of(events, "positions")
