"""Passwords: long and not easily guessed, whatever they are made of."""

from __future__ import annotations

import pytest

from fleet.password import fault_of


@pytest.mark.parametrize(
    "password", ["correct horse", "马踏飞燕在武威的博物馆", "8f1c-90ab-77de-1234", "13951234567", "aaaa bbbb cccd"]
)
def test_what_is_long_and_not_easily_guessed_is_taken(password: str) -> None:
    assert fault_of(password, "王芳") is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "a password has"),
        ("x" * 201, "a password has"),
        ("with\0 a zero byte", "a password has"),
        ("wangfang77", "must not be the name"),
        ("WangFang 2026!", "must not be the name"),
        ("1234567890", "too easily guessed"),
        ("0987654321", "too easily guessed"),
        ("qwertyuiop", "too easily guessed"),
        ("aaaaaaaaaaaa", "too easily guessed"),
        ("ababababab", "too easily guessed"),
        ("Password2026", "too easily guessed"),
        ("gongche123456", "too easily guessed"),
    ],
)
def test_what_is_short_or_tried_first_is_refused_with_its_reason(password: str, why: str) -> None:
    fault = fault_of(password, "wangfang")
    assert fault is not None
    assert why in fault[1]
