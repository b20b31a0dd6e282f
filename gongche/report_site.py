"""What settings say of the office, as pages and reports are told it. Without the pages: commands start sooner."""

from __future__ import annotations

from importlib.metadata import version

from api.site import Site
from gongche.page_desk import PageDesk
from gongche.page_draws import PageDraws
from gongche.page_press import PagePress
from gongche.page_targets import PageTargets
from gongche.settings import Settings


def report_site(settings: Settings, dsn: str) -> Site:
    """All of it but the secret that signs sessions: commands sign nobody in."""
    return Site(
        district=settings.district,
        dsn=dsn,
        secret="",
        time_zone=settings.zone,
        secure_cookies=settings.https,
        tile_url=settings.tile_url,
        tile_datum=settings.tile_datum,
        tile_attribution=settings.tile_attribution,
        office=settings.office,
        claims_desk=PageDesk(settings, dsn),
        target_desk=PageTargets(settings.public_url),
        draw_desk=PageDraws(settings),
        issuer=settings.report_issuer,
        document_prefix=settings.report_prefix,
        version=version("gongche"),
        press=PagePress(settings.font_folder),
        metrics_token=settings.metrics_token,
        metrics_trackers=settings.metrics_trackers,
    )
