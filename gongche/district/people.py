"""People of the demonstration district: one of each role, to see what each sees."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet.role import Role
from store import people, users
from store.database import connect
from store.people import By

HEADINGS = {"role": "角色 role", "name": "用户名 user", "password": "密码 password (只显示一次 shown this once)"}
NAMES = {
    Role.STAFF: "车管员",
    Role.HEAD: "车管主任",
    Role.UNIT_MANAGER: "单位管理员",
    Role.FINANCE: "财政员",
    Role.AUDITOR: "审计员",
    Role.ADMIN: "系统管理员",
}


async def demonstration_people(dsn: str) -> list[dict[str, str]]:
    """Makes those who are not there; who they are and their passwords. The unit is the first one with cars."""
    made = []
    async with await connect(dsn, autocommit=True, application="gongche demo") as conn:
        known = {one.name for one in await users.people(conn)}
        unit_id = await users.first_unit(conn)
        for role, name in NAMES.items():
            if name in known or (role is Role.UNIT_MANAGER and unit_id is None):
                continue
            by = By("demo", "operator", datetime.now(UTC))
            password = await people.add_person(conn, by, name, [role], unit_id if role is Role.UNIT_MANAGER else None)
            made.append({"role": role.value, "name": name, "password": password})
    return made
