"""The embedded PostgreSQL as a program meets it: first start, kills, restarts, neighbours."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from gongche.embedded.postgres import EmbeddedPostgres, running_dsn
from gongche.problem import Problem


@pytest.fixture
def folder(server_folder: Path) -> Path:
    return server_folder


def setting(dsn: str, name: str) -> str:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select current_setting(%s)", [name]).fetchone()
        assert row
        return str(row[0])


def kill(server: EmbeddedPostgres) -> None:
    """kill -9 of the server alone; its backends are left to notice."""
    assert server.pid is not None
    process = psutil.Process(server.pid)
    process.kill()
    psutil.wait_procs([process], timeout=10)


def test_a_start_on_an_empty_folder_gives_a_database_of_our_name(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server, psycopg.connect(server.dsn) as connection:
        row = connection.execute("select current_database(), current_user, current_setting('timezone')").fetchone()
    assert row == ("gongche", "gongche", "UTC")


def test_it_is_reached_over_loopback_with_the_password_and_in_no_other_way(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        assert setting(server.dsn, "listen_addresses") == "127.0.0.1"
        assert setting(server.dsn, "unix_socket_directories") == ""
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.dsn, password="guessed")


def test_only_its_owner_may_read_the_password(folder: Path) -> None:
    with EmbeddedPostgres(folder):
        assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600


def test_what_was_committed_is_there_after_a_stop_and_a_start(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server, psycopg.connect(server.dsn) as connection:
        connection.execute("create table kept as select 1 as n")
    with EmbeddedPostgres(folder) as server, psycopg.connect(server.dsn) as connection:
        assert connection.execute("select n from kept").fetchall() == [(1,)]


def test_a_commit_waits_for_the_disk(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        durable = {name: setting(server.dsn, name) for name in ("fsync", "synchronous_commit", "full_page_writes")}
    assert durable == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def test_what_was_committed_survives_a_kill_and_the_address_stays(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        before = server.dsn
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute("create table kept (n int)")
            for n in range(20):
                connection.execute("insert into kept values (%s)", [n])
        kill(server)
        assert server.pid is None
        server.start()
        assert server.dsn == before
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (20,)


def test_a_start_after_a_kill_ends_backends_that_hold_the_old_servers_memory(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        with psycopg.connect(server.dsn) as busy:
            backend = psutil.Process(busy.info.backend_pid)
            backend.suspend()  # so that it cannot notice that its server is gone
            kill(server)
            server.start()
        assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE
        assert setting(server.dsn, "server_encoding") == "UTF8"


def test_a_pid_file_with_somebody_elses_number_is_no_obstacle(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        kill(server)
        pid_file = folder / "data" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        server.start()
        assert setting(server.dsn, "server_encoding") == "UTF8"


def test_a_start_that_was_killed_halfway_through_making_the_data_is_made_up_for(folder: Path) -> None:
    (folder / "new-abandoned" / "data").mkdir(parents=True)
    (folder / "new-abandoned" / "data" / "PG_VERSION").write_text("18")
    with EmbeddedPostgres(folder) as server:
        assert setting(server.dsn, "server_encoding") == "UTF8"
    assert not (folder / "new-abandoned").exists()


def test_a_second_program_is_told_that_the_folder_is_in_use(folder: Path) -> None:
    with EmbeddedPostgres(folder), pytest.raises(Problem, match=f"in use by process {os.getpid()}"):
        EmbeddedPostgres(folder).start()


def test_starting_twice_is_nothing(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        pid = server.pid
        server.start()
        assert server.pid == pid


def test_a_taken_port_is_named_with_the_servers_words(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Problem, match="could not bind"):
            EmbeddedPostgres(folder, port).start()


def test_other_programs_find_the_running_server_and_no_stopped_one(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        assert running_dsn(folder) == server.dsn
    assert running_dsn(folder) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_it_ends_with_the_program_that_started_it_even_if_that_was_killed(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from gongche.embedded.postgres import EmbeddedPostgres;"
        "server = EmbeddedPostgres(Path(sys.argv[1])); server.start(); print(server.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        server = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        assert psutil.wait_procs([server], timeout=30)[1] == []
    with EmbeddedPostgres(folder) as again:
        assert setting(again.dsn, "server_encoding") == "UTF8"


def test_a_stop_does_not_wait_for_idle_clients(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server, psycopg.connect(server.dsn) as idle:
        idle.execute("select 1")
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            idle.execute("select 1")
