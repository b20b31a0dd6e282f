// WGS-84 to what tiles are drawn in, for cars that move on their own; the same formulas as geofence/datum.py.
"use strict";

gongche.place = (lon, lat, shift) => {
  if (!shift) return [lon, lat];
  const [x, y] = gongche.gcj02(lon, lat);
  if (shift === "gcj02") return [x, y];
  const wave = (Math.PI * 3000) / 180;
  const radius = Math.hypot(x, y) + 0.00002 * Math.sin(y * wave);
  const angle = Math.atan2(y, x) + 0.000003 * Math.cos(x * wave);
  return [radius * Math.cos(angle) + 0.0065, radius * Math.sin(angle) + 0.006];
};

gongche.gcj02 = (lon, lat) => {
  if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat];
  const { PI, sin, cos, sqrt, abs } = Math;
  const x = lon - 105;
  const y = lat - 35;
  const root = sqrt(abs(x));
  const ripple = 20 * sin(6 * PI * x) + 20 * sin(2 * PI * x);
  let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root;
  north += (2 / 3) * (ripple + 20 * sin(PI * y) + 40 * sin((PI / 3) * y));
  north += (2 / 3) * (160 * sin((PI / 12) * y) + 320 * sin((PI / 30) * y));
  let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root;
  east += (2 / 3) * (ripple + 20 * sin(PI * x) + 40 * sin((PI / 3) * x));
  east += (2 / 3) * (150 * sin((PI / 12) * x) + 300 * sin((PI / 30) * x));

  const axis = 6378245;
  const eccentricity2 = 0.00669342162296594323;
  const radians = (lat * PI) / 180;
  const flattening = 1 - eccentricity2 * sin(radians) ** 2;
  const meridian = (axis * (1 - eccentricity2)) / flattening ** 1.5;
  const parallel = (axis / sqrt(flattening)) * cos(radians);
  return [lon + ((east / parallel) * 180) / PI, lat + ((north / meridian) * 180) / PI];
};
