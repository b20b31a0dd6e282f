"""The roles of people: what each comes to the office's pages for."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """A person may have several; whoever manages a unit has that role alone."""

    STAFF = "staff"
    """车管中心工作人员: reviews violations, draws, reports."""
    HEAD = "head"
    """车管中心负责人: decides."""
    UNIT_MANAGER = "unit_manager"
    """用车单位管理员: the own unit's cars and those of the units below it, and nobody else's."""
    FINANCE = "finance"
    """财政: checks claims."""
    AUDITOR = "auditor"
    """审计: checks the checkers."""
    ADMIN = "admin"
    """系统管理员: people and settings; no tracks."""


EVERY_OFFICE_ROLE = tuple(role for role in Role if role is not Role.UNIT_MANAGER)
"""All that one person can have at once."""


def fault_of(roles: Iterable[str], *, has_unit: bool) -> tuple[str, str] | None:
    """Why a person cannot have these roles, in Chinese and English; None when that is all right."""
    asked = set(roles)
    if not asked:
        return "至少要有一个角色", "a person needs a role"
    if unknown := asked - set(Role):
        return (
            f"没有角色 {'、'.join(sorted(unknown))}",
            f"no role {', '.join(sorted(unknown))}; there are {', '.join(Role)}",
        )
    if Role.UNIT_MANAGER in asked and len(asked) > 1:
        return "用车单位管理员不能兼任其他角色", "a unit manager has no other role"
    if has_unit != (Role.UNIT_MANAGER in asked):
        return (
            ("用车单位管理员要有所属单位", "a unit manager needs a unit")
            if not has_unit
            else ("只有用车单位管理员有所属单位", "only a unit manager has a unit")
        )
    return None


def joined(roles: Iterable[Role]) -> str:
    """Several roles as one word, in the order in which they are told: ``head+admin``."""
    held = set(roles)
    return "+".join(role for role in Role if role in held)
