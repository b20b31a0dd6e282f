"""Query files: what is read, and what is refused with the file's and the query's name."""

from __future__ import annotations

import re

import pytest

from store.sql import QueryFileError, load, parse, query_files

TWO = """-- A remark on the whole file.

-- name: all_units
-- Every unit.
select id, code
from units;

-- name: unit
-- One unit.
select id from units where code = %(code)s;
"""


def test_queries_are_found_by_name_without_their_description_and_semicolon() -> None:
    queries = parse("units", TWO)
    assert dict(queries) == {
        "all_units": "select id, code\nfrom units",
        "unit": "select id from units where code = %(code)s",
    }


def test_asking_for_a_query_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(QueryFileError, match=r"units\.sql has no query 'units'; it has all_units, unit"):
        parse("units", TWO)["units"]


def test_two_queries_of_one_name_are_refused() -> None:
    with pytest.raises(QueryFileError, match=r"units\.sql names two queries 'unit'"):
        parse("units", TWO.replace("all_units", "unit"))


@pytest.mark.parametrize("name", ["", "Unit", "unit of", "unit-of", "1st"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(QueryFileError, match=re.escape(repr(name))):
        parse("units", TWO.replace("all_units", name))


@pytest.mark.parametrize("without", ["-- One unit.\n", "select id from units where code = %(code)s;\n"])
def test_a_query_without_description_or_sql_is_refused(without: str) -> None:
    with pytest.raises(QueryFileError, match=r"'unit' needs a line of description and its SQL"):
        parse("units", TWO.replace(without, ""))


def test_sql_before_the_first_name_is_refused() -> None:
    with pytest.raises(QueryFileError, match="SQL before the first"):
        parse("units", "select 1;\n" + TWO)


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(QueryFileError, match=r"no store/queries/nowhere\.sql"):
        load("nowhere")


def test_every_query_file_of_the_program_can_be_read() -> None:
    assert "migrations" in query_files()
    for file in query_files():
        assert len(load(file)) > 0, file
