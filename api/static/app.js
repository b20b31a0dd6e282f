// What pages do beyond htmx: hear what happens, and count it on.
"use strict";

// A form sends its empty fields too; an address reads better without them.
document.addEventListener("htmx:configRequest", (event) => {
  const asked = event.detail.parameters;
  for (const name of Object.keys(asked)) if (asked[name] === "") delete asked[name];
});

// New alerts stand out until the next ones come.
let newestAlert = Math.max(0, ...alertIds());
document.addEventListener("htmx:afterSwap", () => {
  for (const row of document.querySelectorAll("[data-alert]")) {
    row.classList.toggle("is-new", Number(row.dataset.alert) > newestAlert);
  }
  newestAlert = Math.max(newestAlert, ...alertIds());
});

function alertIds() {
  return [...document.querySelectorAll("[data-alert]")].map((row) => Number(row.dataset.alert));
}

// What happens, from one connection for the page and the map in its frame. A frame that loads later than the first
// event is told all cars as they are by then.
class LiveEvents extends EventTarget {
  #cars = new Map();
  #up = false;

  constructor(address) {
    super();
    const source = new EventSource(address);
    source.addEventListener("open", () => { this.#up = true; this.#pass("open"); });
    source.addEventListener("error", () => { this.#up = false; this.#pass("error"); });
    source.addEventListener("alert", (event) => this.#pass("alert", event.data));
    source.addEventListener("positions", (event) => {
      for (const car of JSON.parse(event.data).cars) this.#cars.set(car.vehicle_id, car);
      this.#pass("positions", event.data);
    });
    window.addEventListener("pagehide", () => source.close());
  }

  addEventListener(name, listener, options) {
    super.addEventListener(name, listener, options);
    if (name === "open" && this.#up) listener(new Event("open"));
    if (name === "positions" && this.#cars.size) {
      listener(new MessageEvent("positions", { data: JSON.stringify({ cars: [...this.#cars.values()] }) }));
    }
  }

  #pass(name, data) {
    this.dispatchEvent(data === undefined ? new Event(name) : new MessageEvent(name, { data }));
  }
}

const liveAt = document.body.dataset.live;
if (liveAt) {
  const lost = document.getElementById("feed-lost");
  const tell = (name) => document.body.dispatchEvent(new CustomEvent(name));
  const events = new LiveEvents(liveAt);
  events.addEventListener("open", () => {
    if (!lost.hidden) tell("reconnect");
    lost.hidden = true;
  });
  events.addEventListener("error", () => { lost.hidden = false; });
  events.addEventListener("alert", () => tell("alert"));
  events.addEventListener("positions", (event) => {
    for (const [state, count] of Object.entries(JSON.parse(event.data).counts ?? {})) {
      for (const place of document.querySelectorAll(`[data-count="${state}"]`)) place.textContent = count;
    }
  });
  window.gongcheEvents = events;
  for (const frame of document.querySelectorAll("iframe[data-src]")) frame.src = frame.dataset.src;
}
