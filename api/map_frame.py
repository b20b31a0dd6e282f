"""Maps as answers: what they are made with, and the policy that lets them (and only them) do what folium does."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.assets import VENDOR
from api.headers import Policy
from api.language import Language
from api.render import language_of
from api.site import Site
from maps.assets import LEAFLET_CSS, LEAFLET_JS, Assets
from maps.basemap import Basemap
from maps.page import Look


def look_of(request: Request, site: Site) -> Look:
    """How maps are made for this request; each has its own nonce."""
    local = all((VENDOR / file.name).is_file() for file in (LEAFLET_JS, LEAFLET_CSS))
    return Look(
        assets=Assets(local=local),
        basemap=Basemap(site.tile_url, site.tile_datum, site.tile_attribution),
        language="zh" if language_of(request) is Language.ZH else "en",
        time_zone=str(site.time_zone),
        nonce=secrets.token_urlsafe(16),
    )


def map_answer(html: str, look: Look) -> HTMLResponse:
    """The map's page with its own Content-Security-Policy: it may run the scripts with its nonce and load tiles."""
    policy = Policy(
        scripts=look.assets.origins,
        styles=look.assets.origins,
        images=[*look.assets.origins, *tile_origins(look.basemap.tile_url)],
        nonce=look.nonce,
        inline_styles=True,
    )
    return HTMLResponse(html, headers={"content-security-policy": str(policy)})


def tile_origins(tile_url: str | None) -> list[str]:
    """``https://t{s}.tianditu.gov.cn/...`` may come from ``https://*.tianditu.gov.cn``; a path of ours needs none."""
    parts = urlsplit(tile_url or "")
    if not parts.netloc:
        return []
    return [f"{parts.scheme}://" + re.sub(r"^[^.]*\{[^}]*\}[^.]*(?=\.)", "*", parts.netloc)]
