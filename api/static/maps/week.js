// The week of a vehicle: puts it where it was at the slider's time, and shows one day or all.
"use strict";

gongche.extensions.push((map, scene, drawn) => {
  if (!scene.week || scene.empty) return;
  const { week, words } = scene;
  const sums = (differences) => {
    let sum = 0;
    return differences.map((difference) => (sum += difference));
  };
  const t = sums(week.t);
  const lon = sums(week.lon).map((micro) => micro / 1e6);
  const lat = sums(week.lat).map((micro) => micro / 1e6);

  const vehicle = L.circleMarker([lat[0], lon[0]], { radius: 9, className: "now", interactive: false }).addTo(map);
  const trail = L.polyline([], { className: "trail", interactive: false }).addTo(map);

  /** The last row at or before a second. */
  const rowAt = (second) => {
    let low = 0;
    let high = t.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (t[middle] <= second) low = middle;
      else high = middle;
    }
    return low;
  };
  const within = (spans, second) => spans.find(([start, end]) => second >= start && second < end);

  const placeAt = (second, row) => {
    const next = Math.min(row + 1, t.length - 1);
    const share = t[next] > t[row] ? Math.min(Math.max((second - t[row]) / (t[next] - t[row]), 0), 1) : 0;
    return [lat[row] + share * (lat[next] - lat[row]), lon[row] + share * (lon[next] - lon[row])];
  };

  const moved = (second) => {
    const row = rowAt(second);
    const trip = within(week.trips, second);
    const gap = within(week.gaps, second);
    const known = second >= t[0] && second <= t[t.length - 1] && !gap;
    const at = trip ? placeAt(second, row) : [lat[row], lon[row]];
    vehicle.setLatLng(at);
    vehicle.getElement().classList.toggle("unknown", !known);
    trail.setLatLngs(trip ? trailOf(Math.max(trip[0], second - 900), row, at) : []);
    if (!map.getBounds().pad(-0.05).contains(at) && player && player.playing) map.panTo(at, { animate: false });
    if (second < t[0]) return words.before_data;
    if (second > t[t.length - 1]) return words.after_data;
    if (gap) return words.gap;
    if (!trip) return words.stop;
    return week.kmh[row] >= 0 ? `${words.driving} ${week.kmh[row]} km/h` : words.driving;
  };

  const trailOf = (since, row, at) => {
    const points = [at];
    for (let back = row; back >= 0 && t[back] >= since; back -= 1) points.push([lat[back], lon[back]]);
    return points;
  };

  const chosen = (day) => {
    map.getContainer().classList.toggle("all-days", day === null);
    for (const { layer, days } of drawn) {
      if (!days) continue;
      if (day === null || days.includes(day)) layer.addTo(map);
      else layer.remove();
    }
    trail.bringToFront();
    vehicle.bringToFront();
  };

  let player = null;
  player = new gongche.Player(scene, moved, chosen);
  const container = map.getContainer();
  container.classList.add("with-player");
  container.after(player.element);
  map.invalidateSize({ pan: false });
  gongche.fit(map, scene);
});
