"""JSON for programs: health, the schema that it follows, facts and tracks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from store.migrate import shipped
from tests.fixtures.pages import NOON, ServedPages
from tests.integration.api.builders import District, local, spans_evidence

SPAN = {"since": "2026-10-02T00:00:00+08:00", "until": "2026-10-03T00:00:00+08:00"}


def test_health_says_ok(pages: ServedPages) -> None:
    with pages.visitor() as client:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_says_which_migrations_are_missing(pages: ServedPages, built: District) -> None:
    last = shipped()[-1].name
    built.conn.execute("delete from schema_migrations where name = %s", (last,))
    with pages.visitor() as client:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["missing"]) == (503, [last])


def test_without_a_database_health_and_pages_say_so(pages: ServedPages, built: District) -> None:
    with pages.admin() as client:
        built.conn.execute("alter table latest_positions rename to gone")
        assert client.get("/api/live").status_code == 503
        assert "暂时连不上数据库" in client.get("/").text
        assert client.get("/api/live").json()["error"]["code"] == "no_database"


def test_live_says_where_the_cars_are(pages: ServedPages, built: District) -> None:
    built.latest(built.vehicle(), NOON, speed_kmh=30)
    built.vehicle("苏N00002")
    with pages.admin() as client:
        body = client.get("/api/live").json()
    assert body["counts"] == {"driving": 1, "standing": 0, "silent": 1}
    assert [(car["plate"], car["lon"], car["lat"]) for car in body["cars"]] == [
        ("苏N12345", 118.293, 33.942),
        ("苏N00002", None, None),
    ]


def test_a_violation_comes_with_its_evidence(pages: ServedPages, built: District) -> None:
    start, end = local("2026-10-02 14:00"), local("2026-10-02 14:30")
    evidence = spans_evidence([(start, start + timedelta(minutes=10))])
    violation = built.violation(built.vehicle(), "R06", start, evidence=evidence)
    with pages.admin() as client:
        body = client.get(f"/api/violations/{violation}").json()
    assert (body["rule_id"], body["total_s"], body["evidence"]) == ("R06", 600, evidence)
    assert body["end_at"] == end.isoformat().replace("+00:00", "Z")


def test_facts_and_track_of_a_day(pages: ServedPages, built: District) -> None:
    car, start = built.vehicle(), local("2026-10-02 14:00")
    built.track(car, start, minutes=10)
    built.trip(car, start, start + timedelta(minutes=10), distance_m=7500)
    with pages.admin() as client:
        facts = client.get(f"/api/vehicles/{car}/facts", params=SPAN).json()
        track = client.get(f"/api/vehicles/{car}/track", params=SPAN).json()
    assert [trip["distance_m"] for trip in facts["trips"]] == [7500]
    assert facts["stops"] == facts["gaps"] == []
    assert len(track["rows"]) == 61
    assert track["rows"][0] == ["2026-10-02T06:00:00Z", 118.293, 33.942, 45.0]


@pytest.mark.parametrize(
    "span",
    [
        {"since": "2026-10-02T00:00:00", "until": "2026-10-03T00:00:00"},
        {"since": "2026-10-02T00:00:00Z", "until": "2026-10-02T00:00:00Z"},
        {"since": "2026-10-01T00:00:00Z", "until": "2026-10-10T00:00:00Z"},
        {"since": "0001-01-01T00:00:00Z", "until": "0001-01-02T00:00:00Z"},
    ],
)
def test_a_span_without_offset_or_end_is_refused(pages: ServedPages, built: District, span: dict[str, str]) -> None:
    with pages.admin() as client:
        answer = client.get(f"/api/vehicles/{built.vehicle()}/track", params=span)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["where"].startswith("query.")


def test_every_error_has_one_shape(pages: ServedPages) -> None:
    with pages.admin() as client:
        answers = [
            client.get("/api/nowhere"),
            client.post("/api/live"),
            client.get("/api/violations/0"),
            client.get("/api/violations/7"),
            client.get("/api/vehicles/1/facts"),
        ]
    assert [answer.status_code for answer in answers] == [404, 405, 422, 404, 422]
    for answer in answers:
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "details"}
        assert set(error["message"]) == {"zh", "en"}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_the_api_keeps_what_its_schema_promises(pages: ServedPages, built: District, mode: GenerationMode) -> None:
    """Schemathesis makes requests up from the schema and holds the answers against it."""
    car, start = built.vehicle(), local("2026-10-02 14:00")
    built.track(car, start)
    built.trip(car, start, start + timedelta(minutes=30))
    built.violation(car, "R06", start)
    with pages.admin() as client:
        schema = schemathesis.openapi.from_dict(client.get("/api/openapi.json").json())
        operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
        assert len(operations) == 34
        for operation in operations:
            hold_against_schema(operation, mode, pages.url, dict(client.cookies))


def hold_against_schema(operation: Any, mode: GenerationMode, url: str, cookies: dict[str, str]) -> None:
    if mode is GenerationMode.NEGATIVE and not list(operation.iter_parameters()):
        return  # nothing that could be bad

    @settings(max_examples=20, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(mode))
    def holds(case: schemathesis.Case[Any]) -> None:
        # An empty text is taken for a number that is not given, as forms send it. That a span has eight days at
        # most cannot be said in the schema. The schema does not speak of sessions; test_sign_in does.
        excluded = [negative_data_rejection, positive_data_acceptance, ignored_auth]
        case.call_and_validate(base_url=url, cookies=cookies, excluded_checks=excluded)

    holds()
