"""``gongche audit``: the audit chain written out, so that anybody can check it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer

from gongche.addresses import find_database
from gongche.chain import lines
from gongche.doing import record
from gongche.settings import Settings
from store.database import connect
from store.errors import store_errors

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The audit chain · 审计链 (docs/audit.md)")


@app.callback()
def audit() -> None:
    """The audit chain · 审计链 (docs/audit.md)."""


@app.command("export")
def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="the file; else printed · 输出文件")
    ] = None,
    after: Annotated[int, typer.Option("--after", min=0, help="only entries after this number · 起始序号")] = 0,
    by: Annotated[str, typer.Option("--by", help="who does it; your login name unless told · 经办人")] = "",
) -> None:
    """Write the audit chain as JSON lines; the last one says who wrote it out · 导出审计链."""
    if output is None:
        asyncio.run(_export(sys.stdout, after, by))
        return
    with output.open("w", encoding="utf-8") as file:
        count, number = asyncio.run(_export(file, after, by))
    typer.echo(f"{output}: {count} 条 entries, 末条序号 last number {number}")


async def _export(file: TextIO, after: int, by: str) -> tuple[int, int]:
    count, number = 0, after
    with store_errors():
        dsn = find_database(Settings())
        async with await connect(dsn, autocommit=True, application="gongche audit") as conn:
            await record(conn, "export_audit", "audit", {"after": after}, by)
            async for line in lines(conn, after):
                file.write(line + "\n")
                count, number = count + 1, after + count + 1
    return count, number
