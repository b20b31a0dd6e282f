"""Device health on pages, as JSON and for Prometheus: who sees which trackers, and what they are told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gongche.report_site import report_site
from gongche.settings import Settings
from tests.fixtures.pages import NOON, ServedPages, served
from tests.integration.api.builders import District, local

TOKEN = "0123456789abcdef"


@pytest.fixture
def unit(built: District) -> int:
    """Trackers with troubles of all sorts, on cars of this unit; and one of a confidential car of another."""
    unit = built.unit("区教育局")
    fine = built.tracker("T-fine", built.vehicle("苏N00001", unit=unit))
    built.tracker_day(fine, NOON - timedelta(minutes=1))
    silent = built.tracker("T-silent", built.vehicle("苏N00002", unit=unit))
    built.tracker_day(silent, local("2026-10-05 08:00"), repeats=900)
    clock = built.tracker("T-clock", built.vehicle("苏N00003", unit=unit))
    built.tracker_day(clock, NOON, offsets_s=[-7200] * 9, late=0)
    blind = built.tracker("T-blind", built.vehicle("苏N00004", unit=unit))
    built.tracker_day(blind, NOON, fixes=500, late=400)
    built.tracker("T-never", built.vehicle("苏N00005", unit=unit))
    built.tracker("T-spare")
    built.rejected("T-strange", "unknown_tracker", 12, NOON)
    built.rejected("T-fine", "not_json", 3, NOON)
    secret = built.tracker(
        "T-secret", built.vehicle("苏N00009", unit=built.unit("机要局"), use_class="confidential_mail")
    )
    built.tracker_day(secret, NOON, fixes=0)
    return unit


def troubles_of(client: httpx.Client, query: str = "") -> dict[str, list[str]]:
    return {one["tracker"]: one["troubles"] for one in client.get(f"/api/devices{query}").json()}


@pytest.mark.usefixtures("unit")
def test_trackers_are_told_by_what_is_wrong_with_them_the_worst_first(pages: ServedPages) -> None:
    with pages.someone("staff") as client:
        told = troubles_of(client)
    assert told == {
        "T-silent": ["silent", "repeats"],
        "T-never": ["never"],
        "T-clock": ["clock"],
        "T-blind": ["few_fixes", "late"],
        "T-strange": ["unknown"],
        "T-fine": [],
        "T-spare": [],
    }
    assert list(told) == ["T-silent", "T-never", "T-clock", "T-blind", "T-strange", "T-fine", "T-spare"]


@pytest.mark.parametrize(
    ("roles", "seen"),
    [
        (["staff"], {"T-fine", "T-silent", "T-clock", "T-blind", "T-never", "T-spare", "T-strange"}),
        (["head"], {"T-fine", "T-silent", "T-clock", "T-blind", "T-never", "T-spare", "T-strange", "T-secret"}),
        (["auditor"], {"T-fine", "T-silent", "T-clock", "T-blind", "T-never", "T-spare", "T-strange", "T-secret"}),
        (["admin"], {"T-fine", "T-silent", "T-clock", "T-blind", "T-never", "T-spare", "T-strange"}),
        (["unit_manager"], {"T-fine", "T-silent", "T-clock", "T-blind", "T-never"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_each_role_sees_its_trackers(pages: ServedPages, unit: int, roles: list[str], seen: set[str]) -> None:
    with pages.someone(*roles, unit_id=unit if roles == ["unit_manager"] else None) as client:
        assert troubles_of(client).keys() == seen
        page = client.get("/devices").text
        assert {code for code in (*seen, "T-secret") if f"tracker={code}" in page} == seen
        secret = client.get("/devices/one?tracker=T-secret")
        assert secret.status_code == (200 if "T-secret" in seen else 404)


@pytest.mark.usefixtures("unit")
def test_whoever_only_runs_the_system_is_told_of_no_car(pages: ServedPages) -> None:
    with pages.someone("admin") as client:
        told = [client.get(path).text for path in ("/devices", "/api/devices", "/devices/one?tracker=T-clock")]
        assert not any("苏N0" in text or "区教育局" in text for text in told)
        assert troubles_of(client)["T-clock"] == ["clock"], "also of one that stands on a car that is not told"
        assert "T-clock" not in client.get("/devices?q=N00003").text, "nor found by it"
    with pages.someone("staff") as client:
        assert "T-clock" in client.get("/devices?q=N00003").text


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?show=clock", ["T-clock"]),
        ("?show=late", ["T-blind"]),
        ("?show=fine", ["T-fine", "T-spare"]),
        ("?show=troubled", ["T-silent", "T-never", "T-clock", "T-blind", "T-strange"]),
        ("?sort=fixes&show=troubled&limit=1", ["T-blind"]),
        ("?sort=clock&limit=1", ["T-clock"]),
        ("?sort=silent&limit=3", ["T-never", "T-spare", "T-silent"]),
        ("?sort=rejected&limit=1", ["T-fine"]),
        ("?sort=repeats&limit=1", ["T-silent"]),
        ("?tracker=T-blind", ["T-blind"]),
        ("?tracker=T-strange", ["T-strange"]),
        ("?tracker=nobody", []),
    ],
)
def test_a_list_is_narrowed_and_sorted(pages: ServedPages, query: str, expected: list[str]) -> None:
    with pages.someone("staff") as client:
        assert list(troubles_of(client, query)) == expected


@pytest.mark.usefixtures("unit")
def test_one_tracker_is_told_with_shares_and_what_to_do(pages: ServedPages) -> None:
    with pages.someone("staff") as client:
        (told,) = client.get("/api/devices?tracker=T-blind").json()
    assert told == {
        "tracker": "T-blind",
        "registered": True,
        "plate": "苏N00004",
        "unit": "区教育局",
        "heard_at": NOON.isoformat().replace("+00:00", "Z"),
        "silent_s": 0.0,
        "positions": 1000,
        "fixes": 500,
        "parked": 0,
        "repeats": 0,
        "late": 400,
        "fix_share": 0.5,
        "late_share": 0.4,
        "repeat_share": 0.0,
        "clock_offset_s": 1.0,
        "rejected": {},
        "troubles": ["few_fixes", "late"],
        "advice": "check_antenna",
    }


def test_only_the_last_seven_days_count(pages: ServedPages, built: District) -> None:
    tracker = built.tracker("T", built.vehicle())
    built.tracker_day(tracker, local("2026-10-02 23:59"), fixes=0)
    built.tracker_day(tracker, local("2026-10-03 00:01"), positions=10)
    built.tracker_day(tracker, NOON, positions=90)
    with pages.someone("staff") as client:
        (told,) = client.get("/api/devices").json()
    assert (told["positions"], told["fix_share"], told["troubles"]) == (100, 1.0, [])


@pytest.mark.usefixtures("unit")
def test_the_pages_say_what_is_wrong_and_what_to_do_in_both_languages(pages: ServedPages) -> None:
    with pages.someone("staff") as client:
        chinese = client.get("/devices").text
        assert "检查供电和 SIM 卡" in chinese
        assert "核对时区设置" in chinese
        english = client.get("/devices/one?tracker=T-clock&lang=en").text
        assert "2 h fast" in english
        assert "Check the time zone" in english
        assert "is not JSON ×3" in client.get("/devices/one?tracker=T-fine&lang=en").text


@pytest.mark.usefixtures("unit")
def test_a_clock_that_is_far_ahead_is_no_clock_that_is_a_second_slow(pages: ServedPages, built: District) -> None:
    """What tells of the future is put aside; the offsets are of the few good positions that came besides."""
    built.tracker_day(built.tracker("T-ahead", built.vehicle("苏N00006")), NOON, offsets_s=[1] * 9, positions=100)
    built.rejected("T-ahead", "clock_ahead", 60, NOON)
    with pages.someone("staff") as client:
        one = client.get("/devices/one?tracker=T-ahead&lang=en").text
        assert one.count("over 10 min fast") == 2, "now, and on its day"
        assert "slow" not in one
        by_clock = client.get("/devices?sort=clock&lang=zh").text
    assert "快 10 分钟以上" in by_clock
    assert by_clock.index("T-ahead") < by_clock.index("T-clock"), "nobody knows how far ahead"


def test_where_most_tell_of_the_future_the_servers_clock_is_to_be_looked_at(
    pages: ServedPages, built: District
) -> None:
    for number in range(3):
        built.tracker_day(built.tracker(f"T-{number}", built.vehicle(f"苏N0000{number}")), NOON, positions=10)
        with pages.someone("staff") as client:
            assert "请先校准本服务器的时钟" not in client.get("/devices").text
        built.rejected(f"T-{number}", "clock_ahead", 60, NOON)
    with pages.someone("staff") as client:
        assert "请先校准本服务器的时钟" in client.get("/devices").text
        assert "look at the clock of this server" in client.get("/devices?lang=en").text


def test_a_tracker_of_a_strange_number_has_a_page(pages: ServedPages, built: District) -> None:
    for code in ("a/b c&d", "", "终端"):
        built.rejected(code, "unknown_tracker", 1, NOON)
    with pages.someone("staff") as client:
        for code in ("a/b c&d", "终端"):
            assert client.get("/devices/one", params={"tracker": code}).status_code == 200
        page = client.get("/devices").text
        assert "/devices/one?tracker=a/b%20c%26d" in page
        assert "（编号不明）" in page
        assert 'tracker="' not in page, "one without a number has no page"


def test_a_unit_manager_is_not_shown_the_days_before_the_car_had_it(pages: ServedPages, built: District) -> None:
    unit = built.unit()
    tracker = built.tracker("T", built.vehicle(unit=unit), fitted="[2026-10-08 03:00+08,)")
    for day in ("2026-10-07 12:00", "2026-10-08 12:00", "2026-10-09 08:00"):
        built.tracker_day(tracker, local(day), positions=777)
    with pages.someone("staff") as client:
        assert client.get("/devices/one?tracker=T").text.count(">777<") == 3
    with pages.someone("unit_manager", unit_id=unit) as client:
        assert client.get("/devices/one?tracker=T").text.count(">777<") == 2


def test_a_list_goes_on_on_the_next_page(pages: ServedPages, built: District) -> None:
    for number in range(101):
        built.rejected(f"T-{number:03}", "unknown_tracker", 1, NOON)
    with pages.someone("staff") as client:
        first, second = (client.get(f"/devices{query}").text for query in ("", "?after=100"))
    assert first.count("tracker=T-") == 100
    assert "after=100" in first
    assert second.count("tracker=T-") == 1


@pytest.mark.usefixtures("unit")
def test_a_silence_of_the_platform_is_said_before_single_trackers_are_blamed(
    pages: ServedPages, built: District
) -> None:
    built.conn.execute("update fleet_time set heard_until = %s", (NOON,))
    built.conn.execute("insert into fleet_silences values (%s, %s)", (NOON - timedelta(hours=2), NOON))
    with pages.someone("staff") as client:
        assert "平台性失联" in client.get("/devices").text


# What the broker refused ----------------------------------------------------------------------------------------

REFUSED = "服务器拒绝的登录与发布"


@pytest.mark.parametrize(
    ("role", "sees"), [("staff", True), ("head", True), ("auditor", True), ("admin", True), ("unit_manager", False)]
)
def test_what_the_broker_refused_is_told_to_those_who_see_all_units(
    pages: ServedPages, unit: int, built: District, role: str, sees: bool
) -> None:
    built.refused("sign_in", "T-fine", NOON, times=1234, address="198.51.100.9:5")
    with pages.someone(role, unit_id=unit if role == "unit_manager" else None) as client:
        page, one = client.get("/devices").text, client.get("/devices/one?tracker=T-fine").text
        other = client.get("/devices/one?tracker=T-clock").text
        part = client.get("/devices", headers={"hx-request": "true"}).text
    assert (REFUSED in page, "198.51.100.9:5" in page) == (sees, sees)
    assert ("1,234 次，最近一次 2026-10-09" in one) is sees
    assert ("gongche trackers password T-fine" in one) is sees
    assert ("未发现问题" in one) is not sees
    assert "名义" not in other, "nothing was refused in its name"
    assert REFUSED not in part, "it stands below the list, and is not asked for again with it"


def test_of_what_the_broker_refused_long_ago_only_the_trackers_page_tells(pages: ServedPages, built: District) -> None:
    built.tracker("T")
    built.refused("sign_in", "T", NOON - timedelta(days=7, seconds=1))
    with pages.someone("staff") as client:
        assert REFUSED not in client.get("/devices").text
        one = client.get("/devices/one?tracker=T").text
        assert "以本终端名义的登录" in one
        assert "gongche trackers password" not in one, "nothing is to be done about it any more"
    built.refused("publish", "T", NOON - timedelta(days=7))
    with pages.someone("staff") as client:
        assert client.get("/devices").text.count('class="c-name"') == 1


def test_each_refusal_says_what_to_do_and_a_known_tracker_is_linked(pages: ServedPages, built: District) -> None:
    built.tracker("T 1;x")
    built.refused("sign_in", "T 1;x", NOON)
    built.refused("sign_in", "root", NOON - timedelta(hours=1))
    built.refused("publish", "of-T9", NOON - timedelta(hours=2), topic="v1/T1/position")
    built.refused("publish", "", NOON - timedelta(hours=3))
    built.refused("sign_in", "*", NOON - timedelta(hours=4), times=99)
    with pages.someone("staff") as client:
        chinese, english = (client.get(f"/devices?lang={one}").text for one in ("zh", "en"))
    for text, told in (
        (chinese, ["重设密码", "没有登记这个名称的终端", "不属于自己的主题", "（空）", "其余名称合计"]),
        (english, ["changed, revoked", "No tracker of this name", "claims a topic", "(empty)", "all further names"]),
    ):
        places = [text.index(one) for one in told]
        assert places == sorted(places), "the latest first"
        assert "gongche trackers password &#39;T 1;x&#39;" in text
        assert "v1/T1/position" in text
    below = chinese.split(REFUSED)[1]
    assert "/devices/one?tracker=T%201%3Bx" in below
    assert below.count("/devices/one") == 1, "nobody else is a tracker"


def test_the_latest_twenty_are_shown(pages: ServedPages, built: District) -> None:
    for number in range(21):
        built.refused("sign_in", f"name-{number:02}", NOON - timedelta(minutes=number))
    with pages.someone("staff") as client:
        page = client.get("/devices").text
    assert ("name-19" in page, "name-20" in page) == (True, False)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_strangers_give_as_names_stays_text_and_is_cut(pages: ServedPages, built: District, language: str) -> None:
    script = "<script>alert('x')</script>\""
    built.refused("sign_in", script, NOON, address=script)
    built.refused("publish", "n" * 64, NOON, topic="v1/" + "<b>" * 60)
    with pages.someone("staff") as client:
        page = client.get(f"/devices?lang={language}").text
    below = page[page.index('id="refusals-title"') :]
    assert "<script>alert" not in page
    assert "<b>" not in below
    assert '<bdi class="stranger" lang="">&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&#34;</bdi>' in below
    assert f">{'n' * 39}…</bdi>" in below
    assert f'title="{"n" * 64}"' in below, "whole where somebody points at it"


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(("role", "sees"), [("staff", False), ("admin", False), ("head", True), ("auditor", True)])
@pytest.mark.parametrize(
    ("kind", "name", "topic"),
    [
        ("sign_in", "T-secret", ""),
        ("publish", "of-T-secret", "v1/T-fine/position"),
        ("publish", "T-fine", "v1/T-secret/position"),
        ("publish", "T-fine", "owntracks/zhang/san"),
        ("publish", "T-fine", "v1/T///7/position"),
    ],
)
def test_a_refusal_that_names_a_tracker_of_a_confidential_car_is_for_few(
    pages: ServedPages, built: District, role: str, sees: bool, kind: str, name: str, topic: str
) -> None:
    for code in ("zhang~san", "T.7"):
        secret = built.vehicle(f"苏N-{code}", unit=built.unit(code), use_class="confidential_mail")
        built.tracker(code, secret, fitted="[2026-01-01,2026-02-01)")
    built.refused(kind, name, NOON, topic=topic)
    with pages.someone(role) as client:
        assert (REFUSED in client.get("/devices").text) is sees


# Prometheus -----------------------------------------------------------------------------------------------------


def read(client: httpx.Client, token: str = TOKEN) -> httpx.Response:
    return client.get("/metrics", headers={"authorization": f"Bearer {token}"})


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Name and labels of each sample, as the library's own parser reads them; of the labels the tracker first."""
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items(), reverse=True))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_without_a_token_set_nobody_reads_metrics(pages: ServedPages) -> None:
    with pages.someone("head", "admin") as client:
        for token in ("None", TOKEN):
            assert read(client, token).status_code == 401
        assert client.get("/metrics").status_code == 401


