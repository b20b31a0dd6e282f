"""What can go wrong with the database, in the words of the rooms above; the driver's own errors end here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as driver
from psycopg_pool import PoolClosed, PoolTimeout


class StoreError(Exception):
    """The database refused; the message says what, where and what to do."""


class StoreUnavailableError(StoreError):
    """The database is out of reach or went away: nothing of the transaction is stored; try again later."""


class StoreConflictError(StoreError):
    """Another row stands in the way: the same key, or an overlapping span; `constraint` says which."""

    def __init__(self, message: str, constraint: str) -> None:
        super().__init__(message)
        self.constraint = constraint


class StoreRefusedError(StoreError):
    """A value that the table does not take: a missing reference, a value out of range."""


class SchemaNotReadyError(StoreError):
    """The tables are missing or older than the program: `gongche migrate`."""


@contextmanager
def store_errors() -> Iterator[None]:
    """Inside, the driver's errors become StoreErrors; the original stays attached as the cause."""
    try:
        yield
    except (psycopg.Error, PoolTimeout, PoolClosed) as error:
        raise _translate(error) from error


def _translate(error: Exception) -> StoreError:
    said = str(error).strip()
    match error:
        case driver.UniqueViolation() | driver.ExclusionViolation():
            return StoreConflictError(_in_short(error, said), error.diag.constraint_name or "")
        case psycopg.IntegrityError() | psycopg.DataError():
            return StoreRefusedError(_in_short(error, said))
        case driver.UndefinedTable() | driver.UndefinedColumn() | driver.UndefinedFunction():
            return SchemaNotReadyError(
                f"The database is not up to date ({said.splitlines()[0]}): run `gongche migrate`. "
                f"数据库结构不是最新的: 请运行 `gongche migrate`。"
            )
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return StoreUnavailableError(
                f"The database is out of reach: is it running, are its address, user and password right? "
                f"无法连接数据库: 请检查数据库是否运行, 地址、用户名和密码是否正确。 ({said})"
            )
        case _:
            return StoreError(f"The database refused: {said}")


def _in_short(error: psycopg.Error, said: str) -> str:
    return " ".join(part for part in (error.diag.message_primary, error.diag.message_detail) if part) or said
