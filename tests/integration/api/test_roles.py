"""Role × route: who may do what, told in one table here and compared with what the pages do."""

from __future__ import annotations

import itertools
import re

import httpx
import pytest

from fleet.role import Role
from tests.fixtures.pages import ServedPages
from tests.integration.api.builders import District, local
from tests.integration.api.test_sign_in import routes

STAFF, HEAD, UNIT, FINANCE, AUDITOR, ADMIN = Role
OPEN = {*Role, None}
ALL = {*Role}
OF_CARS = {STAFF, HEAD, UNIT, AUDITOR}
OF_THE_CENTRE = {STAFF, HEAD}
OF_DRAWS = {STAFF, HEAD, AUDITOR}
OF_CLAIMS = {STAFF, HEAD, FINANCE, AUDITOR}
OF_PURCHASES = {STAFF, HEAD, UNIT, FINANCE, AUDITOR}

ALLOWED: dict[tuple[str, str], set[Role | None]] = {
    ("GET", "/health"): OPEN,
    ("GET", "/sign-in"): OPEN,
    ("POST", "/sign-in"): OPEN,
    ("POST", "/sign-out"): OPEN,
    ("GET", "/"): ALL,
    ("GET", "/password"): ALL,
    ("POST", "/password"): ALL,
    ("GET", "/fragments/system"): {STAFF, HEAD, AUDITOR, ADMIN},
    ("GET", "/fragments/alerts"): OF_CARS,
    ("GET", "/events"): OF_CARS,
    ("GET", "/violations"): OF_CARS,
    ("GET", "/violations/{violation_id}"): OF_CARS,
    ("GET", "/vehicles"): OF_CARS,
    ("GET", "/vehicles/{vehicle_id}"): OF_CARS,
    ("GET", "/maps/live"): OF_CARS,
    ("GET", "/maps/violations/{violation_id}"): OF_CARS,
    ("GET", "/maps/vehicles/{vehicle_id}"): OF_CARS,
    ("GET", "/api/live"): OF_CARS,
    ("GET", "/api/violations"): OF_CARS,
    ("GET", "/api/violations/{violation_id}"): OF_CARS,
    ("GET", "/api/vehicles"): OF_CARS,
    ("GET", "/api/vehicles/{vehicle_id}/facts"): OF_CARS,
    ("GET", "/api/vehicles/{vehicle_id}/track"): OF_CARS,
    ("GET", "/api/orders"): OF_CARS,
    ("GET", "/api/orders/by-number"): OF_CARS,
    ("GET", "/api/waivers"): OF_CARS,
    ("GET", "/api/rosters"): OF_CARS,
    ("POST", "/api/orders"): OF_THE_CENTRE | {UNIT},
    ("POST", "/api/waivers"): OF_THE_CENTRE,
    ("POST", "/api/rosters"): OF_THE_CENTRE,
    ("GET", "/draws"): OF_DRAWS,
    ("GET", "/draws/coverage"): OF_DRAWS,
    ("GET", "/draws/{week}/draw.json"): OF_DRAWS,
    ("GET", "/draws/{week}/{vehicle_id}"): OF_DRAWS,
    ("POST", "/draws/{week}/{vehicle_id}"): OF_THE_CENTRE,
    ("POST", "/draws/{week}/again"): OF_THE_CENTRE,
    ("POST", "/draws/{week}/{vehicle_id}/case"): OF_THE_CENTRE,
    ("GET", "/cases"): OF_CARS,
    ("POST", "/cases"): OF_THE_CENTRE,
    ("GET", "/cases/{case_id}"): OF_CARS,
    ("POST", "/cases/{case_id}/acts"): OF_CARS,
    ("GET", "/cases/{case_id}/files/{file_id}"): OF_CARS,
    ("GET", "/ledger"): OF_CARS,
    ("GET", "/points"): OF_CARS,
    ("GET", "/tips"): OF_CARS,
    ("POST", "/tips"): OF_THE_CENTRE,
    ("GET", "/tips/{tip_id}"): OF_CARS,
    ("POST", "/tips/{tip_id}/check"): OF_THE_CENTRE,
    ("POST", "/tips/{tip_id}/answer"): OF_THE_CENTRE,
    ("GET", "/api/cases"): OF_CARS,
    ("GET", "/api/cases/{case_id}"): OF_CARS,
    ("POST", "/api/cases"): OF_THE_CENTRE,
    ("POST", "/api/cases/{case_id}/acts"): OF_CARS,
    ("GET", "/devices"): OF_CARS | {ADMIN},
    ("GET", "/devices/one"): OF_CARS | {ADMIN},
    ("GET", "/api/devices"): OF_CARS | {ADMIN},
    ("GET", "/metrics"): set(),
    ("GET", "/outbox"): {STAFF, HEAD, AUDITOR, ADMIN},
    ("GET", "/api/outbox"): {STAFF, HEAD, AUDITOR, ADMIN},
    ("POST", "/outbox/{delivery_id}/retry"): {STAFF, HEAD, ADMIN},
    ("GET", "/targets"): {ADMIN},
    ("POST", "/targets"): {ADMIN},
    ("GET", "/targets/{target_id}"): {ADMIN},
    ("POST", "/targets/{target_id}"): {ADMIN},
    ("POST", "/targets/{target_id}/key"): {ADMIN},
    ("POST", "/targets/{target_id}/disable"): {ADMIN},
    ("POST", "/targets/{target_id}/enable"): {ADMIN},
    ("POST", "/targets/{target_id}/test"): {ADMIN},
    ("GET", "/campaigns"): OF_CARS,
    ("GET", "/campaigns/{key}"): OF_CARS,
    ("POST", "/campaigns/{key}/seals"): OF_THE_CENTRE | {UNIT},
    ("POST", "/campaigns/{key}/exemptions"): OF_THE_CENTRE | {UNIT},
    ("POST", "/campaigns/{key}/exemptions/{exemption_id}/answer"): {HEAD},
    ("GET", "/api/campaigns"): OF_CARS,
    ("GET", "/api/campaigns/{key}"): OF_CARS,
    ("GET", "/api/campaigns/{key}/sealing"): OF_CARS,
    ("GET", "/finance"): OF_CLAIMS,
    ("POST", "/finance/checks"): {STAFF, HEAD, FINANCE},
    ("GET", "/finance/checks/{check_id}"): OF_CLAIMS,
    ("GET", "/finance/checks/{check_id}/result"): OF_CLAIMS,
    ("GET", "/finance/rows/{row_id}"): OF_CLAIMS,
    ("POST", "/finance/rows/{row_id}/appeals"): {HEAD, FINANCE},
    ("POST", "/finance/appeals/{appeal_id}/answer"): {HEAD},
    ("POST", "/api/finance/checks"): {STAFF, HEAD, FINANCE},
    ("GET", "/api/finance/checks"): OF_CLAIMS,
    ("GET", "/api/finance/checks/{check_id}/rows"): OF_CLAIMS,
    ("GET", "/api/finance/checks/{check_id}/result"): OF_CLAIMS,
    ("POST", "/api/finance/rows/{row_id}/appeals"): {HEAD, FINANCE},
    ("POST", "/api/finance/appeals/{appeal_id}/answer"): {HEAD},
    ("GET", "/purchases"): OF_PURCHASES,
    ("POST", "/purchases"): {UNIT},
    ("GET", "/purchases/register.xlsx"): OF_PURCHASES,
    ("GET", "/purchases/{purchase_id}"): OF_PURCHASES,
    ("POST", "/purchases/{purchase_id}/withdraw"): {UNIT},
    ("POST", "/purchases/{purchase_id}/meetings"): OF_THE_CENTRE,
    ("POST", "/purchases/{purchase_id}/votes"): OF_THE_CENTRE,
    ("POST", "/purchases/{purchase_id}/decision"): {HEAD},
    ("GET", "/api/purchases"): OF_PURCHASES,
    ("GET", "/api/purchases/{purchase_id}"): OF_PURCHASES,
    ("GET", "/reports"): OF_CARS,
    ("GET", "/reports/draft"): OF_THE_CENTRE,
    ("GET", "/reports/draft/{form}"): OF_THE_CENTRE,
    ("POST", "/reports"): OF_THE_CENTRE,
    ("GET", "/reports/{report_id}"): OF_CARS,
    ("GET", "/reports/{report_id}/{form}"): OF_CARS,
    ("GET", "/api/reports"): OF_CARS,
    ("POST", "/api/reports"): OF_THE_CENTRE,
    ("GET", "/api/reports/{report_id}"): OF_CARS,
    ("GET", "/api/reports/{report_id}/files/{form}"): OF_CARS,
    ("GET", "/audit"): {AUDITOR},
    ("GET", "/people"): {ADMIN},
    ("POST", "/people"): {ADMIN},
    ("GET", "/people/{person_id}"): {ADMIN},
    ("POST", "/people/{person_id}/roles"): {ADMIN},
    ("POST", "/people/{person_id}/password"): {ADMIN},
    ("POST", "/people/{person_id}/disable"): {ADMIN},
    ("POST", "/people/{person_id}/enable"): {ADMIN},
}
"""A route that is new needs its row here. None: whoever has not signed in. /metrics lets in a token and nobody else."""
ASKED = [(method, route.path) for route in routes() for method in sorted(route.methods)]