@pytest.mark.usefixtures("unit")
def test_metrics_are_read_with_the_token_only(pages: ServedPages, built: District) -> None:
    built.conn.execute("insert into ingest_counts values ('2026-10-08', 'stored', 5), ('2026-10-09', 'stored', 2)")
    built.refused("sign_in", "T-secret", NOON, times=5)
    built.refused("sign_in", "root", NOON, times=2)
    built.conn.execute("delete from marks")
    built.conn.execute("insert into marks (vehicle_id, since) values (1, now()), (1, now()), (2, now())")
    with served(replace(pages.site, metrics_token=TOKEN)) as then, then.visitor() as client:
        assert [read(client, token).status_code for token in (TOKEN[:-1], TOKEN + "x", "x")] == [401] * 3
        assert client.get("/metrics", headers={"authorization": TOKEN}).status_code == 401
        answer = read(client)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = samples(answer.text)
    assert told["gongche_trackers", ()] == 8, "the confidential one counts"
    assert told["gongche_trackers_troubled", ("silent",)] == 1
    assert told["gongche_trackers_troubled", ("few_fixes",)] == 2
    assert told["gongche_ingest_outcomes_total", ("stored",)] == 7
    assert told["gongche_broker_refusals_total", ("sign_in",)] == 7
    assert told["gongche_broker_refusals_total", ("publish",)] == 0, "a series from the start, for its rate"
    assert told["gongche_vehicles_to_judge", ()] == 2
    assert told["gongche_letters_waiting", ()] == 0
    assert told["gongche_fleet_silent", ()] == 0
    assert told["gongche_tracker_clock_offset_seconds", ("T-clock",)] == -7200
    assert told["gongche_tracker_last_heard_timestamp_seconds", ("T-blind",)] == NOON.timestamp()
    assert told["gongche_tracker_fix_ratio", ("T-blind",)] == 0.5
    assert told["gongche_tracker_rejected", ("T-strange", "unknown_tracker")] == 12
    assert ("gongche_tracker_fix_ratio", ("T-never",)) not in told, "nothing is told of what nobody knows"
    assert not any("T-secret" in labels for _, labels in told)
    assert "苏N" not in answer.text


