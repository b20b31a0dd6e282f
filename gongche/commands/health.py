"""`gongche health`: whether a role on this machine does its work, for a container's health check.

Called every few seconds of every role: what only one kind of role needs is imported there.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from enum import StrEnum

import typer

from gongche.addresses import find_database, read_password
from gongche.embedded.folder import kept_secret
from gongche.embedded.probe import lets_in, reached
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings

_TIMEOUT_S = 5


class Role(StrEnum):
    """Roles that run on and on."""

    BROKER = "broker"
    INGEST = "ingest"
    GATEWAY = "gateway"
    JUDGE = "judge"
    WORK = "work"
    SERVE = "serve"


# What each calls itself at the database.
_APPLICATION = {
    Role.INGEST: "gongche ingest",
    Role.GATEWAY: "gongche gateway",
    Role.JUDGE: "gongche-judge",
    Role.WORK: "gongche work",
}


def health(role: Role) -> None:
    """Exit 0 when the role's process on this machine holds its database session (serve, broker: answers), else 1.

    本机的该角色是否正常: 正常时退出码为 0, 否则为 1。
    """
    settings = Settings()
    if role is Role.JUDGE:
        asyncio.run(_tell_silence(settings))
    if role is Role.SERVE:
        _ask_pages(settings)
    elif role is Role.BROKER:
        _ask_broker(settings)
    elif not asyncio.run(_is_connected(settings, _APPLICATION[role])):
        raise Problem(
            f"本机没有已连接数据库的 {role}", f"no {role} of this machine is connected to the database",
            exit_status=FOUND_PROBLEMS,
        )  # fmt: skip


async def _is_connected(settings: Settings, application: str) -> bool:
    from store.sessions import is_connected_from_here  # noqa: PLC0415  (see above)

    return await is_connected_from_here(find_database(settings), application)


async def _tell_silence(settings: Settings) -> None:
    """No fault of the role's, so nothing that a container should be started again for."""
    from store.database import connect  # noqa: PLC0415  (see above)
    from store.errors import store_errors  # noqa: PLC0415
    from store.platform import lasting_silence  # noqa: PLC0415

    with store_errors():
        async with await connect(find_database(settings)) as conn:
            lasting = await lasting_silence(conn)
    if lasting is not None:
        since = f"{lasting[0].astimezone(settings.zone):%Y-%m-%d %H:%M}"
        told = f"平台性失联，自 {since} 起，请检查接入 · the platform: much of the fleet is silent since {since}"
        typer.secho(told, fg=typer.colors.RED, err=True)


def _ask_broker(settings: Settings) -> None:
    file = settings.broker_gateway_password_file
    kept = settings.data_folder / "broker" / "password-gateway"
    password = kept_secret(kept) if file is None else read_password(file)
    host, port = reached(settings.broker_host), settings.broker_port
    if not lets_in(host, port, "gateway", password, tls=settings.broker_certificate_file is not None):
        raise Problem(
            f"消息服务器没有应答：{host}:{port}", f"no answer from the broker at {host}:{port}",
            exit_status=FOUND_PROBLEMS,
        )  # fmt: skip


def _ask_pages(settings: Settings) -> None:
    host = "127.0.0.1" if settings.http_host in {"0.0.0.0", "::"} else settings.http_host
    address = f"http://{host}:{settings.http_port}/health"
    try:
        urllib.request.urlopen(address, timeout=_TIMEOUT_S).close()
    except urllib.error.HTTPError as error:
        told = error.read().decode("utf-8", "replace")
        raise Problem(f"网页服务不正常：{told}", f"pages say: {told}", exit_status=FOUND_PROBLEMS) from error
    except OSError as error:
        raise Problem(
            f"网页服务没有应答：{address}", f"no answer from {address}", exit_status=FOUND_PROBLEMS
        ) from error
