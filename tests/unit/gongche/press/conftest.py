"""The press needs a font with Chinese: shipped ones after ``npm ci``, or the system's."""

import pytest

from gongche.press.fonts import fonts_in
from gongche.problem import Problem


@pytest.fixture(autouse=True)
def fonts() -> None:
    try:
        fonts_in()
    except Problem as problem:
        pytest.skip(problem.en)
