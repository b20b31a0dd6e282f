"""Reports over HTTP: drafts, issuing, versions, files; who may what, and what nobody finds in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import psycopg
import pytest

from api.site import Site
from oversight.document import digest_of
from tests.builders.drawing import draw_now
from tests.fixtures.pages import NOON, ServedPages
from tests.integration.api.builders import District, local
from tests.integration.api.office import HEAD, STAFF, Desk, Office, office
from tests.integration.api.test_draws import sign

WEEK = "2026-W41"
SECRET = "苏N98765"
DRAFTS = ["week&period=2026-W40", "ranking&period=2026-09", "holiday&period=2026-10-01", "bulletin&period=2026-09"]


@pytest.fixture
def centre(site: Site, built: District) -> Iterator[Office]:
    assert built
    with office(site) as running:
        running.at(NOON)
        yield running


@pytest.fixture
def cars(built: District) -> list[int]:
    """Two cars of two units that drove in the week before the draw, with a violation each."""
    found = []
    for number, unit in enumerate(("区教育局", "区财政局"), 1):
        car = built.vehicle(f"苏N0000{number}", unit=built.unit(unit))
        built.trip(car, local("2026-09-29 20:00"), local("2026-09-29 20:30"))
        built.track(car, local("2026-09-29 20:00"))
        built.violation(car, "R04", local("2026-09-29 20:00"), severity="medium")
        found.append(car)
    built.conn.execute("delete from marks")
    return found


def token_of(client: httpx.Client, page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', client.get(page).text)
    return found[1] if found else ""


def issued(client: httpx.Client, kind: str, period: str, replaces: str = "") -> httpx.Response:
    """As the button on the draft's page sends it."""
    form = {"form_token": token_of(client, "/reports"), "kind": kind, "period": period, "replaces": replaces}
    return client.post("/reports", data=form)


def decided(centre: Office, violation: int, outcome: str = "violation") -> int:
    """A case that is decided on 30 September 2026."""
    centre.at(local("2026-09-28 09:00"))
    with centre.desk(STAFF) as staff, centre.desk(HEAD) as head:
        case = staff.open(violation)
        staff.does(case, "take")
        staff.does(case, "ask", text="请说明")
        staff.does(case, "answer", text="王五私自用车")
        centre.at(local("2026-09-30 09:00"))
        head.does(case, "decide", outcome=outcome, text="王五承认")
        if outcome == "violation":
            staff.does(case, "handle", text="移交")
            staff.does(
                case, "sanction", sanction_kind="talk", sanction_person="王五", sanction_decided_by="区纪委监委",
                sanction_decided_on="2026-09-30",
            )  # fmt: skip
    centre.at(NOON)
    return case


# The spot check from the draw to its report ----------------------------------------------------------------


def test_what_is_due_is_shown_with_one_action_and_issued(pages: ServedPages, cars: list[int], built: District) -> None:
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        for car in cars:
            sign(client, f"/draws/{WEEK}/{car}", finding="nothing")
        page = client.get("/reports").text
        assert page.count("btn btn-primary") == 1
        assert "/reports/draft?kind=holiday&amp;period=2026-10-01" in page, "National Day has just ended"
        draft = client.get(f"/reports/draft?kind=spot_check&period={WEEK}").text
        assert "实抽 2 辆" in draft
        assert "草稿（未编号）" in draft
        assert draft.count("data:image/svg+xml") == 2
        assert built.conn.execute("select count(*) from reports").fetchone() == (0,), "a draft is not stored"
        went = issued(client, "spot_check", WEEK)
        assert went.status_code == 303
        shown = client.get(went.headers["location"]).text
        assert "车管〔2026〕1号" in shown
        assert "已全部签字：未见异常 2 份" in shown
        assert "车管〔2026〕1号" in client.get("/reports").text
    (digest, content) = built.conn.execute(
        "select encode(digest, 'hex'), content from report_texts where language = 'zh'"
    ).fetchone()  # type: ignore[misc]  # there is one
    assert digest_of(bytes(content)) == digest
    assert digest in shown
    acts = built.conn.execute(
        "select act, subject, details ->> 'digest_zh' from audit_entries where act = 'issue_report'"
    ).fetchall()
    assert acts == [("issue_report", f"report spot_check {WEEK}", digest)]


