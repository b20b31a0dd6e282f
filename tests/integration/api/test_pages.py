"""What the pages say, to a person who is signed in."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from tests.fixtures.pages import NOON, ServedPages
from tests.integration.api.builders import DISTRICT, HOME, HOTEL, District, local, spans_evidence

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")


class Foreign(HTMLParser):
    """Collects Chinese that no ``lang`` says to be Chinese."""

    VOID = frozenset({"meta", "link", "input", "br", "rect", "line", "circle", "path"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.languages: list[str] = []
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        language = told.get("lang") or (self.languages[-1] if self.languages else "")
        if not language.startswith("zh"):
            self.found += [f"{tag} {name}={value}" for name, value in attrs if value and CHINESE.search(value)]
        if tag not in self.VOID:
            self.languages.append(language)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self.languages.pop()

    def handle_data(self, data: str) -> None:
        if CHINESE.search(data) and not self.languages[-1].startswith("zh"):
            self.found.append(data.strip())


@pytest.fixture
def holiday(built: District) -> dict[str, int]:
    """A drive on 2 October with an order of the morning before, a duty the next day, an alert, and all else."""
    unit = built.unit("区教育局")
    built.zone("宿豫区", "jurisdiction", DISTRICT)
    built.zone("教育局停车场", "home", HOME, unit)
    hotel = built.zone("骆马湖大酒店", "sensitive", HOTEL)
    car = built.vehicle("苏N12345", unit=unit)
    start, end = local("2026-10-02 14:00"), local("2026-10-02 14:30")
    built.track(car, start)
    built.trip(car, start, end)
    built.stop(car, local("2026-10-02 09:00"), start)
    built.gap(car, end, local("2026-10-02 17:00"))
    built.visit(car, hotel, local("2026-10-02 14:10"), local("2026-10-02 14:12"))
    built.order(car, local("2026-10-02 08:00"), local("2026-10-02 12:00"), number="PC-0001")
    built.order(car, local("2026-10-02 13:00"), local("2026-10-02 16:00"), number="PC-0002", approved=False)
    built.duty(car, local("2026-10-03 00:00"), local("2026-10-04 00:00"))
    violation = built.violation(car, "R06", start, evidence=spans_evidence([(start, end)], zones=[hotel]))
    built.alert(violation, NOON - timedelta(minutes=5))
    return {"car": car, "violation": violation}


def test_the_overview_says_what_happened_since_the_last_workday(pages: ServedPages, holiday: dict[str, int]) -> None:
    on_the_8th = NOON - timedelta(days=1)
    assert holiday
    with pages.on(on_the_8th) as client:
        page = client.get("/").text
    assert "2026年10月8日 周四" in page
    assert "节后首个工作日" in page
    assert "9月30日 周三以来的疑似违规" in page
    assert "核实 1 起疑似违规" in page


def test_the_overview_counts_cars_by_their_state(pages: ServedPages, built: District) -> None:
    built.latest(built.vehicle("苏N00001"), NOON - timedelta(seconds=30), speed_kmh=60)
    built.latest(built.vehicle("苏N00002"), NOON - timedelta(hours=20), speed_kmh=0)
    built.latest(built.vehicle("苏N00003"), NOON - timedelta(minutes=30), speed_kmh=60)
    built.vehicle("苏N00004")
    built.latest(built.vehicle("苏N00005", enrolled=False), NOON, speed_kmh=60)
    with pages.admin() as client:
        page = client.get("/").text
    assert re.findall(r'data-count="(\w+)">(\d+)<', page) == [("driving", "1"), ("standing", "1"), ("silent", "2")]


def test_the_overview_lists_alerts_of_today_only(pages: ServedPages, built: District) -> None:
    car = built.vehicle()
    today, yesterday = (built.violation(car, "R06", local(f"2026-10-0{day} 07:00")) for day in (9, 8))
    built.alert(today, local("2026-10-09 00:00"))
    built.alert(yesterday, local("2026-10-08 23:59"))
    with pages.admin() as client:
        alerts = client.get("/fragments/alerts").text
    assert f"/violations/{today}" in alerts
    assert f"/violations/{yesterday}" not in alerts


def test_a_year_without_a_schedule_is_called_out(pages: ServedPages) -> None:
    with pages.on(local("2090-03-01 08:30")) as client:
        assert "2090 年放假安排尚未录入" in client.get("/").text
    with pages.admin() as client:
        assert "放假安排尚未录入" not in client.get("/").text


def test_the_system_says_what_it_could_not_take_in(pages: ServedPages, built: District) -> None:
    built.conn.execute(
        "insert into unreadable_messages (topic, payload, payload_sha256, payload_bytes, reason, received_at)"
        " values ('v1/x/position', '', '', 0, 'not_json', %s)",
        [NOON],
    )
    built.conn.execute("insert into marks (vehicle_id, since) select 1, now() from generate_series(1, 1234)")
    built.conn.execute(
        "with tracker as (insert into trackers (code) values ('spare') returning id)"
        " insert into unassigned_positions (tracker_id, ts, lon_e7, lat_e7, flags, received_at)"
        " select id, %s, n, n, 0, %s from tracker, generate_series(1, 2345) n",
        [NOON, NOON],
    )
    with pages.admin() as client:
        page = client.get("/fragments/system").text
    assert "1,234" in page
    assert re.search(r'未装车时的定位</dt><dd class="num">2,345<', page)
    assert re.search(r'今日无法识别的消息</dt><dd class="num bad">1<', page)


def test_a_violation_is_suspected_and_says_why(pages: ServedPages, holiday: dict[str, int]) -> None:
    with pages.admin() as client:
        page = client.get(f"/violations/{holiday['violation']}").text
    assert "疑似违规" in page
    assert "节假日" in page
    assert "2026年10月2日 周五 14:00—14:30" in page
    assert "骆马湖大酒店" in page
    assert f'src="/maps/violations/{holiday["violation"]}"' in page


def test_a_violation_says_why_no_paper_excuses_it(pages: ServedPages, holiday: dict[str, int]) -> None:
    with pages.admin() as client:
        page = client.get(f"/violations/{holiday['violation']}").text
    papers = re.findall(r'paper-name">(.*?)</span></span>.*?tag-warn">([^<]+)<', page, re.DOTALL)
    told = [(re.sub(r"<[^>]+>", "", name).strip(), why) for name, why in papers]
    assert told == [("派车单 PC-0001", "不在该时段内"), ("派车单 PC-0002", "未经批准")]
    assert "值班" in page


def test_the_judges_reason_stands_above_the_registers(pages: ServedPages, built: District) -> None:
    car, start = built.vehicle(), local("2026-10-02 14:00")
    order = built.order(car, local("2026-10-02 13:00"), local("2026-10-02 16:00"))
    excuses = [{"kind": "order", "id": order, "why": "other_place"}]
    violation = built.violation(car, "R09", start, evidence={"excuses": excuses})
    with pages.admin() as client:
        assert "目的地不符" in client.get(f"/violations/{violation}").text


@pytest.mark.parametrize("evidence", [{}, {"spans": []}, {"zones": None, "excuses": None}, {"zones": [99]}])
def test_evidence_with_parts_absent_is_shown_all_the_same(
    pages: ServedPages, built: District, evidence: dict[str, object]
) -> None:
    violation = built.violation(built.vehicle(), "R77", evidence=evidence)
    with pages.admin() as client:
        assert client.get(f"/violations/{violation}").status_code == 200
        assert client.get(f"/maps/violations/{violation}").status_code == 200


def test_a_map_shows_how_far_outside_the_rule_asks_for(pages: ServedPages, built: District) -> None:
    """R09 holds 500 m outside the jurisdiction, R08 100 m from the unit's own home zone, not from another's."""
    own, other = built.unit("水利局"), built.unit("教育局")
    built.zone("辖区", "jurisdiction", DISTRICT)
    built.zone("水利局停车场", "home", HOME, own)
    built.zone("教育局停车场", "home", HOTEL, other)
    car = built.vehicle(unit=own)
    left, night = built.violation(car, "R09"), built.violation(car, "R08")
    with pages.admin() as client:
        assert "围栏外扩 500 米" in client.get(f"/maps/violations/{left}").text
        assert "围栏外扩 100 米" in client.get(f"/maps/violations/{night}").text


def test_withdrawn_and_provisional_violations_say_so(pages: ServedPages, built: District) -> None:
    car = built.vehicle()
    withdrawn, provisional = built.violation(car, "R05"), built.violation(car, "R06", provisional=True)
    built.withdraw(withdrawn, NOON)
    with pages.admin() as client:
        assert "此条已于 10月9日 周五 08:30 撤回" in client.get(f"/violations/{withdrawn}").text
        assert "暂定" in client.get(f"/violations/{provisional}").text


def test_a_week_shows_trips_stops_gaps_orders_and_violations(pages: ServedPages, holiday: dict[str, int]) -> None:
    with pages.admin() as client:
        page = client.get(f"/vehicles/{holiday['car']}?week=2026-W40").text
    counts = re.findall(r'id="(\w+)-title">[^<]*<span class="count">(\d+)<', page)
    assert dict(counts) == {"violations": "1", "trips": "1", "gaps": "1", "orders": "3", "stops": "1"}
    assert "教育局停车场" in page, "the stop is named after the zone that it was in"
    assert "10月2日 周五 14:00—14:30" in page


def test_a_week_begins_on_monday_by_the_districts_clock(pages: ServedPages, built: District) -> None:
    car = built.vehicle()
    sunday, monday = local("2026-10-04 23:30"), local("2026-10-05 00:30")
    for start in (sunday, monday):
        built.trip(car, start, start + timedelta(minutes=20))
    with pages.admin() as client:
        week_40, week_41 = (client.get(f"/vehicles/{car}?week=2026-W{n}").text for n in (40, 41))
    assert "10月4日 周日 23:30" in week_40
    assert "10月5日 周一 00:30" not in week_40
    assert "10月5日 周一 00:30" in week_41
    assert "23:30" not in week_41


def test_a_vehicle_opens_on_the_week_of_its_newest_position(pages: ServedPages, holiday: dict[str, int]) -> None:
    with pages.admin() as client:
        assert "2026 年第 40 周" in client.get(f"/vehicles/{holiday['car']}").text


@pytest.mark.parametrize("week", ["2026-W54", "2026-40", "next", "9999-W01", "2026-W00"])
def test_what_is_no_week_is_not_found(pages: ServedPages, built: District, week: str) -> None:
    with pages.admin() as client:
        assert client.get(f"/vehicles/{built.vehicle()}", params={"week": week}).status_code == 404


@pytest.mark.parametrize("typed", ["苏n·12 345", "Ｎ１２３", "12345", "教育", ""])
def test_a_vehicle_is_found_by_part_of_plate_or_unit(pages: ServedPages, holiday: dict[str, int], typed: str) -> None:
    assert holiday
    with pages.admin() as client:
        assert "苏N12345" in client.get("/vehicles", params={"q": typed}).text


def test_vehicles_come_a_page_at_a_time(pages: ServedPages, built: District) -> None:
    unit = built.unit()
    for n in range(70):
        built.vehicle(f"苏N{n:05}", unit=unit)
    with pages.admin() as client:
        first = client.get("/vehicles").text
        following = re.search(r'hx-get="([^"]+)"[^>]*hx-target="closest tr"', first)
        assert following is not None
        second = client.get(following[1], headers={"hx-request": "true"}).text
    plates = re.findall(r"苏N\d{5}", first + second)
    assert plates == [f"苏N{n:05}" for n in range(70)]
    assert "<html" not in second


PAGES = ["/", "/violations", "/violations/{violation}", "/vehicles", "/vehicles/{car}?week=2026-W40", "/violations/0"]


@pytest.mark.parametrize("path", PAGES)
def test_an_english_page_is_english_but_for_data(pages: ServedPages, holiday: dict[str, int], path: str) -> None:
    with pages.admin() as client:
        client.get("/?lang=en")
        html = client.get(path.format(**holiday)).text
    assert '<html lang="en">' in html
    assert Foreign(html).found == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_chinese_unless_told(pages: ServedPages, holiday: dict[str, int], path: str) -> None:
    with pages.admin() as client:
        html = client.get(path.format(**holiday)).text
    assert '<html lang="zh-CN">' in html
    assert "疑似违规" in html


def test_the_language_is_remembered(pages: ServedPages) -> None:
    with pages.visitor() as client:
        assert "Sign in" in client.get("/sign-in?lang=en").text
        assert "Sign in" in client.get("/sign-in").text
        assert "登录" in client.get("/sign-in?lang=zh").text


def test_what_people_wrote_never_becomes_markup(pages: ServedPages, built: District) -> None:
    unit = built.unit("<script>alert(1)</script>")
    built.zone("</script><script>alert(2)</script>", "home", HOME, unit)
    car = built.vehicle("苏N12345", unit=unit)
    built.track(car, local("2026-10-02 14:00"))
    violation = built.violation(car, "R06", evidence={"zones": [1]})
    built.alert(violation, NOON)
    with pages.admin() as client:
        for path in ("/", "/violations", f"/violations/{violation}", f"/vehicles/{car}", "/maps/live"):
            html = client.get(path).text
            assert "<script>alert" not in html, path
        for path in (f"/maps/violations/{violation}", f"/maps/vehicles/{car}?week=2026-W40"):
            assert "alert(2)</script>" not in client.get(path).text, path


def test_what_is_not_there_is_told_in_the_language_of_the_page(pages: ServedPages) -> None:
    with pages.admin() as client:
        assert "没有编号为 7 的车辆" in client.get("/vehicles/7").text
        assert "没有这个页面" in client.get("/nowhere").text
        assert "There is no such page" in client.get("/nowhere?lang=en").text


def test_a_vehicle_without_positions_has_pages_too(pages: ServedPages, built: District) -> None:
    car = built.vehicle()
    with pages.admin() as client:
        assert "这一周没有定位数据" in client.get(f"/vehicles/{car}").text
        assert client.get(f"/maps/vehicles/{car}").status_code == 200


@pytest.mark.parametrize(
    ("hours", "at_once", "is_told"),
    [
        pytest.param(8, False, True, id="a clock that shows UTC where China's time is meant"),
        pytest.param(8, True, False, id="a blind area"),
        pytest.param(0, False, False, id="in time"),
    ],
)
def test_a_clock_that_seems_behind_is_told_before_anybody_decides(
    pages: ServedPages, built: District, hours: int, at_once: bool, is_told: bool
) -> None:
    car = built.vehicle("苏N0C08K")
    start = local("2026-10-02 01:00")
    built.track(car, start, delay=timedelta(hours=hours, seconds=1), at_once=at_once)
    violation = built.violation(car, "R04", start)
    with pages.admin() as client:
        page = client.get(f"/violations/{violation}").text
    assert ("终端时钟可能偏慢" in page) is is_told
    assert ("8 小时" in page) >= is_told
