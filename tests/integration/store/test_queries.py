"""Every named query is tried on the migrated schema: a table or column that is gone fails here, with its name."""

from __future__ import annotations

import re

import psycopg
import pytest

from store.sql import load, query_files

# These speak to an extension that plain PostgreSQL lacks; tests/timescale runs them.
ELSEWHERE = {"timescale"}

PLACEHOLDER = re.compile(r"%\((\w+)\)[sbt]|%[sbt]")
COPY_FROM = re.compile(r"copy\s+([\w.]+)\s*(?:\(([^)]*)\))?\s+from\s+stdin.*", re.DOTALL | re.IGNORECASE)
COPY_TO = re.compile(r"copy\s*\((.*)\)\s*to\s+stdout.*", re.DOTALL | re.IGNORECASE)
CAN_BE_PREPARED = ("select", "with", "insert", "update", "delete", "merge", "values")


# Parameters whose type PostgreSQL must be told, as psycopg tells it from the value.
TYPES = {"now": "timestamptz", "span": "tstzrange"}


def prepared(query: str, name: str) -> str:
    """PREPARE for a query, with psycopg's placeholders as numbers: one for each name."""
    names: list[str | None] = []

    def number(placeholder: re.Match[str]) -> str:
        parameter = placeholder[1]
        if parameter is None or parameter not in names:
            names.append(parameter)
        return f"${len(names)}" if parameter is None else f"${names.index(parameter) + 1}"

    text = PLACEHOLDER.sub(number, query).replace("%%", "%")
    types = ", ".join(TYPES.get(parameter or "", "unknown") for parameter in names)
    return f"prepare {name} ({types}) as {text}" if names else f"prepare {name} as {text}"


def as_statement(query: str) -> str:
    """A statement that checks the same names and types without data: COPY by what it reads or writes."""
    if copied := COPY_TO.fullmatch(query):
        return copied[1].strip()
    if copied := COPY_FROM.fullmatch(query):
        return f"select {copied[2] or '*'} from {copied[1]}"
    return query


def first_word(query: str) -> str:
    for line in query.splitlines():
        if line.strip() and not line.lstrip().startswith("--"):
            return line.split()[0].lower().strip("(")
    raise AssertionError(f"nothing but comments: {query}")


@pytest.mark.parametrize("file", [file for file in query_files() if file not in ELSEWHERE])
def test_the_schema_takes_every_query_of(file: str, database: str) -> None:
    refused = {}
    with psycopg.connect(database) as connection:
        # In the file's order, so that a staging table is there for the queries that follow it.
        for number, (name, query) in enumerate(load(file).items()):
            statement = as_statement(query)
            if first_word(statement) in CAN_BE_PREPARED:
                statement = prepared(statement, f"query_{number}")
            try:
                with connection.transaction():
                    connection.execute(statement.encode())
            except psycopg.Error as error:
                refused[name] = str(error)
        connection.rollback()
    assert refused == {}
