from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.api.builders import District, district


@pytest.fixture
def built(database: str) -> Iterator[District]:
    """Builders on the test's database."""
    with district(database) as builders:
        yield builders
