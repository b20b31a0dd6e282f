"""The demonstration district and its season, made once for all tests here. They only look at it."""

from __future__ import annotations

import pytest

from gongche.district.history import District, History, make_history


@pytest.fixture(scope="session")
def history() -> History:
    return make_history()


@pytest.fixture(scope="session")
def district(history: History) -> District:
    return history.district
