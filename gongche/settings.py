"""Settings, from the environment (``GONGCHE_...``) or a ``.env`` file. Every one is told in docs/settings.md."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from gongche.problem import Problem
from oversight.office import SHIPPED, Office, OfficeError, office_of

Datum = Literal["wgs84", "gcj02", "bd09", "cgcs2000"]


class Settings(BaseSettings):
    """One object, made once at the start of a command and handed down."""

    model_config = SettingsConfigDict(env_prefix="GONGCHE_", env_file=".env", extra="ignore")

    data_folder: Path = Field(
        default=Path("data"), description="Where the embedded servers keep their data and credentials."
    )
    district: str = Field(default="宿豫区", description="Name of the district, shown on every page.")
    time_zone: str = Field(default="Asia/Shanghai", description="Zone of local days, for rules and pages.")

    database_url: str | None = Field(default=None, description="PostgreSQL address. Empty: the embedded server.")
    database_password_file: Path | None = Field(default=None, description="File with the password for database_url.")
    postgres_port: int = Field(
        default=0, description="Port of the embedded PostgreSQL on loopback; 0 picks a free one."
    )

    mqtt_host: str | None = Field(default=None, description="MQTT broker. Empty: the embedded NATS server.")
    mqtt_port: int = Field(default=0, description="Port of the broker; 0 picks a free one (embedded) or 1883.")
    mqtt_username: str | None = Field(default=None, description="User that ingest signs in with.")
    mqtt_password: str | None = Field(default=None, description="Its password.")
    mqtt_password_file: Path | None = Field(default=None, description="File with that password.")
    mqtt_client_id: str = Field(
        default="gongche-ingest", description="Session name of ingest at the broker; one a process."
    )

    mqtt_tls: bool = Field(default=False, description="The broker is reached over TLS.")
    mqtt_ca_file: Path | None = Field(
        default=None, description="Certificates that the broker's is checked with, PEM. Empty: the system's."
    )
    mqtt_certificate_file: Path | None = Field(default=None, description="Certificate of this client, PEM.")
    mqtt_key_file: Path | None = Field(default=None, description="Its key, PEM.")
    mqtt_shared_tracker: bool = Field(
        default=False, description="The embedded broker also lets trackers in as one shared user, `trackers`."
    )

    broker_host: str = Field(default="127.0.0.1", description="Address that `gongche broker` serves trackers on.")
    broker_port: int = Field(default=1883, ge=1, le=65_535, description="Port that `gongche broker` serves them on.")
    broker_ingest_password_file: Path | None = Field(
        default=None, description="File with the password that ingest signs in with to `gongche broker`."
    )
    broker_gateway_password_file: Path | None = Field(
        default=None, description="File with the password that the gateway signs in with to `gongche broker`."
    )
    broker_trackers_password_file: Path | None = Field(
        default=None, description="File with the password of the shared user `trackers`, where that is on."
    )
    broker_certificate_file: Path | None = Field(
        default=None, description="Certificate of `gongche broker` with its chain, PEM. Empty: no TLS."
    )
    broker_key_file: Path | None = Field(default=None, description="Its key, PEM.")

    ingest_batch_messages: int = Field(default=5_000, description="Most messages committed in one transaction.")
    ingest_batch_ms: int = Field(default=50, description="Longest that a message waits for others before its commit.")
    ingest_payload_bytes: int = Field(
        default=4_194_304, description="Longest payload that is read; longer ones are put aside whole."
    )

    gateway_host: str = Field(default="127.0.0.1", description="Address that JT/T 808 terminals are served on.")
    gateway_port: int = Field(default=0, description="Port that terminals are served on; 0 picks a free one.")
    gateway_unknown: Literal["refuse", "hold"] = Field(
        default="refuse",
        description="Terminals that are not registered: refused, or let in and kept until they are fitted.",
    )
    gateway_silent_s: float = Field(default=900.0, gt=0, description="A terminal silent for so long is disconnected.")

    judge_debounce_ms: int = Field(
        default=200, description="Pause between a wake-up and judging, to take in neighbours."
    )
    alert_within_h: int = Field(
        default=48, description="A violation found later than this after its end raises no alert."
    )

    fleet_silence_percent: int = Field(
        default=20, ge=0, le=100, description="Silence of more than so many percent of the fleet is the platform's."
    )

    draw_share_percent: int = Field(
        default=10, ge=10, le=100, description="So many percent of the enrolled cars are drawn each week, rounded up."
    )
    draw_overdue_weeks: int = Field(
        default=26, ge=1, description="Cars that no draw chose for so many weeks are added to the week's draw."
    )

    http_host: str = Field(default="127.0.0.1", description="Address that pages are served on.")
    http_port: int = Field(default=8000, description="Port that pages are served on; 0 picks a free one.")
    https: bool = Field(default=False, description="Pages are reached over TLS: cookies are sent over nothing else.")

    public_url: str | None = Field(
        default=None, description="Address that people reach the pages at, for links in letters. Empty: no links."
    )

    metrics_token: str | None = Field(
        default=None,
        pattern="^(.{16,})?$",
        description="Token that Prometheus reads /metrics with. Empty: nobody reads it.",
    )
    metrics_trackers: bool = Field(
        default=True, description="/metrics has series of each tracker, not of the fleet alone."
    )

    tile_url: str | None = Field(default=None, description="Tile address with {z}/{x}/{y}. Empty: plain background.")
    tile_datum: Datum = Field(
        default="wgs84", description="Datum of the tiles: gcj02 for AMap, wgs84 for Tianditu and OSM."
    )
    tile_attribution: str = Field(default="", description="Attribution and approval number (审图号) of the tiles.")

    font_folder: Path | None = Field(
        default=None, description="Folder with the office's own fonts (docs/deploy.md). Empty: those shipped."
    )

    office_file: Path | None = Field(
        default=None, description="TOML with the centre's own deadlines and points (docs/cases.md). Empty: as shipped."
    )

    report_issuer: str = Field(
        default="", description="Who signs reports. Empty: the vehicle management centre of the district."
    )
    report_prefix: str = Field(
        default="车管", min_length=1, max_length=20, description="The office's sign in numbers of reports, 发文字号."
    )

    @property
    def office(self) -> Office:
        """Deadlines and points. Problem when the file cannot be read or says what it cannot."""
        if self.office_file is None:
            return SHIPPED
        try:
            return office_of(self.office_file.read_text(encoding="utf-8"))
        except (OfficeError, UnicodeDecodeError) as error:
            raise Problem(f"{self.office_file} 有误：{error}", f"{self.office_file} is wrong") from error

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
