"""What is read in the log of the embedded broker; the lines are as NATS 2.15 writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gongche.refusals import BrokerLog, refusals_in

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)


def line(said: str, client: str = "of-T1") -> str:
    return f'[4711] 2026/11/23 12:00:00.000000 [ERR] 127.0.0.1:40332 - mid:12 - "{client}" - {said}'


def counted(*lines: str) -> dict[tuple[str, str], tuple[int, str]]:
    return {(one.kind, one.name): (one.times, one.topic) for one in refusals_in(lines, AT)}


def test_refusals_are_added_up_by_kind_and_name() -> None:
    stranger = line('authentication error - User "T2"')
    forger = line('Publish Violation - Subject "v1.T2.position"')
    assert counted(stranger, forger, stranger, "[4711] 2026/11/23 12:00:00.000000 [INF] Server is ready") == {
        ("sign_in", "T2"): (2, ""),
        ("publish", "of-T1"): (1, "v1/T2/position"),
    }
    assert {one.address for one in refusals_in([stranger, forger], AT)} == {"127.0.0.1:40332"}


def test_a_name_cannot_pass_for_another_ones_refusal() -> None:
    told = r"x\" - authentication error - User \"T1"
    assert counted(line(f'authentication error - User "{told}"')) == {
        ("sign_in", 'x" - authentication error - User "T1'): (1, "")
    }
    assert counted(line("MQTT client disconnected", client=told)) == {}


def test_a_log_is_read_on_from_where_it_ended_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("old\n")
    log = BrokerLog(file)
    assert log.new_lines() == []
    with file.open("a") as more:
        more.write("one\nha")
        more.flush()
        assert log.new_lines() == ["one"]
        more.write("lf\n")
    assert log.new_lines() == ["half"]
    log.close()


def test_what_stands_last_in_a_log_before_it_is_begun_anew_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("old\n")
    log = BrokerLog(file)
    with file.open("a") as more:
        more.write("last\n")
    file.rename(tmp_path / "log.2026")
    assert log.new_lines() == ["last"], "the new one is not there yet"
    file.write_text("first\n")
    assert log.new_lines() == ["first"]
    with file.open("a") as more:
        more.write("second\n")
    file.rename(tmp_path / "log.2027")
    file.write_text("third\n")
    assert log.new_lines() == ["second", "third"]
    log.close()


def test_a_log_may_come_later(tmp_path: Path) -> None:
    log = BrokerLog(tmp_path / "log")
    assert log.new_lines() == []
    (tmp_path / "log").write_text("first\n")
    assert log.new_lines() == ["first"]
    log.close()
