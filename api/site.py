"""What the pages are told about where they run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from api.claims_desk import ClaimsDesk
from api.draw_desk import DrawDesk
from api.printing import Press
from api.target_desk import TargetDesk
from fleet.clock import SHANGHAI, day_start_us, moment_of
from oversight.office import SHIPPED, Office


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """One district's pages. ``secret`` signs sessions; ``secure_cookies`` where the pages are reached over TLS.

    ``tile_url`` empty: a plain background. ``tile_datum`` says what the tiles are drawn in.
    ``office``: its deadlines and points.
    ``claims_desk``: the finance gate; ``draw_desk``: the weekly draw; without one there is none. ``target_desk``: who
    can send letters.
    ``issuer``: who signs reports; empty: the district's centre. ``document_prefix``: the sign in 发文字号.
    ``version``: of the program. ``press``: what makes files of reports; without one there are none.
    ``metrics_token``: who shows it may read /metrics; without one nobody may. ``metrics_trackers``: with a series each.
    """

    district: str
    dsn: str
    secret: str
    time_zone: ZoneInfo = SHANGHAI
    secure_cookies: bool = False
    tile_url: str | None = None
    tile_datum: str = "wgs84"
    tile_attribution: str = ""
    office: Office = SHIPPED
    now: Callable[[], datetime] = utc_now
    claims_desk: ClaimsDesk | None = None
    target_desk: TargetDesk | None = None
    draw_desk: DrawDesk | None = None
    issuer: str = ""
    document_prefix: str = "车管"
    version: str = ""
    press: Press | None = None
    metrics_token: str | None = None
    metrics_trackers: bool = True

    def today(self) -> date:
        """The local day."""
        return self.now().astimezone(self.time_zone).date()

    def start_of(self, day: date) -> datetime:
        """The moment that a local day begins."""
        return moment_of(day_start_us(day, self.time_zone))
