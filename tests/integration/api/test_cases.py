"""A case from the alert to its end and back, over HTTP, through National Day 2026 and its make-up workdays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest

from api.site import Site
from fleet.audit import broken
from store import audit
from store.cases import events, one
from store.database import connect
from store.scope import EVERYTHING
from tests.integration.api.builders import District, local
from tests.integration.api.office import HEAD, OTHER_STAFF, STAFF, Office, office

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture
def centre(site: Site, built: District) -> Iterator[Office]:
    assert built
    with office(site) as running:
        yield running


@pytest.fixture
def violation(built: District) -> int:
    """A drive on Mid-Autumn Day, judged to the end."""
    unit = built.unit("区教育局")
    car = built.vehicle("苏N12345", unit=unit)
    found = built.violation(car, "R06", local("2026-09-25 14:00"))
    judged(built)
    return found


def judged(built: District) -> None:
    """Nothing waits to be judged."""
    built.conn.execute("truncate marks")


def to_statement(centre: Office, violation: int) -> int:
    """A case whose unit is asked on Tuesday 29 September: the third workday after it is Friday 9 October."""
    centre.at(local("2026-09-29 09:00"))
    with centre.desk(STAFF) as staff:
        case = staff.open(violation)
        staff.does(case, "take")
        staff.does(case, "ask", text="9 月 25 日下午行驶，无派车单，请说明用途。")
    return case


def test_a_case_goes_from_the_violation_to_its_end_and_is_reopened(
    centre: Office, violation: int, built: District
) -> None:
    case = to_statement(centre, violation)
    with centre.desk(STAFF) as staff, centre.desk(HEAD) as head:
        told = head.case(case)
        assert (told["state"], told["waits_for"], told["due"]) == ("statement", "answer", "2026-10-09")
        assert "须等待说明" in head.refused(case, "decide", outcome="violation", text="属实")
        centre.at(local("2026-10-08 15:00"))
        staff.does(case, "answer", [("files", ("说明.pdf", PDF, "text/html"))], text="驾驶员私自用车，承认。")
        assert "您的职责" in staff.refused(case, "decide", outcome="violation", text="属实")
        assert head.case(case)["due"] == "2026-10-14"  # five workdays after the 8th, Saturday the 10th among them
        head.does(case, "decide", outcome="violation", text="本人承认，轨迹清楚。")
        page = staff.page(f"/violations/{violation}")
        assert "属实" in page
        assert f"案件 {case}：本人承认" in page
        staff.does(case, "handle", text="移交区纪委监委")
        staff.does(
            case, "sanction", sanction_kind="admonition", sanction_person="王五", sanction_decided_by="区纪委监委",
            sanction_decided_on="2026-10-08", sanction_document="〔2026〕8号",
        )  # fmt: skip
        staff.does(case, "rectify", text="完善派车审批", person="赵六", deadline="2026-10-20")
        ledger = staff.page("/ledger")
        assert "完善派车审批" in ledger
        assert "整改中" in ledger
        centre.at(local("2026-10-21 09:00"))
        assert "逾期未完成" in staff.page("/ledger")
        staff.does(case, "report", text="已建立审批单制度")
        staff.does(case, "send_back", text="没有附制度文本", deadline="2026-10-30")
        staff.does(case, "report", text="补交制度文本", files=[("files", ("制度.pdf", PDF, "application/pdf"))])
        staff.does(case, "close", text="验收合格")
        assert "10月21日 周三完成" in staff.page("/ledger")
        assert staff.case(case)["state"] == "closed"
        assert points_of(built) == [-5]
        assert "您的职责" in staff.refused(case, "reopen", text="有新情况")
        head.does(case, "reopen", text="驾驶员提交新证据")
        again = head.case(case)
        assert (again["state"], again["round"], again["outcome"]) == ("detected", 2, None)
        assert points_of(built) == [-5, 5]
        acts = [event["act"] for event in again["events"]]
    assert acts == [
        "open", "take", "ask", "answer", "decide", "handle", "sanction", "rectify", "report", "send_back", "report",
        "close", "reopen",
    ]  # fmt: skip
    asyncio.run(history_and_row_agree(centre.site.dsn, case))
    asyncio.run(chain_is_whole(centre.site.dsn, case, acts))


def points_of(built: District) -> list[int]:
    return [row[0] for row in built.conn.execute("select change from point_entries order by id")]


async def history_and_row_agree(dsn: str, case_id: int) -> None:
    from oversight.case_acts import folded

    async with await connect(dsn) as conn:
        case = folded(stored.event for stored in await events(conn, case_id))
        row = await one(conn, case_id, scope=EVERYTHING)
    assert row is not None
    assert (row.state, row.step, row.since, row.deadline) == (case.state, case.step, case.since, case.told_deadline)
    assert (row.round, row.outcome, row.events) == (case.round, case.outcome, case.events)


async def chain_is_whole(dsn: str, case_id: int, acts: list[str]) -> None:
    async with await connect(dsn) as conn:
        chain = [entry async for entry in audit.entries(conn)]
    assert list(broken(chain)) == []
    about = [entry.deed for entry in chain if entry.deed.subject == f"case {case_id}"]
    assert [deed.act for deed in about] == [f"case_{act}" for act in acts]
    decided = about[acts.index("decide")]
    assert (decided.actor, decided.details["outcome"], decided.details["points"]) == (HEAD, "violation", 5)


def test_who_verified_does_not_decide_although_a_head(centre: Office, violation: int) -> None:
    centre.at(local("2026-09-29 09:00"))
    with centre.desk(HEAD) as head:
        case = head.open(violation)
        head.does(case, "take")
        head.does(case, "spare", text="车辆送修")
        assert "须由另一人认定" in head.refused(case, "decide", outcome="justified", text="送修")
        page = head.page(f"/cases/{case}")
        assert "须由未参与核实的负责人认定" in page


def test_the_database_itself_keeps_four_eyes_and_the_history(centre: Office, violation: int, built: District) -> None:
    case = to_statement(centre, violation)
    add = "insert into case_events (case_id, number, act, at, actor, role) values (%s, 9, 'decide', now(), %s, '')"
    for name in (STAFF, " 张　三"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            built.conn.execute(add, (case, name))
    for sql in ("update case_events set text = ''", "delete from case_events"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            built.conn.execute(sql.encode())


def test_a_late_statement_is_not_waited_for(centre: Office, violation: int) -> None:
    case = to_statement(centre, violation)
    with centre.desk(HEAD) as head:
        centre.at(local("2026-10-09 23:59"))
        assert "须等待说明" in head.refused(case, "decide", outcome="violation", text="未说明")
        centre.at(local("2026-10-10 08:00"))
        assert "已逾期 1 个工作日" in head.page("/cases")
        assert "待我办理</span>" in head.page("/cases?only=mine")
        head.does(case, "decide", outcome="violation", text="逾期未说明，轨迹清楚")


@pytest.mark.parametrize("outcome", ["violation", "procedural"])
def test_what_is_provisional_or_insufficient_cannot_be_confirmed(
    centre: Office, violation: int, built: District, outcome: str
) -> None:
    case = to_statement(centre, violation)
    centre.at(local("2026-10-10 08:00"))
    with centre.desk(HEAD) as head:
        built.conn.execute("update violations set provisional = true")
        assert "该日放假安排未知" in head.refused(case, "decide", outcome=outcome, text="属实")
        built.conn.execute("update violations set provisional = false, insufficient = true")
        assert "证据不足" in head.refused(case, "decide", outcome=outcome, text="属实")
        assert head.case(case)["state"] == "statement"
        head.does(case, "decide", outcome="insufficient_evidence", text="定位不足")
        assert head.case(case)["violations"][0]["outcome"] == "insufficient_evidence"
        assert points_of(built) == []


def test_a_case_whose_evidence_changed_says_so(centre: Office, violation: int, built: District) -> None:
    case = to_statement(centre, violation)
    centre.at(local("2026-10-10 08:00"))
    with centre.desk(HEAD) as head:
        head.does(case, "decide", outcome="violation", text="属实")
        built.conn.execute("update violations set evidence_changed = true")
        assert "证据有变" in head.page("/cases")
        assert "请重新办理" in head.page(f"/cases/{case}")
        assert head.case(case)["evidence_changed"] is True


def test_violations_of_the_same_car_come_into_a_case_and_leave_it(
    centre: Office, violation: int, built: District
) -> None:
    car = built.conn.execute("select vehicle_id from violations").fetchone()
    assert car is not None
    second = built.violation(car[0], "R05", local("2026-09-26 10:00"), severity="medium")
    other = built.violation(built.vehicle("苏N00002"), "R05", local("2026-09-26 10:00"))
    judged(built)
    centre.at(local("2026-09-29 09:00"))
    with centre.desk(STAFF) as staff, centre.desk(OTHER_STAFF) as colleague:
        case = staff.open(violation)
        staff.does(case, "join", violation_id=str(second))
        assert "不是该车" in staff.refused(case, "join", violation_id=str(other))
        answer = colleague.send("/cases", on=f"/violations/{other}", violation_id=str(second))
        assert answer.status_code == 409
        assert "已在另一案件中" in answer.text
        assert f'href="/cases/{case}"' in colleague.page(f"/violations/{second}")
        staff.does(case, "leave_out", violation_id=str(second), text="已另案办理")
        assert [one["left_out"] for one in staff.case(case)["violations"]] == [False, True]
        assert "没有这条" in staff.refused(case, "leave_out", violation_id=str(second), text="再移")
        assert colleague.open(second) != case


def test_withdrawn_violations_are_not_decided_and_alone_cannot_be_confirmed(
    centre: Office, violation: int, built: District
) -> None:
    case = to_statement(centre, violation)
    built.withdraw(violation, local("2026-10-09 09:00"))
    centre.at(local("2026-10-10 08:00"))
    with centre.desk(HEAD) as head:
        assert "均已撤回" in head.refused(case, "decide", outcome="violation", text="属实")
        head.does(case, "decide", outcome="justified", text="规则不再成立")


def macro_workbook() -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as package:
        for part in ("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"):
            package.writestr(part, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("说明.pdf", b"<html><script>alert(1)</script></html>", "按内容不是"),
        ("说明.exe", b"MZ\x90\x00", "按内容不是"),
        ("表.xlsx", macro_workbook(), "按内容不是"),
        ("空.pdf", b"", "文件是空的"),
        ("大.pdf", PDF + b" " * 10_000_000, "超过 10 MB"),
    ],
)
def test_papers_are_told_by_their_content(centre: Office, violation: int, name: str, content: bytes, why: str) -> None:
    case = to_statement(centre, violation)
    with centre.desk(STAFF) as staff:
        said = staff.refused(case, "answer", [("files", (name, content, "application/pdf"))], text="见附件")
        assert why in said
        assert name in said
        assert staff.case(case)["waits_for"] == "answer"


def test_a_paper_comes_back_as_it_was_and_is_never_a_page(centre: Office, violation: int) -> None:
    case = to_statement(centre, violation)
    with centre.desk(STAFF) as staff:
        staff.does(case, "answer", [("files", ("../../说明 1", PDF, "text/html"))], text="见附件")
        page = staff.page(f"/cases/{case}")
        assert "说明 1.pdf" in page
        assert staff.page(f"/cases/{case}").count("/files/1") == 1
        paper = staff.client.get(f"/cases/{case}/files/1")
        assert (paper.content, paper.headers["content-type"]) == (PDF, "application/pdf")
        assert paper.headers["content-disposition"].startswith("attachment;")
        assert paper.headers["x-content-type-options"] == "nosniff"
        assert staff.client.get(f"/cases/{case + 1}/files/1").status_code == 404


def test_a_refused_form_keeps_what_was_typed(centre: Office, violation: int) -> None:
    case = to_statement(centre, violation)
    centre.at(local("2026-10-10 08:00"))
    with centre.desk(HEAD) as head:
        answer = head.act(case, "extend", text="单位申请延期两天", deadline="2026-10-01")
        assert answer.status_code == 409
        assert "单位申请延期两天" in answer.text


def test_programs_work_cases_as_people_do(centre: Office, violation: int) -> None:
    centre.at(local("2026-09-29 09:00"))
    with centre.desk(STAFF) as staff:
        opened = staff.client.post("/api/cases", json={"violation_id": violation}).json()["id"]
        acts = f"/api/cases/{opened}/acts"
        assert staff.client.post(acts, json={"act": "take"}).json()["state"] == "verifying"
        assert staff.case(opened)["can"][:1] == ["ask"]
        wrong = staff.client.post(acts, json={"act": "close", "text": "x"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "not_now")
        assert staff.client.post(acts, json={"act": "shout"}).status_code == 422
        assert staff.client.post("/api/cases", json={"violation_id": violation}).status_code == 409
        lines: list[dict[str, Any]] = staff.client.get("/api/cases").json()
        assert [(line["id"], line["due"]) for line in lines] == [(opened, "2026-10-12")]
        assert staff.client.get("/api/cases?overdue=true").json() == []


def test_a_confidential_cars_case_is_shown_to_few(centre: Office, built: District) -> None:
    car = built.vehicle("苏N55555", use_class="confidential_mail")
    found = built.violation(car, "R06", local("2026-09-25 14:00"))
    judged(built)
    centre.at(local("2026-09-29 09:00"))
    with centre.desk(HEAD) as head, centre.desk(STAFF) as staff:
        case = head.open(found)
        assert head.case(case)["plate"] == "苏N55555"
        assert staff.client.get(f"/cases/{case}").status_code == 404
        assert staff.client.get(f"/api/cases/{case}").status_code == 404
        assert staff.client.get("/api/cases").json() == []
        assert staff.client.post(f"/api/cases/{case}/acts", json={"act": "take"}).status_code == 404
        assert staff.client.post("/api/cases", json={"violation_id": found}).status_code == 404
        assert "苏N55555" not in staff.page("/cases") + staff.page("/ledger") + staff.page("/points")


def test_a_form_from_elsewhere_is_refused(centre: Office, violation: int) -> None:
    case = to_statement(centre, violation)
    with centre.desk(STAFF) as staff:
        assert staff.client.post(f"/cases/{case}/acts", data={"act": "note", "text": "x"}).status_code == 403
        assert staff.client.post("/cases", data={"violation_id": "1"}).status_code == 403
