"""``python -m benchmarks [--quick] [NAME ...]``: what the program does a second on this machine, as a table.

docs/benchmarks.md holds the figures of one machine, beside the bars.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform

import psutil
from rich.console import Console
from rich.table import Table

NAMES = ("geofence", "judging", "ingest", "latency", "live", "terminals", "finance", "press")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(NAMES)}; all when none")
    arguments.add_argument("--quick", action="store_true", help="small loads, to see that it runs")
    chosen = arguments.parse_args()
    memory_gb = psutil.virtual_memory().total / 1e9
    print(f"{platform.system()}, {os.cpu_count()} cores, {memory_gb:.0f} GB, Python {platform.python_version()}")
    table = Table("what", "figures")
    for name in chosen.names or NAMES:
        for row in importlib.import_module(f"benchmarks.{name}").run(chosen.quick):
            figures = "\n".join(f"{key}: {value}" for key, value in row.items() if key != "name")
            table.add_row(str(row["name"]), figures)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
