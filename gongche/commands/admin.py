"""`gongche admin`: the first person who may sign in, for installations that do not run `gongche up`."""

from __future__ import annotations

import asyncio

from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record
from gongche.settings import Settings
from store.database import connect
from store.users import ADMIN, ensure_admin


def admin(form: FormatOption = Format.TABLE) -> None:
    """Make the first user, administrator and head, and print the password this once; nothing if there are users.

    创建首个管理员并显示一次密码; 已有用户时不做任何事。
    """
    password = asyncio.run(_made(find_database(Settings())))
    print_record({"user": ADMIN, "password": password} if password else {"user": None, "password": None}, form=form)


async def _made(dsn: str) -> str | None:
    async with await connect(dsn, autocommit=True) as connection:
        return await ensure_admin(connection)
