// Cars on the live map. They come by server-sent events: of the page around, if it listens already
// (window.gongcheEvents, an EventSource), otherwise of our own connection.
"use strict";

gongche.extensions.push((map, scene) => {
  if (!scene.live) return;
  const { states, shift, events_url } = scene.live;
  const cars = new Map();
  const clock = gongche.clock(scene, { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });

  const card = (car) => {
    const { words } = scene;
    const rows = [[words.state, words[car.state]]];
    if (car.unit) rows.push([words.unit, car.unit]);
    if (car.speed_kmh !== null && car.speed_kmh !== undefined) rows.push([words.speed, `${Math.round(car.speed_kmh)} km/h`]);
    if (car.ts) rows.push([words.last_position, clock.format(new Date(car.ts))]);
    const href = scene.vehicle_url.replace("{id}", encodeURIComponent(car.vehicle_id));
    return gongche.card({ title: car.plate, rows }, scene, { href, text: words.open_vehicle });
  };

  const radius = () => (map.getZoom() < 11 ? 4 : map.getZoom() < 15 ? 6 : 8);
  map.on("zoomend", () => {
    for (const { marker } of cars.values()) marker.setRadius(radius());
  });

  const put = (car) => {
    const known = cars.get(car.vehicle_id);
    if (typeof car.lon !== "number" || typeof car.lat !== "number" || !states.includes(car.state)) {
      if (known) known.marker.remove();
      cars.delete(car.vehicle_id);
      return;
    }
    const [lon, lat] = gongche.place(car.lon, car.lat, shift);
    if (!known) {
      const marker = L.circleMarker([lat, lon], { radius: radius(), className: `car car-${car.state}` }).addTo(map);
      const entry = { marker, car };
      marker.bindPopup(() => card(entry.car));
      marker.bindTooltip(() => gongche.text("span", entry.car.plate), { className: "name", direction: "top", offset: [0, -6] });
      cars.set(car.vehicle_id, entry);
    } else {
      known.marker.setLatLng([lat, lon]);
      known.car = car;
      if (known.marker.isPopupOpen()) known.marker.getPopup().update();
    }
    dress(cars.get(car.vehicle_id));
  };

  const dress = ({ marker, car }) => {
    const element = marker.getElement();
    for (const state of states) element.classList.toggle(`car-${state}`, state === car.state);
    if (car.state === "driving") marker.bringToFront();
  };

  const count = () => {
    const counts = Object.fromEntries(states.map((state) => [state, 0]));
    for (const { car } of cars.values()) counts[car.state] += 1;
    for (const state of states) {
      for (const badge of map.getContainer().querySelectorAll(`.count-car-${state}`)) badge.textContent = counts[state];
    }
  };

  const told = (event) => {
    for (const car of JSON.parse(event.data).cars) put(car);
    count();
  };

  const line = L.control({ position: "bottomright" });
  const sign = Object.assign(document.createElement("div"), { className: "line-state", hidden: true });
  line.onAdd = () => sign;
  line.addTo(map);
  const say = (up) => {
    sign.hidden = up;
    sign.textContent = up ? "" : scene.words.disconnected;
  };

  const outer = window.parent !== window && window.parent.gongcheEvents;
  const events = outer || new EventSource(events_url);
  events.addEventListener("positions", told);
  events.addEventListener("open", () => say(true));
  events.addEventListener("error", () => say(false));
});