@pytest.mark.usefixtures("unit")
def test_series_of_each_tracker_can_be_left_out(pages: ServedPages) -> None:
    with served(replace(pages.site, metrics_token=TOKEN, metrics_trackers=False)) as then, then.visitor() as client:
        told = samples(read(client).text)
    assert told["gongche_trackers", ()] == 8
    assert not any(name.startswith("gongche_tracker_") for name, _ in told)


def test_a_number_with_quotes_and_newlines_stays_one_label(pages: ServedPages, built: District) -> None:
    strange = 'a"b\\c\nd'
    built.rejected(strange, "unknown_tracker", 3, NOON)
    with served(replace(pages.site, metrics_token=TOKEN)) as then, then.visitor() as client:
        assert samples(read(client).text)["gongche_tracker_rejected", (strange, "unknown_tracker")] == 3


@pytest.mark.parametrize(("token", "status"), [(TOKEN, 200), ("", 401), (None, 401)])
def test_the_token_is_the_settings_and_an_empty_one_is_none(
    pages: ServedPages, monkeypatch: pytest.MonkeyPatch, token: str | None, status: int
) -> None:
    if token is not None:
        monkeypatch.setenv("GONGCHE_METRICS_TOKEN", token)
    told = report_site(Settings(), pages.site.dsn)
    with served(replace(pages.site, metrics_token=told.metrics_token)) as then, then.visitor() as client:
        assert client.get("/metrics", headers={"authorization": f"Bearer {token or 'None'}"}).status_code == status


def test_a_short_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGCHE_METRICS_TOKEN", TOKEN[:-1])
    with pytest.raises(ValueError, match="metrics_token"):
        Settings()
