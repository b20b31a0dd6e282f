"""Shared fixtures: real servers, started once a run, torn down with it."""

pytest_plugins = [
    "tests.fixtures.broker",
    "tests.fixtures.certificates",
    "tests.fixtures.database",
    "tests.fixtures.pages",
]
