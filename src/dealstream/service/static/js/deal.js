// One deal: what the catalogue has of it, and how it converts in each audience that is counted.

import { get } from "./api.js";
import { el, field, panel, table } from "./dom.js";
import { drawn } from "./explore.js";
import { plain } from "./format.js";

export function dealView({ dimensions, argument }) {
  const node = el("div"), found = el("div");
  const name = el("input", { value: argument, placeholder: "deal", required: true });
  const form = el("form", { onsubmit: (event) => { event.preventDefault(); location.hash = `#deal/${encodeURIComponent(name.value.trim())}`; } },
    field("deal", name), el("button", { class: "main" }, "Show"));
  node.append(el("h1", {}, argument ? `Deal ${argument}` : "A deal's page"), form, found);
  return {
    node,
    async refresh() {
      if (!argument) return;
      const path = `deals/${encodeURIComponent(argument)}`;
      const [about, ...audiences] = await Promise.all([known(path), ...ofDeals(dimensions).map((by) => audience(path, by))]);
      found.replaceChildren(about, ...audiences);
    },
  };
}

const ofDeals = (dimensions) => dimensions.cuboids
  .filter((each) => each.dimensions[0] === "deal" && each.dimensions.length <= 3 && each.tiles.includes("ever"))
  .map((each) => each.dimensions.slice(1));

async function known(path) {
  try {
    const { attributes } = await get(path);
    return panel("Catalogue", table([{ name: "field", of: ([name]) => name }, { name: "value", of: ([, value]) => plain(value) }],
      Object.entries(attributes)));
  } catch (error) {
    if (error.status !== 404) throw error;
    return panel("Catalogue", el("p", { class: "soft" }, "The catalogue does not know this deal."));
  }
}

async function audience(path, by) {
  const { buckets } = await get(`${path}/conversion`, { by: by.join(",") });
  if (by.length) return drawn(by, buckets, { fixed: {} }, () => {});
  return drawn(["all audiences"], buckets.map((each) => ({ ...each, bucket: { "all audiences": "everybody" } })), { fixed: {} }, () => {});
}
