// How audiences convert: choose dimensions that are counted together.

import { get } from "./api.js";
import { heatMap, interval } from "./charts.js";
import { el, field, options, panel, table } from "./dom.js";
import { count, percent, range } from "./format.js";

export function exploreView({ dimensions }) {
  const first = dimensions.cuboids.find((each) => each.dimensions.length === 2 && each.dimensions[0] !== "deal");
  const state = { chosen: new Set((first ?? dimensions.cuboids[0]).dimensions), owner: "", window: "", fixed: {} };
  const node = el("div"), chips = el("div", { class: "chips" }), found = el("div");
  const owner = el("input", { "aria-label": "only this owner", onchange: () => { state.owner = owner.value.trim(); show(); } });
  const period = el("select", { onchange: () => { state.window = period.value; show(); } },
    [["", "all time"], ["1d", "the last day"], ["7d", "the last 7 days"]].map(([value, name]) => el("option", { value }, name)));
  const ownerName = el("span");

  async function show() {
    drawChips();
    const cuboid = exactly(dimensions.cuboids, state.chosen);
    if (!cuboid) return found.replaceChildren(together(dimensions.cuboids, state, show));
    ownerName.textContent = `only this ${cuboid.dimensions[0]}`;
    const answer = await get("conversion", { cuboid: cuboid.name, owner: state.owner, window: state.window });
    found.replaceChildren(drawn(cuboid.dimensions, answer.buckets, state, show));
  }

  function drawChips() {
    chips.replaceChildren(...dimensions.dimensions.map(({ name }) => el("button", {
      type: "button", "aria-pressed": String(state.chosen.has(name)),
      onclick: () => { state.chosen.has(name) ? state.chosen.delete(name) : state.chosen.add(name); guard(show()); },
    }, name)));
  }

  const guard = (promise) => promise.catch((error) => found.replaceChildren(panel(null, el("p", { class: "bad" }, error.message))));
  node.append(el("h1", {}, "Conversion by audience"), chips,
    el("form", { onsubmit: (event) => event.preventDefault() }, field(ownerName, owner), field("counted in", period)), found);
  drawChips();
  return { node, refresh: () => guard(show()) };
}

const exactly = (cuboids, chosen) =>
  cuboids.find((each) => each.dimensions.length === chosen.size && each.dimensions.every((name) => chosen.has(name)));

function together(cuboids, state, show) {
  const wider = cuboids.filter((each) => [...state.chosen].every((name) => each.dimensions.includes(name)));
  const choices = wider.map((each) => el("button", {
    type: "button", onclick: () => { state.chosen = new Set(each.dimensions); show(); },
  }, each.dimensions.join(" × ")));
  return panel(null, el("p", {}, state.chosen.size ? "These are not counted together by themselves." : "Choose one or more."),
    choices.length ? el("div", { class: "chips" }, choices) : el("p", { class: "soft" }, "No cuboid has all of them."));
}

export function drawn(names, buckets, state, show) {
  if (!buckets.length) return panel(null, el("p", { class: "soft" }, "Nothing is counted there yet."));
  if (names.length === 1) return panel(names[0], bars(names, buckets));
  const [down, across, ...others] = names;
  const picks = others.map((name) => {
    const values = distinct(buckets, name);
    if (!values.includes(state.fixed[name])) state.fixed[name] = values[0];
    const pick = el("select", { onchange: () => { state.fixed[name] = pick.value; show(); } }, options(values, state.fixed[name]));
    return field(name, pick);
  });
  const there = buckets.filter(({ bucket }) => others.every((name) => bucket[name] === state.fixed[name]));
  const cells = new Map(there.map((each) => [`${each.bucket[down]}\0${each.bucket[across]}`, each]));
  return panel(`${down} (rows) by ${across} (columns): rate, 95 % interval, impressions`,
    picks.length ? el("form", { onsubmit: (event) => event.preventDefault() }, picks) : null,
    heatMap(distinct(there, down).slice(0, 60), inOrder(distinct(there, across)), (row, column) => cells.get(`${row}\0${column}`)));
}

// the values of a dimension, those with the most impressions first
function distinct(buckets, name) {
  return [...new Set(buckets.map(({ bucket }) => bucket[name]))];
}

// bands in the order of their numbers, anything else by its name
function inOrder(values) {
  const place = (value) => (value.startsWith("<") ? -Infinity : parseFloat(value.replace(">=", "")));
  return values.toSorted((a, b) => {
    const difference = place(a) - place(b);
    return Number.isNaN(difference) ? a.localeCompare(b) : difference;
  });
}

function bars(names, buckets) {
  const top = Math.max(...buckets.slice(0, 100).map((each) => each.high)) || 1;
  return table([
    { name: names[0], of: ({ bucket }) => bucket[names[0]] },
    { name: "rate", number: true, of: (each) => percent(each.rate) },
    { name: "95 % interval", of: (each) => interval({ ...each, rate: each.rate ?? 0 }, top) },
    { name: "", number: true, of: (each) => range(each.low, each.high) },
    { name: "impressions", number: true, of: (each) => count(each.impressions) },
    { name: "conversions", number: true, of: (each) => count(each.conversions) },
  ], buckets.slice(0, 100));
}
