"""``gongche serve`` and ``gongche violations`` as processes of their own."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import httpx
import pytest

from tests.acceptance.program import Up, eventually, gongche, running
from tests.fixtures.pages import ServedPages, sign_in
from tests.integration.api.builders import District, local


def address(serve: Up) -> str:
    """Where it serves, once it does."""
    found: list[str] = []

    def told() -> bool:
        found[:] = re.findall(r"http://127\.0\.0\.1:\d+", serve.errors())
        return bool(found) or serve.process.poll() is not None

    eventually(told, "never said where it serves")
    assert found, serve.errors()
    return found[0]


def test_serve_stops_in_order_although_a_page_is_open(pages: ServedPages, tmp_path: Path) -> None:
    with running(tmp_path, "serve", settings={"database_url": pages.site.dsn}) as serve:
        with httpx.Client(base_url=address(serve), timeout=60) as client:
            assert sign_in(client).status_code == 303
            with client.stream("GET", "/events") as stream:
                lines = stream.iter_lines()
                assert next(lines) == "retry: 2000"
                assert serve.stop() == 0
                for _ in lines:  # ends, and is not broken off
                    pass
        secret = tmp_path / "data" / "session.secret"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert secret.read_text().strip() not in serve.errors()


def test_a_session_outlives_a_restart(pages: ServedPages, tmp_path: Path) -> None:
    told = {"database_url": pages.site.dsn}
    with running(tmp_path, "serve", settings=told) as serve, httpx.Client(base_url=address(serve)) as client:
        sign_in(client)
        cookies = client.cookies
    (tmp_path / "stderr").unlink()
    with running(tmp_path, "serve", settings=told) as serve, httpx.Client(base_url=address(serve)) as client:
        assert client.get("/").status_code == 303
        client.cookies = cookies
        assert client.get("/").status_code == 200


def test_serve_says_in_a_line_that_there_is_no_database(tmp_path: Path) -> None:
    ended = gongche("serve", folder=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert "无法连接数据库" in ended.stderr


@pytest.fixture
def listed(built: District) -> None:
    one, other = built.vehicle("苏N12345"), built.vehicle("苏N67890")
    built.violation(one, "R06", local("2026-10-02 14:00"))
    built.violation(one, "R05", local("2026-10-11 09:00"), severity="medium")
    built.violation(other, "R06", local("2026-10-03 00:00"))
    built.withdraw(built.violation(other, "R06", local("2026-10-05 09:00")), local("2026-10-06 09:00"))


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("asked", "starts"),
    [
        ([], ["2026-10-02T14:00", "2026-10-03T00:00", "2026-10-11T09:00"]),
        (["--rule", "R06"], ["2026-10-02T14:00", "2026-10-03T00:00"]),
        (["--vehicle", "苏n·12345"], ["2026-10-02T14:00", "2026-10-11T09:00"]),
        (["--from", "2026-10-03", "--to", "2026-10-03"], ["2026-10-03T00:00"]),
        (["--rule", "R99"], []),
    ],
)
def test_violations_are_listed_as_json(database: str, tmp_path: Path, asked: list[str], starts: list[str]) -> None:
    ended = gongche("violations", *asked, "--format", "json", folder=tmp_path, database_url=database)
    assert ended.returncode == 0, ended.stderr
    rows = json.loads(ended.stdout)
    assert [row["start"][:16] for row in rows] == starts
    assert all(row["start"].endswith("+08:00") and row["provisional"] is False for row in rows)


@pytest.mark.usefixtures("listed")
def test_violations_are_listed_as_a_table(database: str, tmp_path: Path) -> None:
    ended = gongche("violations", folder=tmp_path, database_url=database)
    assert "苏N12345" in ended.stdout
    assert "2026-10-02 14:00:00" in ended.stdout


def test_what_is_no_plate_is_told(database: str, tmp_path: Path) -> None:
    ended = gongche("violations", "--vehicle", "12345", folder=tmp_path, database_url=database)
    assert (ended.returncode, "--vehicle" in ended.stderr) == (2, True)
