"""Frames of other makers' tests, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frames import main

FRAMES = Path(__file__).parents[5] / "shared" / "data" / "jt808" / "frames.jsonl"


@pytest.mark.skipif(not FRAMES.exists(), reason="the file of real frames is not here")
def test_real_frames_are_what_their_makers_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(FRAMES) == 0
    *otherwise, heading, one, other, third = capsys.readouterr().out.splitlines()
    assert [line.split(", ")[-1] for line in otherwise] == [
        "read otherwise: short",  # twelve bytes: a header without its check byte
        "read otherwise: bad_escape",  # 7d before the flag escapes nothing
        "read otherwise: short",
    ]
    assert heading.split("\t")[1:] == [
        "frames", "as expected", "as hinted", "bad_check", "bad_escape", "bad_length", "decoded", "short"
    ]  # fmt: skip
    assert [line.split("\t") for line in (one, other, third)] == [
        ["SmallChi", "114", "0", "114", "22", "0", "7", "83", "2"],
        ["go-jt808", "154", "0", "151", "3", "1", "1", "147", "2"],
        ["yezhihao", "231", "138", "231", "0", "0", "0", "231", "0"],
    ]
