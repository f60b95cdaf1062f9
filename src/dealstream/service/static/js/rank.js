// The page as a user, or a stranger, would see it, and why each deal is where it is.

import { get, post } from "./api.js";
import { interval } from "./charts.js";
import { el, field, panel, table } from "./dom.js";
import { count, few, percent, range } from "./format.js";

export function rankView({ dimensions, argument }) {
  const node = el("div"), found = el("div", { id: "ranked" });
  const user = el("input", { name: "user", value: argument, placeholder: "nobody known" });
  const among = el("input", { name: "candidates", placeholder: "all, or a, b, c" });
  const attributes = fieldsOf(dimensions).map(([name, values]) => {
    const list = values.length ? el("datalist", { id: `of-${name}` }, values.map((value) => el("option", { value }))) : null;
    return field(name, el("span", {}, el("input", { name, list: list ? list.id : null }), list));
  });
  const form = el("form", { onsubmit: (event) => { event.preventDefault(); show(); } },
    field("user", user), attributes, field("among deals", among), el("button", { class: "main" }, "Rank"));

  async function show() {
    try {
      const given = Object.fromEntries([...new FormData(form)].filter(([name, value]) => value.trim() && !["user", "candidates"].includes(name))
        .map(([name, value]) => [name, scalar(value.trim())]));
      const deals = among.value.split(",").map((deal) => deal.trim()).filter(Boolean);
      const asked = { user: user.value.trim() || null, attributes: given, candidates: deals.length ? deals : {}, limit: 20, explain: true };
      const [page, events] = await Promise.all([post("rank", asked), eventsOf(asked.user)]);
      found.replaceChildren(ranked(page), ...(asked.user ? [history(asked.user, events, dimensions.event)] : []));
    } catch (error) {
      found.replaceChildren(panel(null, el("p", { class: "bad" }, error.message)));
    }
  }

  node.append(el("h1", {}, "Rank as a user sees it"), form, found);
  return { node, refresh: async () => { if (argument) await show(); } };
}

// the event fields that dimensions read and deals do not fill, each with the values that it may have
function fieldsOf(dimensions) {
  const found = new Map();
  for (const { name, kind, fields, values } of dimensions.dimensions) {
    if (name === "deal") continue;
    for (const each of fields) {
      if (!dimensions.deal_fields.includes(each)) found.set(each, ["listed", "open"].includes(kind) ? values : []);
    }
  }
  return [...found];
}

const scalar = (text) => (text !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

async function eventsOf(user) {
  return user === null ? [] : (await get(`users/${encodeURIComponent(user)}/events`, { limit: 20 })).events;
}

function ranked(page) {
  const top = Math.max(...page.deals.map((deal) => deal.explanation?.high ?? deal.rate), 0.01);
  return panel(`The best ${page.deals.length} of ${count(page.candidates)} candidates, ranked in ${few(page.took_ms)} ms`,
    page.deals.length ? el("ol", { class: "page" }, page.deals.map((deal) => item(deal, top))) : el("p", { class: "soft" }, "There are no candidates."));
}

function item({ deal, score, rate, attributes, explanation }, top) {
  const about = Object.entries(attributes).filter(([, value]) => typeof value === "string").map(([, value]) => value).join(", ");
  const why = explanation && el("details", {}, el("summary", {}, "why"), el("div", {}, explained(explanation)));
  return el("li", {}, el("div", { class: "deal" },
    el("a", { href: `#deal/${encodeURIComponent(deal)}` }, deal), el("span", { class: "soft" }, about),
    explanation?.unproven ? el("span", { class: "soft" }, "unproven") : null,
    el("span", { class: "score" }, `score ${percent(score)}`), explanation ? interval(explanation, top) : percent(rate)), why);
}

function explained(why) {
  const steps = [`base ${percent(why.base)}`, `all chains ${percent(why.rate)} (${range(why.low, why.high)})`];
  if (why.chosen !== why.rate) steps.push(`drawn by exploration ${percent(why.chosen)}`);
  if (why.affinity) steps.push(`what the user just did ${signed(why.affinity)} in log-odds`);
  if (why.penalty) steps.push(`bought already ${signed(why.penalty)} in log-odds`);
  return [el("p", {}, steps.join(" → "), ` → score ${percent(why.score)}`), why.chains.map(chain)];
}

const signed = (value) => (value > 0 ? "+" : "") + few(value);

function chain({ weight, levels, reached }) {
  const top = Math.max(...levels.map((level) => level.high)) || 1;
  return el("div", {}, el("p", { class: "soft" }, `weight ${few(weight)}, reaches ${reached ?? "nothing"}`), table([
    { name: "bucket", of: (level) => Object.entries(level.bucket).map(([name, value]) => `${name} ${value}`).join(", ") },
    { name: "impressions", number: true, of: (level) => count(level.impressions) },
    { name: "each worth", number: true, of: (level) => level.exposure.toFixed(2) },
    { name: "conversions", number: true, of: (level) => count(level.conversions) },
    { name: "prior", number: true, of: (level) => percent(level.prior) },
    { name: "posterior", number: true, of: (level) => percent(level.rate) },
    { name: "95 % interval", of: (level) => interval(level, top) },
  ], levels, (level) => (level.used ? null : "unused")));
}

function history(user, events, names) {
  const columns = ["time", "type", "deal"].map((name) => ({ name, of: (event) => name === "time" ? moment(event[names.time]) : String(event[names[name]]) }));
  return panel(`The newest events of ${user}`, events.length ? table(columns, events) : el("p", { class: "soft" }, "None."));
}

const moment = (time) => new Date(time).toISOString().replace("T", " ").slice(0, 19);
