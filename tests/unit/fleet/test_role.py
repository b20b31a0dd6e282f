"""Which roles a person can have."""

from __future__ import annotations

import pytest

from fleet.role import EVERY_OFFICE_ROLE, Role, fault_of, joined


@pytest.mark.parametrize(
    ("roles", "has_unit"), [(["staff"], False), (EVERY_OFFICE_ROLE, False), (["unit_manager"], True)]
)
def test_one_role_several_or_a_unit_with_its_manager(roles: list[str], has_unit: bool) -> None:
    assert fault_of(roles, has_unit=has_unit) is None


@pytest.mark.parametrize(
    ("roles", "has_unit"),
    [([], False), (["driver"], False), (["unit_manager"], False), (["staff"], True), (["unit_manager", "staff"], True)],
)
def test_no_role_an_unknown_one_and_a_unit_without_its_manager_are_refused(roles: list[str], has_unit: bool) -> None:
    assert fault_of(roles, has_unit=has_unit) is not None


def test_several_roles_are_told_in_one_order() -> None:
    assert joined({Role.ADMIN, Role.STAFF}) == joined([Role.STAFF, Role.ADMIN]) == "staff+admin"
