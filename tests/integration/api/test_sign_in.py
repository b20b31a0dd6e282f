"""Who gets in, who does not, and what a browser is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute

from api.app import DATA, PAGES
from api.permission import Permission
from tests.fixtures.pages import NOON, ServedPages, served
from tests.fixtures.pages import sign_in as fill_in
from tests.integration.api.builders import District

OPEN = {"/sign-in", "/sign-out", "/health", "/metrics"}


def routes() -> list[APIRoute]:
    """Every route of the program."""
    return [route for module in (*PAGES, *DATA) for route in module.router.routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
def test_every_route_but_sign_in_health_and_metrics_asks_for_a_permission(route: APIRoute) -> None:
    asked = [getattr(one.call, "permission", None) for one in route.dependant.dependencies]
    assert (route.path in OPEN) is (not any(isinstance(one, Permission) for one in asked))


def test_a_visitor_is_sent_to_sign_in_and_back(pages: ServedPages) -> None:
    with pages.visitor() as client:
        sent = client.get("/violations")
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=/violations")
        assert fill_in(client, next="/violations").headers["location"] == "/violations"
        assert client.get("/violations").status_code == 200


def test_the_way_back_keeps_what_was_asked(pages: ServedPages) -> None:
    with pages.visitor() as client:
        sent = client.get("/violations?rule=R06&plate=苏N").headers["location"]
        assert sent == "/sign-in?next=/violations%3Frule%3DR06%26plate%3D%25E8%258B%258FN"
        page = client.get(sent).text
        assert 'name="next" value="/violations?rule=R06&amp;plate=%E8%8B%8FN"' in page


def test_a_part_of_a_page_asked_for_without_a_session_sends_the_whole_page_to_sign_in(pages: ServedPages) -> None:
    with pages.visitor() as client:
        sent = client.get("/fragments/alerts", headers={"hx-request": "true"})
    assert (sent.status_code, sent.headers["hx-redirect"]) == (401, "/sign-in?next=/")


def test_a_program_without_a_session_is_told_so(pages: ServedPages) -> None:
    with pages.visitor() as client:
        refused = client.get("/api/violations")
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "sign_in_first"


def test_signing_out_ends_the_session(pages: ServedPages) -> None:
    with pages.admin() as client:
        token = re.search(r'name="form_token" value="([^"]+)"', client.get("/").text)
        assert token is not None
        client.post("/sign-out", data={"form_token": token[1]})
        assert client.get("/").status_code == 303


def test_a_wrong_password_is_refused_without_saying_which_part_was_wrong(pages: ServedPages) -> None:
    with pages.visitor() as client:
        known, unknown = fill_in(client, password="wrong"), fill_in(client, name="nobody", password="wrong")
    assert known.status_code == unknown.status_code == 401
    assert "用户名或密码不正确" in known.text
    assert "用户名或密码不正确" in unknown.text


@pytest.mark.parametrize("name", ["admin", "nobody"])
def test_five_failures_lock_the_name_for_a_quarter_of_an_hour(pages: ServedPages, name: str) -> None:
    with pages.visitor() as client:
        for _ in range(4):
            assert fill_in(client, name=name, password="wrong").status_code == 401
        assert fill_in(client, name=name, password="wrong").status_code == 429
        locked = fill_in(client, name=name)
        assert locked.status_code == 429
        assert "08:45" in locked.text


def test_the_lock_survives_a_restart_and_ends(pages: ServedPages) -> None:
    with pages.visitor() as client:
        for _ in range(5):
            fill_in(client, password="wrong")
    in_14_min, in_16_min = NOON + timedelta(minutes=14), NOON + timedelta(minutes=16)
    with served(replace(pages.site, now=lambda: in_14_min)) as then, then.visitor() as client:
        assert fill_in(client).status_code == 429
    with served(replace(pages.site, now=lambda: in_16_min)) as then, then.visitor() as client:
        assert fill_in(client).status_code == 303


def test_a_form_of_another_site_is_refused(pages: ServedPages) -> None:
    with pages.visitor() as client:
        client.get("/sign-in")
        for token in ("", "x.y"):
            answer = client.post("/sign-in", data={"name": "admin", "password": "x", "form_token": token})
            assert answer.status_code == 403


def test_a_token_of_another_browser_is_refused(pages: ServedPages) -> None:
    with pages.visitor() as one, pages.visitor() as other:
        token = re.search(r'name="form_token" value="([^"]+)"', one.get("/sign-in").text)
        assert token is not None
        other.get("/sign-in")
        answer = other.post("/sign-in", data={"name": "admin", "password": "x", "form_token": token[1]})
    assert answer.status_code == 403


def test_a_forged_session_is_none(pages: ServedPages) -> None:
    with pages.admin() as client:
        cookie = client.cookies["gongche_session"]
    with pages.visitor() as client:
        client.cookies.set("gongche_session", cookie[:-2] + ("aa" if cookie[-2:] != "aa" else "bb"))
        assert client.get("/").status_code == 303


def test_a_new_password_ends_older_sessions(pages: ServedPages, built: District) -> None:
    with pages.admin() as client:
        built.conn.execute("update users set password_hash = 'another'")
        assert client.get("/").status_code == 303


def test_a_role_without_the_permission_is_refused(pages: ServedPages) -> None:
    with pages.someone("finance") as client:
        assert client.get("/violations").status_code == 403
        assert client.get("/api/live").json()["error"]["code"] == "not_allowed"


@pytest.mark.parametrize(
    "change", ["roles = '{staff}'", "roles = '{unit_manager}', unit_id = %(unit)s", "disabled_at = now()"]
)
def test_other_roles_another_unit_and_an_end_end_older_sessions(
    pages: ServedPages, built: District, change: str
) -> None:
    unit = built.unit()
    with pages.someone("head") as client:
        assert client.get("/").status_code == 200
        built.conn.execute(f"update users set {change} where name = 'a head'".encode(), {"unit": unit})
        assert client.get("/").status_code == 303


def test_somebody_who_is_disabled_is_refused_as_one_who_never_was(pages: ServedPages, built: District) -> None:
    name = pages.person("staff")
    built.conn.execute("update users set disabled_at = now() where name = 'a staff'")
    with pages.visitor() as client:
        assert [fill_in(client, name).status_code for _ in range(5)] == [401, 401, 401, 401, 429]


@pytest.mark.parametrize("next_", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_signing_in_never_leads_to_another_site(pages: ServedPages, next_: str) -> None:
    with pages.visitor() as client:
        assert fill_in(client, next=next_).headers["location"] == "/"


def test_cookies_are_kept_from_scripts_and_other_sites(pages: ServedPages) -> None:
    with pages.visitor() as client:
        set_cookies = client.get("/sign-in").headers.get_list("set-cookie")
        set_cookies += fill_in(client).headers.get_list("set-cookie")
    assert {cookie.split("=")[0] for cookie in set_cookies} == {"gongche_form", "gongche_session"}
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in set_cookies)


def test_a_page_may_load_nothing_but_what_we_serve(pages: ServedPages) -> None:
    with pages.admin() as client:
        policy = client.get("/violations").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_map_may_run_only_the_scripts_with_its_nonce(pages: ServedPages) -> None:
    with pages.admin() as client:
        first, second = client.get("/maps/live"), client.get("/maps/live")
    nonces = [re.findall(r"'nonce-([^']+)'", answer.headers["content-security-policy"]) for answer in (first, second)]
    assert nonces[0] != nonces[1]
    assert set(re.findall(r'<script nonce="([^"]+)">', first.text)) == set(nonces[0])
