"""`gongche up`: servers and roles in one program, watched, stopped in order."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext

import typer

from fleet.role import Role
from gongche import logs
from gongche.addresses import Addresses
from gongche.admitting import Admission
from gongche.ending import undisturbed
from gongche.problem import Problem
from gongche.servers import Servers, running_servers
from gongche.settings import Settings
from gongche.supervisor import Kept, RoleProcess, tend_all
from store.database import connect
from store.users import FIRST_ROLES, ensure_admin

ROLES = ("ingest", "gateway", "judge", "work", "serve")
_ROUND_S = 0.1


def up() -> None:
    """Run everything on this machine: embedded servers, ingest, judge, pages. Ctrl-C or SIGTERM ends it.

    Servers that settings name (GONGCHE_DATABASE_URL, GONGCHE_MQTT_HOST) are used instead of embedded ones.
    Exit status 2: the data folder is in use, or a server did not start.
    """
    run(Settings())


def run(
    settings: Settings,
    *,
    prepare: Callable[[Addresses], None] | None = None,
    first_roles: Sequence[Role] = FIRST_ROLES,
    also: Sequence[tuple[str, ...]] = (),
) -> None:
    """Servers up, database migrated, `prepare` done, then the roles (and the commands `also`), until told to stop.

    The first user, where there is none, gets `first_roles`. `also` are further command lines of gongche to keep
    running, such as `("replay", ...)`.
    """
    logs.configure("up")
    settings = _with_gateway_port(_with_http_port(settings))
    try:
        with running_servers(settings) as servers:
            _tell_admin(servers.addresses, first_roles)
            if prepare is not None:
                prepare(servers.addresses)
            _keep_running(settings, servers, [*((role,) for role in ROLES), *also])
    except KeyboardInterrupt:
        typer.echo("已停止 / stopped")


def _keep_running(settings: Settings, servers: Servers, commands: Sequence[tuple[str, ...]]) -> None:
    env = role_environment(settings)
    roles = [RoleProcess(command, env) for command in commands]
    kept = [
        *(
            Kept(name, server)
            for name, server in (("postgres", servers.postgres), ("broker", servers.broker))
            if server
        ),
        *(Kept(command[0], role) for command, role in zip(commands, roles, strict=True)),
    ]
    watching = Admission(servers.addresses.database_dsn, servers.broker) if servers.broker else nullcontext()
    with watching as admission:
        try:
            for role in roles:
                role.start()
            _tend_until_told(settings, kept, admission)
        finally:
            with undisturbed():
                for role in roles:
                    role.ask_to_stop()
                for role in roles:
                    role.stop()


def _tend_until_told(settings: Settings, kept: Sequence[Kept], admission: Admission | None) -> None:
    told = False
    while True:
        tend_all(kept)
        if admission is not None:
            admission.tend()
        if not told and _answers(settings):
            told = True
            _tell_up(settings)
        time.sleep(_ROUND_S)


def role_environment(settings: Settings) -> dict[str, str]:
    """Our environment with every setting as this program has it, except what is told in the data folder."""
    told = settings.model_dump(mode="json", exclude_none=True)
    return {**os.environ, **{f"GONGCHE_{name.upper()}": str(value) for name, value in told.items()}}


def _with_http_port(settings: Settings) -> Settings:
    """Settings with absolute data folder and a port for the pages that nobody listens on; Problem when taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.http_host, settings.http_port))
        except OSError as e:
            where = f"{settings.http_host}:{settings.http_port}"
            raise Problem(
                f"网页地址 {where} 用不了（{e.strerror}），请用 GONGCHE_HTTP_PORT 另指定端口",
                f"pages cannot be served on {where}: {e.strerror}; name another port with GONGCHE_HTTP_PORT",
            ) from e
        port = probe.getsockname()[1]
    return settings.model_copy(update={"http_port": port, "data_folder": settings.data_folder.absolute()})


def _with_gateway_port(settings: Settings) -> Settings:
    """Settings with a port for terminals: a gateway that is started again is to be found where it was."""
    if settings.gateway_port:
        return settings
    with socket.socket() as probe:
        probe.bind((settings.gateway_host, 0))
        return settings.model_copy(update={"gateway_port": probe.getsockname()[1]})


def _tell_admin(addresses: Addresses, roles: Sequence[Role]) -> None:
    """Print the first user's password, which is known this once only."""

    async def made() -> str | None:
        async with await connect(addresses.database_dsn) as connection:
            return await ensure_admin(connection, roles)

    password = asyncio.run(made())
    if password is not None:
        typer.echo(f"管理员 / administrator: admin   密码 / password: {password}   (只显示一次 / shown this once)")


def _tell_up(settings: Settings) -> None:
    typer.echo(f"已启动 / up: {_page_address(settings)}   (Ctrl-C 停止 / stops)")
    typer.echo(f"部标终端 / JT/T 808 terminals: {settings.gateway_host}:{settings.gateway_port}")


def _page_address(settings: Settings) -> str:
    return f"http://{_reachable(settings.http_host)}:{settings.http_port}/"


def _answers(settings: Settings) -> bool:
    try:
        socket.create_connection((_reachable(settings.http_host), settings.http_port), timeout=1).close()
    except OSError:
        return False
    return True


def _reachable(host: str) -> str:
    """Where this machine reaches a server that listens on ``host``."""
    return "127.0.0.1" if host in ("", "0.0.0.0") else host
