"""The spot check's pages: the draw and how far it is, a sheet that is signed once, the coverage of the year."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from oversight.draw import verify
from tests.builders.drawing import draw_now
from tests.fixtures.pages import NOON, ServedPages
from tests.integration.api.builders import District, local
from tests.unit.oversight.test_draw import recompute

WEEK = "2026-W41"


@pytest.fixture
def cars(built: District) -> list[int]:
    """Three cars of two units; the first drove twice in the week before, once under an order."""
    one, other = built.unit("区教育局"), built.unit("区财政局")
    first = built.vehicle("苏N00001", unit=one)
    for start in (local("2026-09-28 09:00"), local("2026-09-29 20:00")):
        built.trip(first, start, start + timedelta(minutes=30))
        built.track(first, start, minutes=5)
    built.stop(first, local("2026-09-28 10:00"), local("2026-09-28 11:00"))
    built.gap(first, local("2026-09-30 10:00"), local("2026-09-30 12:00"))
    built.order(first, local("2026-09-28 08:30"), local("2026-09-28 10:00"))
    built.violation(first, "R04", local("2026-09-29 20:00"), severity="medium")
    return [first, built.vehicle("苏N00002", unit=one), built.vehicle("苏N00003", unit=other)]


def sign(client: httpx.Client, address: str, **form: str) -> httpx.Response:
    token = re.search(r'name="form_token" value="([^"]+)"', client.get(address).text)
    return client.post(address, data={"form_token": token[1] if token else "", **form})


def test_before_the_draw_the_page_says_when_it_will_be(pages: ServedPages) -> None:
    with pages.admin() as client:
        assert "本周尚未抽签" in client.get("/draws").text


def test_the_draw_shows_its_sheets_by_unit_and_the_next_one(pages: ServedPages, cars: list[int]) -> None:
    found = draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        page = client.get("/draws").text
    assert "0/3" in page
    assert found.digest.hex() in page
    assert re.search(rf'class="btn btn-primary" href="/draws/{WEEK}/(\d+)"', page)
    assert all(f'href="/draws/{WEEK}/{car}"' in page for car in cars)


def test_what_is_downloaded_can_be_recomputed(pages: ServedPages, cars: list[int], tmp_path: Path) -> None:
    found = draw_now(pages.site.dsn, NOON)
    assert len(cars) == 3
    with pages.admin() as client:
        told = client.get(f"/draws/{WEEK}/draw.json").json()
    assert verify(told, digest=found.digest.hex()) == []
    assert recompute(told, tmp_path, found.digest.hex()).returncode == 0


def test_a_sheet_shows_the_week_before_the_draw_and_leaves_a_trace(
    pages: ServedPages, cars: list[int], built: District
) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        page = client.get(f"/draws/{WEEK}/{cars[0]}").text
    assert "9月28日 周一—10月4日 周日" in page
    assert f'src="/maps/vehicles/{cars[0]}?week=2026-W40"' in page
    assert "PC-2026-0001" in page
    assert "1 / 2 次" in page, "one of two trips goes with no order"
    row = built.conn.execute("select act, subject, details from audit_entries order by number desc limit 1").fetchone()
    assert row == ("see_track", "苏N00001", {"week": "2026-W40", "reason": f"抽查 {WEEK}"})


def test_a_sheet_is_signed_once_and_keeps_its_facts(pages: ServedPages, cars: list[int], built: District) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        address = f"/draws/{WEEK}/{cars[0]}"
        signed = sign(client, address, finding="doubtful", note="周二晚无派车单出车")
        assert signed.status_code == 303
        assert signed.headers["location"] == address, "to open its case"
        token = re.search(r'name="form_token" value="([^"]+)"', client.get(f"/draws/{WEEK}/{cars[1]}").text)
        assert token
        again = client.post(address, data={"form_token": token[1], "finding": "nothing"})
        assert again.status_code == 409
        built.trip(cars[0], local("2026-10-01 09:00"), local("2026-10-01 10:00"))
        page = client.get(address).text
        assert "周二晚无派车单出车" in page
        assert "1 / 2 次" in page, "as it stood when it was signed"
        assert "1/3" in client.get("/draws").text
    acts = built.conn.execute(
        "select subject, details->>'finding' from audit_entries where act = 'sign_sheet'"
    ).fetchall()
    assert acts == [("苏N00001", "doubtful")]
    for statement in ("update sheet_findings set finding = 'nothing', note = ''", "delete from sheet_findings"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            built.conn.execute(statement.encode())


def test_after_the_last_sheet_it_goes_back_to_the_draw(pages: ServedPages, cars: list[int]) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        went = [sign(client, f"/draws/{WEEK}/{car}", finding="no_data").headers["location"] for car in reversed(cars)]
    assert went[-1] == f"/draws?week={WEEK}"


@pytest.mark.parametrize("finding", ["doubtful", "device_problem"])
def test_what_is_amiss_must_be_said(pages: ServedPages, cars: list[int], finding: str) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        assert sign(client, f"/draws/{WEEK}/{cars[0]}", finding=finding, note="  ").status_code == 422
        assert sign(client, f"/draws/{WEEK}/{cars[0]}", finding="fine").status_code == 422


def test_a_form_of_another_site_signs_nothing(pages: ServedPages, cars: list[int], built: District) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        answer = client.post(f"/draws/{WEEK}/{cars[0]}", data={"form_token": "x", "finding": "nothing"})
    assert answer.status_code == 403
    assert built.conn.execute("select count(*) from sheet_findings").fetchone() == (0,)


def test_a_redraw_says_why_and_names_the_draw_before(pages: ServedPages, cars: list[int]) -> None:
    first = draw_now(pages.site.dsn, NOON)
    draw_now(pages.site.dsn, NOON + timedelta(hours=1), reason="漏了新纳管的车")
    assert len(cars) == 3
    with pages.admin() as client:
        page = client.get("/draws").text
    assert "漏了新纳管的车" in page
    assert first.digest.hex() in page


def test_a_replaced_draws_sheets_cannot_be_signed(pages: ServedPages, cars: list[int], built: District) -> None:
    first = draw_now(pages.site.dsn, NOON)
    draw_now(pages.site.dsn, NOON + timedelta(hours=1), reason="名单有误")
    with pytest.raises(psycopg.errors.RestrictViolation):
        built.conn.execute(
            "insert into sheet_findings (draw_id, vehicle_id, finding, facts, signed_by, signed_at)"
            " values (%s, %s, 'nothing', '{}', '张三', now())",
            (first.id, cars[0]),
        )


def test_the_coverage_of_the_year_tells_who_was_never_drawn(
    pages: ServedPages, cars: list[int], built: District
) -> None:
    draw_now(pages.site.dsn, NOON)
    built.vehicle("苏N00009", unit=built.unit("区新单位"))
    with pages.admin() as client:
        page = client.get("/draws/coverage").text
        assert "共 3/4 辆" in page
        assert "苏N00009" in page
        assert len(cars) == 3
        assert "共 0/4 辆" in client.get("/draws/coverage?year=2025").text


@pytest.mark.parametrize("path", ["/draws?week=2026-W99", f"/draws/{WEEK}/draw.json", f"/draws/{WEEK}/1", "/draws/x/1"])
def test_what_is_not_there_is_not_found(pages: ServedPages, path: str) -> None:
    with pages.admin() as client:
        assert client.get(path).status_code == 404


def test_in_english_every_page_is_there(pages: ServedPages, cars: list[int]) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        assert "Review the next" in client.get("/draws?lang=en").text
        assert "Sign and go to the next" in client.get(f"/draws/{WEEK}/{cars[0]}").text
        assert "Cars never drawn" in client.get("/draws/coverage").text
        assert json.loads(client.get(f"/draws/{WEEK}/draw.json").text)["week"] == WEEK


def send(client: httpx.Client, address: str, *, on: str, **form: str) -> httpx.Response:
    token = re.search(r'name="form_token" value="([^"]+)"', client.get(on).text)
    return client.post(address, data={"form_token": token[1] if token else "", **form})


def doubtful(client: httpx.Client, car: int) -> str:
    """The address of a sheet that was signed as doubtful."""
    address = f"/draws/{WEEK}/{car}"
    assert sign(client, address, finding="doubtful", note="周二晚无派车单出车").status_code == 303
    return address


def test_a_doubtful_sheet_becomes_a_case_of_its_violations_once(
    pages: ServedPages, cars: list[int], built: District
) -> None:
    built.violation(cars[0], "R02", local("2026-09-29 20:00"), severity="medium")
    withdrawn = built.violation(cars[0], "R08", local("2026-09-30 23:00"), severity="medium")
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        address = doubtful(client, cars[0])
        built.conn.execute("update violations set withdrawn_at = now() where id = %s", (withdrawn,))
        assert "未立案" in client.get(f"/draws?week={WEEK}").text
        opened = send(client, f"{address}/case", on=address)
        case = opened.headers["location"]
        told = client.get(f"/api{case}").json()
        assert sorted(one["rule_id"] for one in told["violations"]) == ["R02", "R04"]
        assert "周二晚无派车单出车" in told["events"][0]["text"]
        assert f'href="{case}"' in client.get(address).text
        assert f'href="{address}"' in client.get(case).text
        assert send(client, f"{address}/case", on=case).status_code == 409
    entries = built.conn.execute("select subject, details from audit_entries where act = 'case_of_sheet'").fetchall()
    assert entries == [("苏N00001", {"week": WEEK, "case": int(case.rpartition("/")[2])})]


def test_a_doubtful_sheet_without_violations_becomes_a_case_of_the_car_and_the_week(
    pages: ServedPages, cars: list[int]
) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        address = doubtful(client, cars[1])
        told = client.get(f"/api{send(client, f'{address}/case', on=address).headers['location']}").json()
    assert told["violations"] == []
    assert told["plate"] == "苏N00002"
    assert WEEK in told["events"][0]["text"]


def test_a_sheet_whose_violations_are_in_a_case_takes_that_case(
    pages: ServedPages, cars: list[int], built: District
) -> None:
    (violation,) = built.conn.execute("select id from violations").fetchone() or (0,)
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        opened = send(client, "/cases", on=f"/violations/{violation}", violation_id=str(violation))
        address = doubtful(client, cars[0])
        assert send(client, f"{address}/case", on=address).headers["location"] == opened.headers["location"]


@pytest.mark.parametrize("finding", ["nothing", "no_data"])
def test_only_a_doubtful_sheet_becomes_a_case(pages: ServedPages, cars: list[int], finding: str) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        address = f"/draws/{WEEK}/{cars[0]}"
        assert send(client, f"{address}/case", on=address).status_code == 409
        sign(client, address, finding=finding)
        assert send(client, f"{address}/case", on=f"/draws/{WEEK}/{cars[1]}").status_code == 409


def test_a_draw_that_is_overdue_is_told_and_can_be_made(pages: ServedPages, cars: list[int], built: District) -> None:
    assert cars
    draw_now(pages.site.dsn, NOON)
    with pages.on(local("2026-10-12 08:59")) as client:
        assert "应已抽签" not in client.get("/draws").text
    with pages.on(local("2026-10-12 09:00")) as client:
        assert "2026-W42 应已抽签" in client.get("/").text
        page = client.get("/draws?week=2026-W42").text
        assert "现在抽签" in page
        assert send(client, "/draws/2026-W42/again", on="/draws?week=2026-W42").status_code == 303
        assert "应已抽签" not in client.get("/").text + client.get("/draws").text
    made = built.conn.execute("select drawn_by, published::json from draws order by week").fetchall()
    assert [by for by, _ in made] == ["gongche work", "admin"]
    assert verify(made[1][1]) == []


def test_a_district_without_cars_misses_no_draw(pages: ServedPages) -> None:
    with pages.admin() as client:
        assert "应已抽签" not in client.get("/draws").text


def test_drawing_again_takes_its_reason_and_this_week(pages: ServedPages, cars: list[int], built: District) -> None:
    assert cars
    first = draw_now(pages.site.dsn, NOON - timedelta(minutes=30))
    with pages.admin() as client:
        again = f"/draws/{WEEK}/again"
        assert send(client, again, on="/draws", reason="  ").status_code == 422
        assert send(client, "/draws/2026-W40/again", on="/draws", reason="补抽").status_code == 409
        assert send(client, again, on="/draws", reason="名单漏了一辆新车").status_code == 303
        page = client.get("/draws").text
    assert "名单漏了一辆新车" in page
    assert first.digest.hex() in page
    acts = "select details ->> 'reason' from audit_entries where act in ('commit_draw', 'draw') and actor = 'admin'"
    assert built.conn.execute(acts).fetchall() == [("名单漏了一辆新车",)] * 2


def test_last_weeks_unsigned_sheets_are_told(pages: ServedPages, cars: list[int]) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        sign(client, f"/draws/{WEEK}/{cars[0]}", finding="nothing")
        assert "未签字。" not in client.get("/").text
    with pages.on(local("2026-10-12 08:00")) as client:
        assert f"上周（{WEEK}）还有 2 份抽查记录未签字" in client.get("/").text
        assert f'href="/draws?week={WEEK}"' in client.get("/draws?week=2026-W42").text