def test_each_look_at_a_report_with_maps_is_in_the_audit_chain(
    pages: ServedPages, cars: list[int], built: District
) -> None:
    assert cars
    draw_now(pages.site.dsn, NOON)
    with pages.admin() as client:
        client.get(f"/reports/draft?kind=spot_check&period={WEEK}")
        report = issued(client, "spot_check", WEEK).headers["location"]
        client.get(report)
        client.get(f"{report}/xlsx")
        client.get(f"/api{report}")
        found = client.get("/audit?car=苏N00001&what=tracks").text
    looks = built.conn.execute(
        "select details -> 'plates' from audit_entries where act = 'see_track' and details ->> 'page' = 'report'"
    ).fetchall()
    assert looks == [(["苏N00001", "苏N00002"],)] * 4
    assert found.count(f"report spot_check {WEEK}") == 4


def test_what_was_issued_stays_as_it_was_when_the_data_change(
    pages: ServedPages, cars: list[int], built: District
) -> None:
    with pages.admin() as client:
        report = issued(client, "week", "2026-W40").headers["location"]
        before = client.get(f"/api{report}").json()
        built.violation(cars[0], "R06", local("2026-10-02 14:00"))
        built.conn.execute("update units set name = '新名'")
        assert client.get(f"/api{report}").json() == before
        again = client.get("/reports/draft?kind=week&period=2026-W40").text
        assert "疑似违规 3 条" in again
        assert "签发第 2 版" in again


def test_issuing_again_makes_a_version_that_names_the_one_before(pages: ServedPages, cars: list[int]) -> None:
    assert cars
    with pages.admin() as client:
        first = issued(client, "week", "2026-W40").headers["location"]
        number = first.rpartition("/")[2]
        assert issued(client, "week", "2026-W40").status_code == 409, "somebody has issued it in between"
        second = issued(client, "week", "2026-W40", replaces=number)
        assert second.status_code == 303
        assert "本版已被新版本取代" in client.get(first).text
        told = client.get(f"/api{second.headers['location']}").json()
        listed = client.get("/reports").text
        everything = client.get("/reports?versions=all").text
    assert (told["version"], told["replaces"], told["document_number"]) == (2, int(number), "车管〔2026〕2号")
    assert told["document"]["number"] == "车管〔2026〕2号"
    assert ("车管〔2026〕1号" in listed, "车管〔2026〕1号" in everything) == (False, True)


def test_a_time_that_is_not_over_can_be_looked_at_and_not_issued(pages: ServedPages) -> None:
    with pages.admin() as client:
        draft = client.get(f"/reports/draft?kind=week&period={WEEK}")
        assert "本周尚未结束" in draft.text
        assert 'action="/reports"' not in draft.text
        assert issued(client, "week", WEEK).status_code == 409
        assert client.get("/reports/draft?kind=week&period=2026-W42").status_code == 409


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("kind=week&period=2026-09", 422),
        ("kind=gossip&period=2026-09", 404),
        ("kind=spot_check&period=2026-W30", 404),
        ("kind=holiday&period=2026-10-02", 404),
        ("kind=case_file&period=77", 404),
    ],
)
def test_what_there_is_no_report_about_is_told(pages: ServedPages, query: str, status: int) -> None:
    with pages.admin() as client:
        assert client.get(f"/reports/draft?{query}").status_code == status


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("docx", b"PK"), ("xlsx", b"PK"), ("html", b"<!doc")])
def test_a_report_is_saved_as_a_file_of_each_kind(
    pages: ServedPages, cars: list[int], form: str, begins: bytes
) -> None:
    assert cars
    with pages.admin() as client:
        report = issued(client, "week", "2026-W40").headers["location"]
        answers = [client.get(f"{report}/{form}"), client.get(f"/api/reports/{report.rpartition('/')[2]}/files/{form}")]
        draft = client.get(f"/reports/draft/{form}?kind=week&period=2026-W40")
    assert [answer.status_code for answer in (*answers, draft)] == [200, 200, 200]
    assert all(answer.content.startswith(begins) for answer in (*answers, draft))
    assert f".{form}" in answers[0].headers["content-disposition"]


