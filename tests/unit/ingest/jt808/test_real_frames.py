"""Frames of other makers' tests, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frames import main

FRAMES = Path(__file__).parents[5] / "shared" / "data" / "jt808" / "frames.jsonl"


@pytest.mark.skipif(not FRAMES.exists(), reason="the file of real frames is not here")
def test_real_frames_are_what_their_makers_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(FRAMES) == 0
    table = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines())
    assert table["yezhihao"] == "231\t138\t0\t0\t0\t231\t0"
