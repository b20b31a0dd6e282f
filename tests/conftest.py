"""Shared fixtures: real servers, started once a run, torn down with it."""

from hypothesis import settings

pytest_plugins = [
    "tests.fixtures.broker",
    "tests.fixtures.certificates",
    "tests.fixtures.database",
    "tests.fixtures.pages",
]

# No test depends on how fast the machine is.
settings.register_profile("gongche", parent=settings(), deadline=None)
settings.load_profile("gongche")
