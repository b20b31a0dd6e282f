"""The command line: every command by name, loaded when it is called.

Exit status: 0 done; 1 done, and problems were found (bad rows, missed violations, a broken chain);
2 cannot be done as asked (usage, folder in use, nothing running, server unreachable); 70 a defect of
the program, with a traceback.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from gongche.problem import CANNOT, DEFECT, INTERRUPTED, Problem

RUN = "Run · 运行"
ROLES = "Roles, each a process of its own · 各角色"
DATA = "Data · 数据"


@dataclass(frozen=True)
class Listed:
    """A command of the list: where its function (or Typer app) is, and its line of help."""

    name: str
    where: str
    help: str
    panel: str


LISTED = (
    Listed("demo", "gongche.commands.demo:demo", "Run with the demonstration district · 演示", RUN),
    Listed("up", "gongche.commands.up:up", "Run everything: servers and roles · 启动全部", RUN),
    Listed("migrate", "gongche.commands.migrate:migrate", "Bring the database up to date · 升级库表", ROLES),
    Listed("broker", "gongche.commands.broker:broker", "Serve trackers over MQTT · 消息服务器", ROLES),
    Listed("ingest", "gongche.commands.ingest:ingest", "Take positions in over MQTT · 接收定位", ROLES),
    Listed("gateway", "gongche.commands.gateway:gateway", "Serve JT/T 808 terminals · 终端网关", ROLES),
    Listed("judge", "gongche.commands.judge:judge", "Judge what has changed · 研判", ROLES),
    Listed("work", "gongche.commands.work:work", "Do what is scheduled · 定时任务", ROLES),
    Listed("serve", "gongche.commands.serve:serve", "Serve pages and the API · 网页与接口", ROLES),
    Listed("health", "gongche.commands.health:health", "Whether a role works, for health checks · 健康检查", ROLES),
    Listed("admin", "gongche.commands.admin:admin", "Make the first user · 创建首个管理员", ROLES),
    Listed("people", "gongche.commands.people:app", "Who may sign in, and as what · 人员", DATA),
    Listed("import", "gongche.commands.imports:app", "Load vehicles, zones, orders... · 导入", DATA),
    Listed("zones", "gongche.commands.zones:app", "Zones as GeoJSON or KML · 围栏导出", DATA),
    Listed("calendar", "gongche.commands.calendar:app", "Enter and check the centre's own days · 日历", DATA),
    Listed("replay", "gongche.commands.replay:replay", "Publish a track file over MQTT · 回放轨迹", DATA),
    Listed("simulate", "gongche.commands.simulate:app", "Simulate terminals · 模拟终端", DATA),
    Listed("devices", "gongche.commands.devices:app", "How trackers are, and what to do · 设备健康", DATA),
    Listed("unreadable", "gongche.commands.unreadable:app", "What could not be read, read again · 重读", DATA),
    Listed("terminals", "gongche.commands.terminals:app", "JT/T 808 terminals · 部标终端", DATA),
    Listed("trackers", "gongche.commands.trackers:app", "Trackers' own passwords at the broker · 终端凭据", DATA),
    Listed("finance", "gongche.commands.finance:app", "What may be paid of a claims sheet · 财务审核", DATA),
    Listed("purchases", "gongche.commands.purchases:app", "Requests to buy cars, with totals · 购置", DATA),
    Listed("violations", "gongche.commands.violations:app", "List violations, decide one · 疑似违规", DATA),
    Listed("cases", "gongche.commands.cases:app", "Cases, and what is due to be sent · 案件", DATA),
    Listed("jobs", "gongche.commands.work:list_jobs", "Show scheduled jobs · 定时任务一览", DATA),
    Listed("targets", "gongche.commands.targets:app", "Where letters go to · 通知接收方", DATA),
    Listed("outbox", "gongche.commands.outbox:app", "Letters: sent, waiting, failed · 发件箱", DATA),
    Listed("draw", "gongche.commands.draw:app", "Draw the week's cars, verify a draw · 每周抽签", DATA),
    Listed("campaign", "gongche.commands.campaign:app", "Holiday campaigns, sealing lists · 假期专项", DATA),
    Listed("reports", "gongche.commands.reports:app", "Issue reports, save them as files · 报告", DATA),
    Listed("explain", "gongche.commands.explain:explain", "Why a violation is one · 说明疑似违规", DATA),
    Listed("verify", "gongche.commands.verify:verify", "Recompute all, compare with what is stored · 核验", DATA),
    Listed("audit", "gongche.commands.audit:app", "Write out the audit chain · 审计链", DATA),
    Listed("rules", "gongche.commands.rules:app", "List, show, try and change rules · 规则", DATA),
    Listed("rejudge", "gongche.commands.rejudge:rejudge", "Have vehicles judged again · 重新研判", DATA),
)


class _Stub(TyperCommand):
    """A command known by its line of help only."""

    def __init__(self, listed: Listed) -> None:
        super().__init__(listed.name, help=listed.help, rich_help_panel=listed.panel)
        self.listed = listed

    def load(self) -> Any:
        module, _, attribute = self.listed.where.partition(":")
        found: typer.Typer | Callable[..., Any] = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app = found
        else:
            app = typer.Typer(add_completion=False)
            app.command()(found)
        command = typer.main.get_command(app)
        command.name = self.listed.name
        return command


class _LazyGroup(TyperGroup):
    """A group that imports a command's module when the command is called, not when it is listed."""

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, _Stub) else command, rest


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415  (50 ms that only --version needs)

        typer.echo(version("gongche"))
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Gongche 公车: oversight of official vehicles, from positions to cases.

    Settings come from GONGCHE_... in the environment or from .env (docs/settings.md).
    Exit status: 0 done, 1 done and problems found, 2 cannot be done as asked.
    """


def command() -> Any:
    """The whole command line, as a click command."""
    app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, add_completion=False)
    app.callback()(_root)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for listed in LISTED:
        group.add_command(_Stub(listed))
    return group


def main() -> None:
    """The console script: run the command, turn failures into a line and an exit status."""
    try:
        command()(prog_name="gongche")
    except Problem as problem:
        _say(str(problem))
        sys.exit(problem.exit_status)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        told = _expected(error)
        if told is None:
            traceback.print_exc()
            _say(f"程序缺陷，请报告以上内容 / a defect of the program; please report the above: {error!r}")
            sys.exit(DEFECT)
        _say(told)
        sys.exit(CANNOT)


# Other StoreErrors are refusals that a command should have foreseen: defects, whose traceback is wanted.
_WORDS_FOR_THE_USER = {
    "store.errors.StoreUnavailableError",
    "store.errors.SchemaNotReadyError",
    "store.job_queue.QueueMigrationError",
    "store.migrate.MigrationError",
}


def _expected(error: Exception) -> str | None:
    """The line for failures of the surroundings that libraries raise; None for anything else."""
    # Told by module and name: importing the drivers here would slow down every command.
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    first_line = " ".join(str(error).split())
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}：{error.strerror}"
    if kind == "pydantic_core._pydantic_core.ValidationError" and "Settings" in first_line:
        return f"设置有误 / wrong settings: {first_line}"
    if kind in _WORDS_FOR_THE_USER:
        return first_line
    if kind in {"psycopg.OperationalError", "psycopg_pool.PoolTimeout"}:
        return f"连不上数据库 / cannot reach the database: {first_line}"
    if kind.startswith("aiomqtt.") or isinstance(error, ConnectionError):
        return f"连不上消息服务器 / cannot reach the MQTT broker: {first_line}"
    return None


def _say(line: str) -> None:
    sys.stderr.write(f"gongche: {line}\n")
