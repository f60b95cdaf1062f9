// Which view is shown, and when it looks again. A view is {node, refresh, every?}: `refresh` fills the node.

import { get, setKey } from "./api.js";
import { dealView } from "./deal.js";
import { el } from "./dom.js";
import { exploreView } from "./explore.js";
import { liveView } from "./live.js";
import { marketView } from "./market.js";
import { healthView, rejectedView } from "./operations.js";
import { rankView } from "./rank.js";

const VIEWS = {
  live: ["Live", liveView], explore: ["Conversion", exploreView], deal: ["Deal", dealView], rank: ["Rank as", rankView],
  health: ["Health", healthView], rejected: ["Rejected", rejectedView], market: ["Market", marketView],
};
const AFTER_FAILURE = 5000;
const place = document.querySelector("#view"), notice = document.querySelector("#notice");
let shown = 0, timer = 0, dimensions = null;

async function show() {
  const turn = ++shown;
  clearTimeout(timer);
  const [name, ...rest] = location.hash.slice(1).split("/");
  const key = VIEWS[name] ? name : "live";
  navigate(key);
  try {
    dimensions ??= await get("dimensions");
  } catch (error) {
    complain(error);
    timer = setTimeout(show, AFTER_FAILURE);
    return;
  }
  if (turn !== shown) return;
  document.querySelector("#deployment").textContent = dimensions.name;
  const view = VIEWS[key][1]({ dimensions, argument: decodeURIComponent(rest.join("/")) });
  place.replaceChildren(view.node);
  await look(view, turn);
}

async function look(view, turn) {
  let next = view.every;
  try {
    if (!document.hidden) await view.refresh();
    if (turn === shown) notice.hidden = true;
  } catch (error) {
    next = AFTER_FAILURE;
    if (turn === shown) complain(error);
  }
  if (next && turn === shown) timer = setTimeout(() => look(view, turn), next);
}

function navigate(current) {
  document.querySelector("#nav").replaceChildren(...Object.entries(VIEWS).map(([name, [title]]) =>
    el("a", { href: `#${name}`, "aria-current": name === current ? "page" : null }, title)));
}

function complain(error) {
  if (error.status === 401 && notice.querySelector("input")) return;
  const key = el("input", { type: "password", "aria-label": "API key", autocomplete: "off" });
  const form = el("form", { style: { margin: 0 }, onsubmit: (event) => { event.preventDefault(); setKey(key.value); notice.replaceChildren(); show(); } },
    el("span", {}, "An API key is needed."), key, el("button", { class: "main" }, "Use it"));
  notice.replaceChildren(error.status === 401 ? form : error.message);
  notice.hidden = false;
}

addEventListener("hashchange", show);
show();