def test_in_english_a_report_is_english(pages: ServedPages, cars: list[int]) -> None:
    assert cars
    with pages.admin() as client:
        report = issued(client, "week", "2026-W40").headers["location"]
        page = client.get(f"{report}?lang=en").text
        assert "2 suspected violations were found" in page
        assert client.get(f"/api{report}?lang=en").json()["document"]["language"] == "en"


# The bulletin and the case file ----------------------------------------------------------------------------


@pytest.fixture
def case(centre: Office, built: District) -> int:
    """A case of the education office, confirmed in September."""
    car = built.vehicle("苏N12345", unit=built.unit("区教育局"))
    violation = built.violation(car, "R06", local("2026-09-25 14:00"))
    built.track(car, local("2026-09-25 14:00"))
    built.conn.execute("delete from marks")
    return decided(centre, violation)


def test_a_bulletin_is_issued_by_the_head_and_read_by_the_unit_that_it_names(
    centre: Office, case: int, built: District
) -> None:
    assert case == 1
    with centre.desk(STAFF) as staff, centre.desk(HEAD) as head:
        draft = staff.page("/reports/draft?kind=bulletin&period=2026-09")
        assert "苏N1***5" in draft
        assert "王某 约谈" in draft
        assert "通报由车管中心负责人签发" in draft
        assert issued(staff.client, "bulletin", "2026-09").status_code == 403
        report = issued(head.client, "bulletin", "2026-09").headers["location"]
        week = issued(staff.client, "week", "2026-W40").headers["location"]
        page = head.page(report)
    (own,) = built.conn.execute("select id from units where name = '区教育局'").fetchone() or (0,)
    other = built.unit("区财政局")
    pages = ServedPages(centre.url, centre.site)
    with pages.someone("unit_manager", unit_id=own) as manager:
        assert manager.get(report).status_code == 200
        assert manager.get(week).status_code == 404
        assert manager.get(f"{report}/pdf").status_code == 200
        assert [one["kind"] for one in manager.get("/api/reports").json()] == ["bulletin"]
        assert "应报告" not in manager.get("/reports").text
    with pages.someone("unit_manager", unit_id=other) as manager:
        assert manager.get(report).status_code == 404
        assert manager.get("/api/reports").json() == []
    for hidden in ("苏N12345", "王五", "张三"):
        assert hidden not in re.sub(r"(?s)<header.*?</header>", "", page).replace("李四", "")


@pytest.mark.parametrize("outcome", ["justified", "procedural"])
def test_what_was_dismissed_is_in_no_bulletin(centre: Office, built: District, outcome: str) -> None:
    violation = built.violation(built.vehicle("苏N12345"), "R06", local("2026-09-25 14:00"))
    built.conn.execute("delete from marks")
    decided(centre, violation, outcome)
    with centre.desk(HEAD) as head:
        page = head.page("/reports/draft?kind=bulletin&period=2026-09")
        assert ("苏N1***5" in page) is (outcome == "procedural")
        assert issued(head.client, "bulletin", "2026-09").status_code == (303 if outcome == "procedural" else 409)


def test_a_case_that_is_opened_again_is_in_no_bulletin_any_more(centre: Office, case: int) -> None:
    with centre.desk(HEAD) as head:
        head.does(case, "reopen", text="有新证据")
        assert "苏N1***5" not in head.page("/reports/draft?kind=bulletin&period=2026-09")


def test_a_case_file_holds_the_case_with_its_places_in_the_audit_chain(
    centre: Office, case: int, built: District
) -> None:
    with centre.desk(STAFF) as staff:
        page = staff.page(f"/reports/draft?kind=case_file&period={case}")
        report = issued(staff.client, "case_file", str(case))
        assert report.status_code == 303
    entries = built.conn.execute(
        "select encode(hash, 'hex') from audit_entries where subject = %s order by number", (f"case {case}",)
    ).fetchall()
    assert len(entries) == 7
    places = [page.index(hash_) for (hash_,) in entries]
    assert places == sorted(places)
    assert "王五私自用车" in page
    assert "data:image/svg+xml" in page


# What nobody finds -----------------------------------------------------------------------------------------


