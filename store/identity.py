"""Which vehicle a tracker was on, and when: its fittings, read anew for each batch so that none is ever stale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from psycopg import AsyncConnection

from fleet.fitting import ALWAYS_US, Fittings
from store.sql import load

_queries = load("identity")

_CHINA_MIN = 480
"""Of a clock that nothing is known of, as the view ``tracker_profiles`` has it."""


async def fittings_of(conn: AsyncConnection[Any], codes: Sequence[str]) -> Fittings:
    """The fittings of the trackers with these codes (distinct), in this order; unknown codes are kept in place."""
    tracker_id = np.full(len(codes), -1, np.int32)
    datum = ["wgs84"] * len(codes)
    utc_offset_min = [_CHINA_MIN] * len(codes)
    speed_factor = [1.0] * len(codes)
    spans: list[tuple[int, int, int, int]] = []
    if codes:
        rows = await (await conn.execute(_queries["fittings_of"], {"codes": list(codes)}, prepare=True)).fetchall()
        for place, id_, its_datum, its_offset_min, its_factor, vehicle_id, start_us, end_us in rows:
            tracker_id[place] = id_
            datum[place] = its_datum
            utc_offset_min[place] = its_offset_min
            speed_factor[place] = its_factor
            if vehicle_id is not None:
                since_us = -ALWAYS_US if start_us is None else start_us
                until_us = ALWAYS_US if end_us is None else end_us
                spans.append((place, since_us, until_us, vehicle_id))
    columns = np.array(spans, np.int64).reshape(-1, 4).T
    return Fittings(
        tracker_id=tracker_id,
        datum=tuple(datum),
        tracker_row=columns[0],
        start_us=columns[1],
        end_us=columns[2],
        vehicle_id=columns[3].astype(np.int32),
        utc_offset_min=tuple(utc_offset_min),
        speed_factor=tuple(speed_factor),
    )
