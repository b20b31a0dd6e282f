"""The pages of people, of the own password and of the audit chain; and what each role finds first."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.fixtures.pages import NOON, PASSWORD, ServedPages, sign_in
from tests.integration.api.builders import District, local


def post(client: httpx.Client, path: str, **fields: str | list[str]) -> httpx.Response:
    """Sends a form of a page of ours."""
    token = re.search(r'name="form_token" value="([^"]+)"', client.get("/password").text)
    assert token is not None
    return client.post(path, data={"form_token": token[1], **fields})


def told_password(page: str) -> str:
    found = re.search(r'<code class="password">([^<]+)</code>', page)
    assert found is not None
    return found[1]


def acts(built: District) -> list[tuple[str, str, str]]:
    return built.conn.execute("select actor, act, subject from audit_entries order by number").fetchall()


def test_somebody_new_is_told_a_password_once_and_signs_in_with_it(pages: ServedPages, built: District) -> None:
    with pages.someone("admin") as client:
        made = told_password(post(client, "/people", name="王芳", role=["staff", "finance"]).text)
        assert made not in client.get("/people").text
        assert "已有用户 王芳" in post(client, "/people", name="王 芳", role="staff").text
    with pages.visitor() as client:
        assert sign_in(client, "王芳", made).status_code == 303
        assert "车管中心工作人员、财政" in client.get("/password").text
    assert acts(built)[1:] == [("a admin", "add_person", "王芳"), ("王芳", "sign_in", "王芳")]


def test_a_person_is_changed_disabled_and_let_in_again(pages: ServedPages, built: District) -> None:
    unit = built.unit("区教育局")
    with pages.someone("staff") as other, pages.someone("admin") as client:
        person = built.conn.execute("select id from users where name = 'a staff'").fetchone()[0]  # type: ignore[index]
        refused = post(client, f"/people/{person}/roles", role=["unit_manager"])
        assert (refused.status_code, "要有所属单位" in refused.text) == (422, True)
        assert post(client, f"/people/{person}/roles", role="unit_manager", unit_id=str(unit)).status_code == 303
        assert other.get("/").status_code == 303, "the session ended"
        made = told_password(post(client, f"/people/{person}/password").text)
        post(client, f"/people/{person}/disable")
        assert sign_in(other, "a staff", made).status_code == 401
        post(client, f"/people/{person}/enable")
        assert sign_in(other, "a staff", made).status_code == 303
        assert client.get("/people/999").status_code == 404
    assert [act for actor, act, _ in acts(built) if actor == "a admin"] == [
        *("sign_in", "change_roles", "reset_password", "disable_person", "enable_person")
    ]


def test_a_form_of_another_site_changes_nobody(pages: ServedPages, built: District) -> None:
    with pages.someone("admin") as client:
        assert client.post("/people", data={"name": "x", "role": "staff", "form_token": "x.y"}).status_code == 403
    assert acts(built) == [("a admin", "sign_in", "a admin")]


def test_the_own_password_is_changed_with_the_old_one_and_ends_other_sessions(pages: ServedPages) -> None:
    new = "three other words"
    with pages.someone("finance") as client, pages.someone("finance") as elsewhere:
        for old, again, why in ((PASSWORD, "other", "不一致"), ("wrong", new, "不正确"), (PASSWORD, "short", "")):
            fields = {"old": old, "new": new if why else "short", "again": again}
            refused = post(client, "/password", **fields)
            assert (refused.status_code, why in refused.text) == (422, True)
        assert "密码已修改" in post(client, "/password", old=PASSWORD, new=new, again=new).text
        assert client.get("/").status_code == 200
        assert elsewhere.get("/").status_code == 303


def test_looks_are_in_the_chain_with_car_span_page_and_reason(pages: ServedPages, built: District) -> None:
    vehicle = built.vehicle("苏N12345")
    violation = built.violation(vehicle, "R06", local("2026-10-02 14:00"))
    with pages.someone("staff") as client:
        for path in (
            f"/vehicles/{vehicle}?week=2026-W40&reason=抽查 第40周",
            f"/maps/vehicles/{vehicle}?week=2026-W40",
            f"/violations/{violation}",
            f"/maps/violations/{violation}",
            f"/api/violations/{violation}",
            f"/api/vehicles/{vehicle}/facts?since=2026-10-01T00:00Z&until=2026-10-02T00:00Z",
            f"/api/vehicles/{vehicle}/track?since=2026-10-01T00:00Z&until=2026-10-02T00:00Z&reason=x",
            "/violations",
            "/vehicles",
            "/api/live",
            "/api/live",
        ):
            assert client.get(path).status_code == 200
        assert client.get("/vehicles/999").status_code == 404
    looks = built.conn.execute(
        "select act, role, subject, details from audit_entries where act like 'see%' order by number"
    ).fetchall()
    assert [(act, subject, details.get("page")) for act, _, subject, details in looks] == [
        *(
            ("see_track", "苏N12345", page)
            for page in ("week", "week_map", "evidence", "evidence_map", "api_violation", "api_facts", "api_track")
        ),
        ("see_live", "vehicles", None),
    ]
    assert looks[0][1:] == (
        "staff",
        "苏N12345",
        {
            "page": "week",
            "since": "2026-09-27T16:00:00+00:00",
            "until": "2026-10-04T16:00:00+00:00",
            "reason": "抽查 第40周",
        },
    )
    assert (looks[2][3]["violation"], looks[6][3]["reason"]) == (violation, "x")


def test_the_auditor_finds_looks_by_person_car_and_day(pages: ServedPages, built: District) -> None:
    one, other = built.vehicle("苏N11111"), built.vehicle("苏N22222")
    with pages.someone("staff") as client:
        client.get(f"/vehicles/{one}")
    with pages.someone("head") as client:
        client.get(f"/vehicles/{other}")
    with pages.someone("auditor") as client:

        def found(query: str) -> set[str]:
            return set(re.findall("苏N[0-9]{5}", client.get(f"/audit{query}").text.partition("<tbody>")[2]))

        assert found("") == {"苏N11111", "苏N22222"}
        assert found("?who=a head") == {"苏N22222"}
        assert found("?car=苏n·１１１１１") == {"苏N11111"}
        day = NOON.date().isoformat()
        assert found(f"?from={day}&to={day}") == {"苏N11111", "苏N22222"}
        assert found("?to=2026-10-08") == set()
        assert "a staff" in client.get("/audit?what=people").text.partition("<tbody>")[2]
        assert "周行程页" in client.get("/audit").text


def test_the_fifth_wrong_password_is_an_entry_only_for_a_name_that_there_is(
    pages: ServedPages, built: District
) -> None:
    with pages.visitor() as client:
        for name in ("admin", "nobody"):
            for _ in range(7):
                sign_in(client, name, "wrong")
    assert acts(built) == [("admin", "lock_out", "admin")]


@pytest.mark.parametrize(
    ("role", "link", "says"),
    [
        ("staff", "/violations?from=2026-10-08&amp;sort=severity", "核实 1 起疑似违规"),
        ("head", "/violations?from=2026-10-08&amp;sort=severity", "核实 1 起疑似违规"),
        ("unit_manager", "/violations?from=2026-10-08&amp;sort=severity", "查看本单位 1 起疑似违规"),
        ("auditor", "/audit", "查阅轨迹查看记录"),
        ("admin", "/people", "管理人员"),
        ("finance", "/finance", "审核报销表"),
    ],
)
def test_what_is_next_for_a_role_is_told_first_and_is_there(
    pages: ServedPages, built: District, role: str, link: str, says: str
) -> None:
    unit = built.unit()
    built.violation(built.vehicle(unit=unit), "R06", local("2026-10-09 08:00"))
    built.violation(built.vehicle("苏N00009"), "R06", local("2026-10-09 08:00")) if role == "unit_manager" else None
    with pages.someone(role, unit_id=unit if role == "unit_manager" else None) as client:
        page = client.get("/").text
        main = page.partition("<main")[2]
        assert f'href="{link}"' in page
        assert says in main
        assert client.get(link.replace("&amp;", "&")).status_code == 200
