"""What lies under a map: tiles of a stated datum, or nothing but a plain ground.

Inside the program everything is WGS-84. Where the tiles are GCJ-02 (AMap) or BD-09, what is drawn is moved to fit
them, for display only; on Tianditu (CGCS2000) and OSM (WGS-84), and without tiles, it stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geofence.datum import Datum, datum_of, from_wgs84
from geofence.zone import Boundary


@dataclass(frozen=True, slots=True)
class Basemap:
    """``tile_url`` with {z}, {x}, {y}; None: no tiles, and no request leaves. ``attribution`` is plain text."""

    tile_url: str | None = None
    tile_datum: str = "wgs84"
    attribution: str = ""

    @property
    def shift(self) -> Datum | None:
        """The datum that things have to be moved to for display; None when they stay."""
        datum = datum_of(self.tile_datum)
        return datum if self.tile_url and datum in (Datum.GCJ02, Datum.BD09) else None

    def place(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.float64]:
        """Where points of WGS-84 are drawn: degrees, shape (n, 2), longitude first, to 1e-6 (0.1 m)."""
        lon, lat = from_wgs84(lon_deg, lat_deg, self.shift or Datum.WGS84)
        return np.asarray(np.round(np.column_stack([np.atleast_1d(lon), np.atleast_1d(lat)]), 6), dtype=np.float64)

    def place_boundary(self, boundary: Boundary) -> dict[str, Any]:
        """Where a boundary of WGS-84 is drawn, as a GeoJSON geometry."""
        moved = shapely.transform(boundary, lambda degrees: self.place(degrees[:, 0], degrees[:, 1]))
        return dict(shapely.geometry.mapping(moved))
