"""Device health on pages, as JSON and for Prometheus: who sees which trackers, and what they are told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gongche.commands.serve import report_site
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
