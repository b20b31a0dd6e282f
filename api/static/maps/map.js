// Draws a scene (maps/page.py) on a Leaflet map. All words arrive as data and become text nodes, never markup.
"use strict";

const gongche = {
  /** What later scripts (live.js, week.js) do with a map once it is drawn: functions of (map, scene, drawn). */
  extensions: [],

  show(map, scene) {
    gongche.fit(map, scene);
    L.control
      .zoom({ zoomInTitle: scene.words.zoom_in, zoomOutTitle: scene.words.zoom_out })
      .addTo(map);
    gongche.homeButton(map, scene);
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    L.control.attribution({ prefix: false }).addTo(map);
    map.getContainer().classList.toggle("plain", !gongche.hasTiles(map));

    const drawn = (scene.features || []).map((feature) => gongche.draw(map, feature, scene));
    if (scene.legend) gongche.legend(map, scene);
    gongche.zoomClasses(map);
    if (scene.empty) map.getContainer().append(Object.assign(gongche.text("p", scene.words.nothing), { className: "empty" }));
    for (const extend of gongche.extensions) extend(map, scene, drawn);
  },

  /** To what matters, clear of the labels at its edges. */
  fit(map, scene) {
    const labelled = (scene.features || []).some((feature) => feature.properties.label);
    const narrow = map.getSize().x < 620;
    const edge = narrow ? 16 : 48;
    map.fitBounds(scene.bounds, { padding: [labelled ? (narrow ? 72 : 96) : edge, edge], maxZoom: 17, animate: false });
  },

  hasTiles(map) {
    let found = false;
    map.eachLayer((layer) => (found = found || layer instanceof L.TileLayer));
    return found;
  },

  draw(map, feature, scene) {
    const { style, radius, heading, label, days } = feature.properties;
    const layer = L.geoJSON(feature, {
      style: () => ({ className: style }),
      pointToLayer: (_, at) =>
        heading === undefined
          ? L.circleMarker(at, { className: style, radius })
          : L.marker(at, { icon: gongche.arrowIcon(style, heading), interactive: false, keyboard: false }),
    }).addTo(map);
    if (feature.properties.title || feature.properties.rows) {
      layer.bindPopup(() => gongche.card(feature.properties, scene), { maxWidth: 320 });
    }
    if (label) {
      layer.bindTooltip(gongche.text("span", label), {
        permanent: true,
        direction: feature.properties.side,
        offset: [0, feature.properties.side === "top" ? -radius : radius],
        className: `note ${style}`,
      });
    } else if (feature.properties.title) {
      layer.bindTooltip(gongche.text("span", feature.properties.title), { sticky: true, className: "name" });
    }
    return { layer, days, style };
  },

  arrowIcon(style, heading) {
    const icon = document.createElement("i");
    icon.style.transform = `rotate(${heading}deg)`;
    return L.divIcon({ className: `arrow ${style}`, html: icon, iconSize: [14, 14] });
  },

  /** A popup: a title and rows of label and value; perhaps a link. */
  card({ title, rows }, scene, link) {
    const card = document.createElement("div");
    card.className = "card";
    if (title) card.append(gongche.text("strong", title));
    const list = document.createElement("dl");
    for (const [label, value] of rows || []) list.append(gongche.text("dt", label), gongche.text("dd", value));
    card.append(list);
    if (link) {
      const anchor = gongche.text("a", link.text);
      anchor.href = link.href;
      anchor.target = "_parent";
      card.append(anchor);
    }
    return card;
  },

  text(tag, words) {
    const element = document.createElement(tag);
    element.textContent = words;
    return element;
  },

  homeButton(map, scene) {
    const control = L.control({ position: "topleft" });
    control.onAdd = () => {
      const bar = L.DomUtil.create("div", "leaflet-bar home");
      const button = gongche.text("button", "⤢");
      button.type = "button";
      button.title = scene.words.whole;
      button.setAttribute("aria-label", scene.words.whole);
      L.DomEvent.disableClickPropagation(bar);
      L.DomEvent.on(button, "click", () => gongche.fit(map, scene));
      bar.append(button);
      return bar;
    };
    control.addTo(map);
  },

  legend(map, scene) {
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const box = document.createElement("details");
      box.className = "legend";
      box.open = map.getSize().x >= 620;
      box.append(gongche.text("summary", scene.words.legend));
      for (const group of scene.legend) {
        if (!group.items.length) continue;
        const list = document.createElement("ul");
        for (const item of group.items) list.append(gongche.legendRow(item));
        if (group.title) box.append(gongche.text("h2", group.title));
        box.append(list);
        if (group.note) box.append(gongche.text("p", group.note));
      }
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    control.addTo(map);
  },

  legendRow(item) {
    const row = document.createElement("li");
    const label = document.createElement(item.can_hide ? "label" : "span");
    if (item.can_hide) {
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = true;
      box.addEventListener("change", () => gongche.hide(item.style, !box.checked));
      label.append(box);
    }
    label.append(gongche.swatch(item), gongche.text("span", item.text));
    if (item.counted) label.append(Object.assign(gongche.text("b", ""), { className: `count-${item.style}` }));
    row.append(label);
    return row;
  },

  swatch({ mark, style }) {
    const shapes = {
      area: ["rect", { x: 2, y: 2, width: 20, height: 12, rx: 2 }],
      line: ["path", { d: "M1 8H23", fill: "none" }],
      dot: ["circle", { cx: 12, cy: 8, r: 5.5 }],
      arrow: ["path", { d: "M12 2 L17 14 L12 11 L7 14 Z" }],
    };
    const [tag, attributes] = shapes[mark];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 16");
    svg.setAttribute("aria-hidden", "true");
    const shape = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    shape.setAttribute("class", `${style} swatch`);
    svg.append(shape);
    return svg;
  },

  hiddenStyles: new Set(),
  hidingSheet: new CSSStyleSheet(),

  /** Hides all features of a style, those drawn later too: by a rule of CSS. */
  hide(style, hidden) {
    if (hidden) gongche.hiddenStyles.add(style);
    else gongche.hiddenStyles.delete(style);
    const rules = [...gongche.hiddenStyles].map((name) => `.leaflet-pane .${name} { display: none; }`);
    gongche.hidingSheet.replaceSync(rules.join("\n"));
    document.adoptedStyleSheets = [gongche.hidingSheet];
  },

  /** Marks the container as far or near, so that small things show only near. */
  zoomClasses(map) {
    const set = () => map.getContainer().classList.toggle("far", map.getZoom() < 12);
    map.on("zoomend", set);
    set();
  },

  /** A moment as people of the district read it. */
  clock(scene, options) {
    return new Intl.DateTimeFormat(scene.language === "zh" ? "zh-CN" : "en-GB", {
      timeZone: scene.time_zone,
      hourCycle: "h23",
      ...options,
    });
  },
};
