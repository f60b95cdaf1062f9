// How many events come, and how far behind the stores are.

import { get } from "./api.js";
import { curves } from "./charts.js";
import { el, panel, table, tile } from "./dom.js";
import { count } from "./format.js";

const KEPT = 150;
const seen = [];

export function liveView() {
  const node = el("div");
  return {
    node, every: 2000,
    async refresh() {
      const stream = await get("stream");
      seen.push([Date.now(), stream]);
      seen.splice(0, seen.length - KEPT);
      node.replaceChildren(el("h1", {}, "Live"), tiles(stream), el("div", { class: "grid" },
        panel("Events a second", over("events_per_s", "var(--accent)")),
        panel("Events on the log that the stores do not have yet", over("lag", "var(--second)"))),
        partitions(stream.partitions));
    },
  };
}

function tiles(stream) {
  return el("div", { class: "tiles" },
    tile(count(stream.events_per_s), "events a second"),
    tile(count(stream.lag), "behind", stream.lag ? "" : "good"),
    tile(count(stream.kept), "counted"),
    tile(count(stream.duplicate), "duplicates"),
    tile(count(stream.rejected), "rejected", stream.rejected ? "bad" : ""));
}

function over(name, colour) {
  const now = Date.now();
  const points = seen.map(([at, stream]) => [(at - now) / 1000, stream[name]]).filter((point) => point[1] !== null);
  return curves([{ name, colour, points }], { label: name, x: (s) => (s > -1 ? "now" : `${count(-s)} s ago`), y: count });
}

function partitions(rows) {
  const number = (name, title = name) => ({ name: title, number: true, of: (row) => count(row[name]) });
  return panel("Partitions", table([number("partition"), number("end"), number("committed"),
    number("watermark", "counted up to"), number("behind"), number("gone", "lost by the log")], rows));
}
