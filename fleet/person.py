"""People are told apart by their names, as they sign."""

from __future__ import annotations

import unicodedata


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one, whatever their width, case and spaces. The database compares them likewise."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).lower()