def confidential(centre: Office, built: District) -> int:
    """A case of a car of confidential mail, confirmed in September, with all that a car can have; the case."""
    unit = built.unit(f"{SECRET}所属单位")
    car = built.vehicle(SECRET, unit=unit, use_class="confidential_mail")
    start = local("2026-10-02 14:00")
    built.track(car, start)
    built.trip(car, start, start + timedelta(minutes=30))
    built.violation(car, "R06", start)
    built.order(car, start, start + timedelta(hours=1))
    violation = built.violation(car, "R06", local("2026-09-25 14:00"))
    built.conn.execute("delete from marks")
    with centre.desk(HEAD) as head:
        assert head.page(f"/violations/{violation}")
    centre.at(local("2026-09-28 09:00"))
    with centre.desk(HEAD) as head:
        case = head.open(violation)
        head.does(case, "take")
        head.does(case, "ask", text="请说明")
        head.does(case, "answer", text="说明")
    centre.at(local("2026-09-30 09:00"))
    with ServedPages(centre.url, centre.site).someone("head") as other:
        assert Desk(other).act(case, "decide", outcome="violation", text="属实").status_code == 303
    centre.at(NOON)
    return case


def drafts(desk: Desk) -> list[str]:
    """What the drafts of all kinds that are read by many say, without the tokens of their forms."""
    texts = [desk.page(f"/reports/draft?kind={query}") for query in DRAFTS]
    return [re.sub(r'name="form_token" value="[^"]+"', "", text) for text in texts]


def test_reports_say_what_they_would_if_there_were_no_confidential_car(
    centre: Office, cars: list[int], built: District
) -> None:
    assert cars
    with centre.desk(STAFF) as staff, centre.desk(HEAD) as head:
        without = [drafts(staff), drafts(head)]
        confidential(centre, built)
        assert [drafts(staff), drafts(head)] == without


def test_a_confidential_car_is_a_number_in_the_spot_check(centre: Office, cars: list[int], built: District) -> None:
    assert cars
    confidential(centre, built)
    draw_now(centre.site.dsn, NOON)
    with centre.desk(HEAD) as head:
        page = head.page(f"/reports/draft?kind=spot_check&period={WEEK}")
    assert "98765" not in page
    assert "机要通信车辆 1 辆" in page
    assert page.count("data:image/svg+xml") == 2


def test_the_file_of_a_confidential_cars_case_is_seen_by_few(centre: Office, built: District) -> None:
    case = confidential(centre, built)
    with centre.desk(HEAD) as head:
        report = issued(head.client, "case_file", str(case)).headers["location"]
        assert SECRET in head.page(report)
    pages = ServedPages(centre.url, centre.site)
    with centre.desk(STAFF) as staff:
        for path in (report, f"{report}/pdf", f"/api{report}", f"/reports/draft?kind=case_file&period={case}"):
            assert staff.client.get(path).status_code == 404, path
        assert staff.client.get("/api/reports").json() == []
        assert "98765" not in staff.page("/reports?versions=all")
        assert issued(staff.client, "case_file", str(case)).status_code == 404
    with pages.someone("auditor") as auditor:
        assert auditor.get(report).status_code == 200


def test_the_auditor_reads_and_issues_nothing(pages: ServedPages) -> None:
    with pages.someone("auditor") as auditor:
        assert auditor.get("/reports").status_code == 200
        assert auditor.get("/reports/draft?kind=week&period=2026-W40").status_code == 403
        assert auditor.post("/api/reports", json={"kind": "week", "period": "2026-W40"}).status_code == 403


def test_a_program_issues_in_the_name_of_who_signed_in(pages: ServedPages, cars: list[int]) -> None:
    assert cars
    with pages.someone("staff") as staff:
        report = staff.post("/api/reports", json={"kind": "week", "period": "2026-W40"}).json()["id"]
        (told,) = staff.get("/api/reports?kind=week").json()
        assert (told["id"], told["issued_by"]) == (report, "a staff")
        assert staff.post("/api/reports", json={"kind": "bulletin", "period": "2026-09"}).status_code == 403


def test_issued_reports_cannot_be_rewritten(pages: ServedPages, cars: list[int], built: District) -> None:
    assert cars
    with pages.admin() as client:
        assert issued(client, "week", "2026-W40").status_code == 303
    for statement in (
        "update reports set issued_by = 'x'", "delete from reports", "update report_texts set content = 'x'",
        "delete from report_texts", "truncate reports cascade", "delete from report_units",
    ):  # fmt: skip
        if "units" not in statement:
            with pytest.raises(psycopg.errors.RestrictViolation):
                built.conn.execute(statement.encode())
