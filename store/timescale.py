"""Use TimescaleDB for the position table where the server has it; a plain table otherwise.

Not a numbered migration, which runs once: a plain server may get TimescaleDB years later. Each step here does
nothing where it was done before, and all run at every `gongche migrate`.
"""

from __future__ import annotations

import psycopg

from store.database import Connection
from store.sql import load

_queries = load("timescale")

PLAIN = (
    "服务器没有 TimescaleDB：定位表为普通表，不压缩；装好后再运行 gongche migrate 即可启用",
    "this server has no TimescaleDB: positions are a plain table, uncompressed; "
    "install it and run `gongche migrate` again to use it",
)
NOT_LOADED = (
    "服务器有 TimescaleDB 但未加载：请把 timescaledb 加入 shared_preload_libraries，重启数据库后再运行 gongche migrate",
    "this server has TimescaleDB but does not load it: add timescaledb to shared_preload_libraries, "
    "restart the server and run `gongche migrate` again",
)
NOT_ALLOWED = (
    "此用户无权启用 TimescaleDB：请由数据库管理员在此库执行 create extension timescaledb，再运行 gongche migrate",
    "this user may not create the extension: let an administrator run `create extension timescaledb` in this "
    "database, then run `gongche migrate` again",
)
HYPERTABLE = (
    "已启用 TimescaleDB：定位表按周分区，两周后按车辆压缩",
    "positions are a TimescaleDB hypertable: a chunk a week, compressed by vehicle after two weeks",
)
UNCOMPRESSED = (
    "已启用 TimescaleDB，但此版本不能压缩（需要 2.18 以上的 Community 版）：定位表按周分区",
    "positions are a TimescaleDB hypertable without compression, which needs the Community edition, 2.18 or newer",
)


async def use_timescaledb(connection: Connection) -> str:
    """Do what can be done on this server, and say for the operator what that is.

    `connection` is in autocommit mode and alone in migrating. The first time on a filled table copies it.
    """
    extension = await _row(connection, "extension")
    if extension is None:
        return _said(PLAIN)
    is_installed, is_loaded = extension
    if not is_installed:
        if not is_loaded:  # creating it would end the connection
            return _said(NOT_LOADED)
        try:
            await connection.execute(_queries["create_extension"])
        except psycopg.errors.InsufficientPrivilege:
            return _said(NOT_ALLOWED)
    async with connection.transaction():
        await connection.execute(_queries["make_hypertable"])
    if await _row(connection, "columnstore") != (True,):
        return _said(UNCOMPRESSED)
    async with connection.transaction():
        await connection.execute(_queries["compress_by_vehicle"])
        await connection.execute(_queries["compress_after_two_weeks"])
    return _said(HYPERTABLE)


async def _row(connection: Connection, name: str) -> tuple[object, ...] | None:
    return await (await connection.execute(_queries[name])).fetchone()


def _said(words: tuple[str, str]) -> str:
    return " / ".join(words)
