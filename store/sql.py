"""Named queries from `store/queries/*.sql`, the only place besides the migrations where SQL stands.

A file holds queries, each below a line `-- name: some_name` and a line `-- what it answers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

_NAME_LINE = re.compile(r"^-- name:[ \t]*(.*)$", re.MULTILINE)
_GOOD_NAME = re.compile(r"[a-z][a-z0-9_]*")


class QueryFileError(Exception):
    """A query file cannot be read as named queries, or lacks the one that was asked for."""


class Queries(Mapping[str, str]):
    """SQL text by name. Asking for a name that is not there raises QueryFileError with those that are."""

    def __init__(self, file: str, texts: Mapping[str, str]) -> None:
        self._file = file
        self._texts = dict(texts)

    def __getitem__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            known = ", ".join(sorted(self._texts))
            raise QueryFileError(f"store/queries/{self._file}.sql has no query {name!r}; it has {known}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@cache
def load(file: str) -> Queries:
    """The queries of `store/queries/{file}.sql`. Raises QueryFileError for a missing or malformed file."""
    source = files("store") / "queries" / f"{file}.sql"
    if not source.is_file():
        raise QueryFileError(f"there is no store/queries/{file}.sql")
    return parse(file, source.read_text(encoding="utf-8"))


def query_files() -> list[str]:
    """Names of all query files, for the test that tries every query on the schema."""
    folder = files("store") / "queries"
    return sorted(entry.name.removesuffix(".sql") for entry in folder.iterdir() if entry.name.endswith(".sql"))


def parse(file: str, text: str) -> Queries:
    """Split the text of a query file. Raises QueryFileError naming the file and the query that is wrong."""
    texts: dict[str, str] = {}
    before, *pieces = _NAME_LINE.split(text)
    _refuse_sql_without_name(file, before)
    for name, body in zip(map(str.strip, pieces[::2]), pieces[1::2], strict=True):
        if not _GOOD_NAME.fullmatch(name):
            raise QueryFileError(f"store/queries/{file}.sql: {name!r} is no name for a query")
        if name in texts:
            raise QueryFileError(f"store/queries/{file}.sql names two queries {name!r}")
        description, _, sql = body.lstrip("\n").partition("\n")
        if not description.startswith("-- ") or not sql.strip():
            raise QueryFileError(f"store/queries/{file}.sql: {name!r} needs a line of description and its SQL")
        texts[name] = sql.strip().removesuffix(";")
    return Queries(file, texts)


def _refuse_sql_without_name(file: str, before: str) -> None:
    for line in before.splitlines():
        if line.strip() and not line.startswith("--"):
            raise QueryFileError(f"store/queries/{file}.sql: SQL before the first `-- name:` line: {line.strip()!r}")
