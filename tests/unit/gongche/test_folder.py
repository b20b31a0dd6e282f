"""The data folder: one program at a time, and no pid of the past in the way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gongche.embedded.folder import DataFolder, kept_secret, write_private
from gongche.problem import Problem


def test_a_held_folder_tells_who_holds_it(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    assert not folder.in_use()
    with folder.lock():
        assert folder.in_use()
        with pytest.raises(Problem, match=f"in use by process {os.getpid()}"), DataFolder(tmp_path / "data").lock():
            pass
    assert not folder.in_use()
    with folder.lock():
        assert folder.in_use(), "it can be taken again"


def test_a_folder_is_let_go_when_the_work_in_it_fails(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with pytest.raises(ZeroDivisionError), folder.lock():
        _ = 1 / 0
    assert not folder.in_use()
    assert (tmp_path / "lock").read_text() == ""


def test_a_pid_left_by_a_killed_program_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("1\n")
    assert not DataFolder(tmp_path).in_use()
    with DataFolder(tmp_path).lock():
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Problem, match="GONGCHE_DATA_FOLDER"), DataFolder(tmp_path / "file" / "data").lock():
        pass


def test_a_private_file_is_private_even_where_a_public_one_was(tmp_path: Path) -> None:
    file = tmp_path / "told.json"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, "新")
    assert (file.read_text(encoding="utf-8"), stat.S_IMODE(file.stat().st_mode)) == ("新", 0o600)
    assert list(tmp_path.iterdir()) == [file], "nothing half-written is left"


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path / "password")
    assert len(secret) >= 32
    assert kept_secret(tmp_path / "password") == secret
    assert kept_secret(tmp_path / "another") != secret
