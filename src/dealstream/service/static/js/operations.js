// How the machinery does: stores, topology, and what was no event.

import { get, ready } from "./api.js";
import { el, panel, table } from "./dom.js";
import { count, plain } from "./format.js";

export function healthView() {
  const node = el("div");
  return {
    node, every: 5000,
    async refresh() {
      const [state, topology] = await Promise.all([ready(), get("topology").catch((error) => ({ problem: error.message }))]);
      node.replaceChildren(el("h1", {}, "Health"), panel("Stores, and what is kept in memory", table([
        { name: "what", of: ([name]) => name },
        { name: "state", of: ([, state]) => el("span", { class: state === "ok" ? "good" : "bad" }, state) },
      ], Object.entries(state))), ...ofTopology(topology));
    },
  };
}

function ofTopology({ topology, components = [], errors = {}, problem }) {
  if (problem) return [panel("Topology", el("p", { class: "bad" }, problem))];
  if (!topology) return [panel("Topology", el("p", { class: "bad" }, "It does not run."))];
  const names = [...new Set(components.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) => ({ name: name.replaceAll("_", " "), number: typeof components[0][name] === "number", of: (row) => plain(row[name]) }));
  const about = Object.entries(topology).map(([name, value]) => `${name.replaceAll("_", " ")} ${plain(value)}`).join(", ");
  const failing = Object.entries(errors);
  return [panel("Topology", el("p", { class: "soft" }, about), table(columns, components)),
    ...(failing.length ? [panel("Latest errors", table([{ name: "component", of: ([name]) => name }, { name: "error", of: ([, text]) => el("code", {}, plain(text)) }], failing))] : [])];
}

export function rejectedView() {
  const node = el("div");
  return {
    node, every: 5000,
    async refresh() {
      const { rejected } = await get("rejected", { limit: 50 });
      const number = (name) => ({ name, number: true, of: (row) => count(row[name]) });
      node.replaceChildren(el("h1", {}, "Rejected events"), panel("What was no event, the newest first",
        rejected.length ? table([number("partition"), number("offset"), { name: "reason", of: (row) => row.reason },
          { name: "value", of: (row) => el("code", {}, (row.value ?? "null").slice(0, 300)) }], rejected)
          : el("p", { class: "soft" }, "Everything was an event.")));
    },
  };
}
