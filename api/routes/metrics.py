"""Numbers for Prometheus, read with a token; without one set there are none."""

from __future__ import annotations

import hmac
from datetime import timedelta

from fastapi import APIRouter, Request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import PlainTextResponse, Response

from api.deps import Conn, TheSite
from api.exposition import Reading, exposition
from oversight.tracker_health import SHARES_DAYS, examined
from store import credentials, tracker_health
from store.scope import EVERYTHING, Scope

router = APIRouter()

_OPENLY = Scope(confidential=False)
"""A series names its tracker; those of cars of confidential mail are in the fleet's numbers only."""


@router.get("/metrics")
async def metrics(request: Request, conn: Conn, site: TheSite) -> Response:
    """Answers ``authorization: Bearer TOKEN`` only."""
    if not _may_read(request.headers.get("authorization", ""), site.metrics_token):
        return PlainTextResponse(
            "需要令牌 GONGCHE_METRICS_TOKEN / a token is needed, GONGCHE_METRICS_TOKEN\n",
            401,
            {"www-authenticate": "Bearer"},
        )
    now, since = site.now(), site.today() - timedelta(days=SHARES_DAYS - 1)
    everything = await tracker_health.trackers(conn, scope=EVERYTHING, now=now, since=since)
    openly = await tracker_health.trackers(conn, scope=_OPENLY, now=now, since=since) if site.metrics_trackers else []
    reading = Reading(
        trackers=examined(everything, now),
        labelled=examined(openly, now),
        ingested=await tracker_health.ingested(conn),
        refused=await credentials.refusals_by_kind(conn),
        waiting=await tracker_health.waiting(conn),
    )
    return Response(exposition(reading), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(authorization: str, token: str | None) -> bool:
    if not token:
        return False
    scheme, _, sent = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(sent.strip().encode(), token.encode())
