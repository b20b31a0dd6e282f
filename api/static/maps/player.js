// A bar under the map: a strip of what the vehicle did, a slider over it, play and pause, a button for each day.
"use strict";

/** `moved(second)` is told of every change; `chosen(day)` of the day to look at (null: all). */
gongche.Player = class {
  constructor(scene, moved, chosen) {
    this.scene = scene;
    this.week = scene.week;
    this.moved = moved;
    this.chosen = chosen;
    this.from = 0;
    this.to = this.week.seconds;
    this.second = (this.week.trips[0] || [0])[0];
    this.playing = false;
    this.clock = gongche.clock(scene, {
      month: "short",
      day: "numeric",
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    this.element = this.build();
    this.choose(null);
  }

  build() {
    const { words } = this.scene;
    const bar = document.createElement("section");
    bar.className = "player";
    bar.setAttribute("aria-label", words.time);

    this.days = document.createElement("div");
    this.days.className = "days";
    this.week.days.forEach((day, number) => this.days.append(this.dayButton(day.name, number)));
    this.days.prepend(this.dayButton(words.whole_week, null));

    this.button = Object.assign(document.createElement("button"), { type: "button", className: "play" });
    this.button.addEventListener("click", () => this.play(!this.playing));

    this.strip = document.createElement("div");
    this.strip.className = "strip";
    this.slider = Object.assign(document.createElement("input"), { type: "range", step: 1 });
    this.slider.setAttribute("aria-label", words.time);
    this.slider.addEventListener("input", () => {
      this.play(false);
      this.seek(Number(this.slider.value));
    });
    const track = document.createElement("div");
    track.className = "slider";
    track.append(this.strip, this.slider);

    this.label = document.createElement("output");
    const row = document.createElement("div");
    row.className = "row";
    row.append(this.button, track);
    const top = document.createElement("div");
    top.className = "row";
    top.append(this.days, this.label);
    bar.append(top, row);
    this.play(false);
    return bar;
  }

  dayButton(name, number) {
    const button = gongche.text("button", name);
    button.type = "button";
    button.addEventListener("click", () => this.choose(number));
    return button;
  }

  /** Shows one day, or the whole week. */
  choose(number) {
    const day = number === null ? { from: 0, to: this.week.seconds } : this.week.days[number];
    [this.from, this.to] = [day.from, day.to];
    Object.assign(this.slider, { min: this.from, max: this.to });
    [...this.days.children].forEach((button, place) =>
      button.setAttribute("aria-pressed", String(place === (number === null ? 0 : number + 1))),
    );
    this.paint();
    if (this.second < this.from || this.second > this.to) {
      const trip = this.week.trips.find(([start, end]) => end >= this.from && start < this.to);
      this.second = trip ? Math.max(trip[0], this.from) : this.from;
    }
    this.chosen(number);
    this.seek(this.second);
  }

  /** The strip: stops, trips, gaps and violations where they lie in time. */
  paint() {
    const { trips, stops, gaps, violations, days } = this.week;
    const part = ([start, end, name], style) => {
      const begin = Math.max(start, this.from);
      const until = Math.min(end, this.to);
      if (until <= begin) return null;
      const piece = document.createElement("i");
      piece.className = style;
      piece.style.left = `${(100 * (begin - this.from)) / (this.to - this.from)}%`;
      piece.style.width = `${(100 * (until - begin)) / (this.to - this.from)}%`;
      if (name) piece.title = name;
      return piece;
    };
    const pieces = [
      ...stops.map((span) => part(span, "is-stop")),
      ...gaps.map((span) => part(span, "is-gap")),
      ...trips.map((span) => part(span, "is-trip")),
      ...violations.map((span) => part(span, "is-held")),
      ...days.map(({ to }) => part([to, to + 1], "is-midnight")),
    ];
    this.strip.replaceChildren(...pieces.filter(Boolean));
  }

  seek(second) {
    this.second = Math.min(Math.max(second, this.from), this.to);
    this.slider.value = this.second;
    const where = this.moved(this.second);
    const moment = this.clock.format(new Date(this.week.since_ms + Math.floor(this.second) * 1000));
    this.label.textContent = where ? `${moment} · ${where}` : moment;
    this.slider.setAttribute("aria-valuetext", this.label.textContent);
  }

  play(on) {
    this.playing = on;
    const word = on ? this.scene.words.pause : this.scene.words.play;
    this.button.title = word;
    this.button.setAttribute("aria-label", word);
    this.button.classList.toggle("on", on);
    if (!on) return;
    if (this.second >= this.to) this.second = this.from;
    let before = performance.now();
    const step = (now) => {
      if (!this.playing) return;
      const passed = Math.min(now - before, 100) / 1000;
      before = now;
      this.seek(this.ahead(passed));
      if (this.second >= this.to) this.play(false);
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** Two minutes a second while driving; what lies between trips passes in a second at most. */
  ahead(passed) {
    const driving = this.week.trips.some(([start, end]) => this.second >= start && this.second < end);
    if (driving) return this.second + 120 * passed;
    const next = this.week.trips.find(([start]) => start > this.second);
    const until = Math.min(next ? next[0] : this.to, this.to);
    return Math.min(this.second + Math.max(120, until - this.second, 3600) * 3 * passed, until);
  }
};
