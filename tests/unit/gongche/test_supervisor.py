"""When a part that died is started again: soon at first, later each time, at once again after it held."""

from __future__ import annotations

from gongche.problem import Problem
from gongche.supervisor import Kept, delay_s


class Lamp:
    """A part that dies when told to, and may refuse to start."""

    def __init__(self) -> None:
        self.pid: int | None = 1
        self.broken = False
        self.starts = 0

    def start(self) -> None:
        if self.broken:
            raise Problem("灯坏了", "the lamp is broken")
        self.starts += 1
        self.pid = self.starts + 1

    def stop(self) -> None:
        self.pid = None


def test_the_wait_doubles_from_half_a_second_to_half_a_minute() -> None:
    assert [delay_s(crashes) for crashes in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_what_runs_is_left_alone() -> None:
    lamp = Lamp()
    kept = Kept("lamp", lamp)
    for second in range(100):
        kept.tend(second)
    assert lamp.starts == 0


def test_what_died_is_started_again_after_its_wait() -> None:
    lamp = Lamp()
    kept = Kept("lamp", lamp)
    kept.tend(0)
    lamp.stop()
    kept.tend(10)
    kept.tend(10.4)
    assert lamp.starts == 0
    kept.tend(10.5)
    assert lamp.starts == 1


def test_what_keeps_dying_waits_longer_each_time() -> None:
    assert waits_of(lives_s=[1, 1, 1, 1]) == [0.5, 1, 2, 4]


def test_a_part_that_held_for_a_minute_starts_quickly_again() -> None:
    assert waits_of(lives_s=[1, 1, 61, 1]) == [0.5, 1, 0.5, 1]


def test_a_start_that_fails_counts_as_a_crash_and_is_tried_again() -> None:
    lamp = Lamp()
    kept = Kept("lamp", lamp)
    lamp.stop()
    lamp.broken = True
    kept.tend(0)
    kept.tend(0.5)
    lamp.broken = False
    kept.tend(1.4)
    assert lamp.starts == 0
    kept.tend(1.5)
    assert lamp.starts == 1


def waits_of(lives_s: list[float]) -> list[float]:
    """How long a lamp that lives so long, time after time, stays dark in between; in steps of 1/16 s."""
    lamp, waits, now_s = Lamp(), [], 0.0
    kept = Kept("lamp", lamp)
    for life_s in lives_s:
        died_s = now_s + life_s
        while now_s < died_s:
            kept.tend(now_s)
            now_s += 1 / 16
        lamp.stop()
        died_s, before = now_s, lamp.starts
        while lamp.starts == before:
            kept.tend(now_s)
            now_s += 1 / 16
        waits.append(now_s - 1 / 16 - died_s)
    return waits
