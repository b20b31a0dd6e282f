"""`gongche migrate`: bring the database up to date."""

from __future__ import annotations

import asyncio

from gongche import logs
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record
from gongche.settings import Settings
from store import migrate as migrations


def migrate(form: FormatOption = Format.TABLE) -> None:
    """Apply the migrations that the database lacks; several at once wait for each other.

    Prints what was applied now (nothing: all was before) and whether TimescaleDB is used.
    """
    logs.configure("migrate")
    migrated = asyncio.run(migrations.migrate(find_database(Settings())))
    print_record({"applied": migrated.applied, "notes": migrated.notes}, form=form)
