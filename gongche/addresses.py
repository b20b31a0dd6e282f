"""Where the servers are: told by settings, or by the running ``gongche up`` of the data folder."""

from __future__ import annotations

import contextlib
import json
import ssl
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gongche.embedded.folder import DataFolder
from gongche.problem import Problem
from gongche.settings import Settings

_FILE = "addresses.json"


@dataclass(frozen=True)
class Tls:
    """How a broker is reached over TLS: PEM files. No CA: the system's; no certificate: only the broker shows one."""

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True)
class BrokerAddress:
    """An MQTT broker and a user on it."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: Tls | None = None

    def tls_context(self) -> ssl.SSLContext | None:
        """For the client, None without TLS; ``Problem`` when a file cannot be used. The broker's name is checked."""
        if self.tls is None:
            return None
        try:
            context = ssl.create_default_context(cafile=self.tls.ca_file)
            if self.tls.certificate_file is not None:
                context.load_cert_chain(self.tls.certificate_file, self.tls.key_file)
        except OSError as error:  # what is no certificate, too: an SSLError is one
            files = ", ".join(file for file in asdict(self.tls).values() if file)
            raise Problem(f"TLS 证书文件用不了：{files}（{error}）", f"cannot use {files} for TLS: {error}") from error
        return context


@dataclass(frozen=True)
class Addresses:
    """Everything a command needs to reach the servers."""

    database_dsn: str
    mqtt: BrokerAddress
    """as ingest: may subscribe"""
    tracker_mqtt: BrokerAddress
    """as the gateway: may publish positions of whatever tracker"""

    @property
    def mqtt_host(self) -> str:
        return self.mqtt.host

    @property
    def mqtt_port(self) -> int:
        return self.mqtt.port

    @property
    def mqtt_username(self) -> str | None:
        return self.mqtt.username

    @property
    def mqtt_password(self) -> str | None:
        return self.mqtt.password


def find(settings: Settings) -> Addresses:
    """Addresses of the database and of the broker; ``Problem`` where one is neither set nor running."""
    return Addresses(find_database(settings), find_broker(settings), find_tracker_broker(settings))


def find_database(settings: Settings) -> str:
    """The database alone, for commands that need no broker; ``Problem`` when there is none."""
    if settings.database_url:
        return _with_password(settings)
    return _running(settings).database_dsn


def find_broker(settings: Settings) -> BrokerAddress:
    """The broker as ingest signs in; ``Problem`` when there is none."""
    return external_broker(settings) or _running(settings).mqtt


def find_tracker_broker(settings: Settings) -> BrokerAddress:
    """The broker as the gateway signs in, and replay, and the demonstration; ``Problem`` when there is none."""
    return external_broker(settings) or _running(settings).tracker_mqtt


def external_broker(settings: Settings) -> BrokerAddress | None:
    """The broker that settings name, None when the embedded one is meant."""
    if not settings.mqtt_host:
        return None
    password = settings.mqtt_password
    if settings.mqtt_password_file:
        password = read_password(settings.mqtt_password_file)
    tls = _tls(settings)
    port = settings.mqtt_port or (1883 if tls is None else 8883)
    return BrokerAddress(settings.mqtt_host, port, settings.mqtt_username, password, tls)


def _tls(settings: Settings) -> Tls | None:
    files = (settings.mqtt_ca_file, settings.mqtt_certificate_file, settings.mqtt_key_file)
    if not settings.mqtt_tls:
        if any(files):
            raise Problem(
                "设置了 TLS 证书文件但未启用 TLS，请设 GONGCHE_MQTT_TLS=true",
                "there are files for TLS, but it is off: set GONGCHE_MQTT_TLS=true",
            )
        return None
    return Tls(*(None if file is None else str(file.absolute()) for file in files))


def read_password(file: Path) -> str:
    """The password in a file, without the line's end; ``Problem`` when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as e:
        raise Problem(
            f"密码文件读不了：{file}（{e.strerror}）", f"cannot read the password file {file}: {e.strerror}"
        ) from e


def publish(folder: DataFolder, addresses: Addresses) -> None:
    """Tell other commands where this program's servers are (mode 600: it holds passwords)."""
    folder.write_private(_FILE, json.dumps(asdict(addresses), indent=1))


def withdraw(folder: DataFolder) -> None:
    """The servers are going; nothing may be found here from now on."""
    (folder.path / _FILE).unlink(missing_ok=True)


def _with_password(settings: Settings) -> str:
    assert settings.database_url
    if settings.database_password_file is None:
        return settings.database_url
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415  (kept out of the start of every command)

    return make_conninfo(settings.database_url, password=read_password(settings.database_password_file))


def _broker(told: dict[str, Any]) -> BrokerAddress:
    return BrokerAddress(**told | {"tls": Tls(**told["tls"]) if told["tls"] else None})


def _running(settings: Settings) -> Addresses:
    folder = DataFolder(settings.data_folder)
    file = folder.path / _FILE
    if folder.in_use():
        with contextlib.suppress(FileNotFoundError):
            told = json.loads(file.read_text(encoding="utf-8"))
            return Addresses(told["database_dsn"], _broker(told["mqtt"]), _broker(told["tracker_mqtt"]))
        raise Problem(
            f"{folder.path} 的服务正在启动或停止，请稍后再试",
            f"the servers of {folder.path} are starting or stopping; try again in a moment",
        )
    raise Problem(
        f"{folder.path} 没有运行中的服务：请先执行 gongche up，或设置 GONGCHE_DATABASE_URL 和 GONGCHE_MQTT_HOST",
        f"nothing is running on {folder.path}: start `gongche up` first, "
        "or set GONGCHE_DATABASE_URL and GONGCHE_MQTT_HOST",
    )