def test_the_table_has_a_row_for_each_route_and_no_other() -> None:
    assert sorted(ALLOWED) == sorted(ASKED)


@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_each_role_is_let_in_where_the_table_says_so_and_nowhere_else(
    pages: ServedPages, built: District, role: Role | None
) -> None:
    unit = built.unit()
    vehicle = built.vehicle("苏N12345", unit=unit)
    violation = built.violation(vehicle, "R06", local("2026-10-09 08:00"))
    ids: dict[str, object] = {name: 1 for _, path in ASKED for name in re.findall(r"{(\w+)}", path)}
    ids |= {"vehicle_id": vehicle, "violation_id": violation}
    ids |= {"week": "2026-W41", "key": "2026-national-day", "form": "pdf"}
    signed_in = pages.visitor() if role is None else pages.someone(role, unit_id=unit if role is UNIT else None)
    with signed_in as client:
        for method, path in ASKED:
            is_let_in = answers(client, method, path.format(**ids))
            assert is_let_in is (role in ALLOWED[method, path]), f"{role}: {method} {path}"


def answers(client: httpx.Client, method: str, address: str) -> bool:
    """Whether the route is gone into. An empty request is refused there as incomplete (422) or as a strange form."""
    with client.stream(method, address) as answer:
        if answer.status_code == 303:
            return address in ("/sign-in", "/sign-out") or not answer.headers["location"].startswith("/sign-in")
        if answer.status_code != 403:
            return answer.status_code != 401 and not answer.is_server_error
        return "表单已过期" in answer.read().decode()


def test_several_roles_may_what_any_of_them_may(pages: ServedPages) -> None:
    with pages.someone("staff", "admin") as client:
        assert [client.get(path).status_code for path in ("/violations", "/people", "/audit")] == [200, 200, 403]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(("/violations", "/people", "/audit"), 2)))
def test_nobody_but_several_roles_has_two_of_the_three_administrations(one: str, other: str) -> None:
    """System, oversight and audit are kept apart (三员分立)."""
    together = ALLOWED["GET", one] & ALLOWED["GET", other]
    assert together <= {AUDITOR}, "the auditor sees what is audited; nobody else has two of them"
