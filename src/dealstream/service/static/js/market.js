// A market that is played (`dealstream market`): what each page converts, and estimates closing in on the truth.

import { get } from "./api.js";
import { againstTruth, curves } from "./charts.js";
import { el, panel, tile } from "./dom.js";
import { count, few, percent } from "./format.js";

const PAGES = { ranked: "var(--accent)", "best-sellers": "var(--second)", oracle: "var(--third)" };

export function marketView() {
  const node = el("div");
  return {
    node, every: 3000,
    async refresh() {
      try {
        const market = await get("market");
        node.replaceChildren(el("h1", {}, "Market"), ...drawn(market, await estimates(market)));
      } catch (error) {
        if (error.status !== 404) throw error;
        node.replaceChildren(el("h1", {}, "Market"), panel(null, el("p", {}, "No market was played yet: "), el("code", {}, "dealstream market")));
      }
    },
  };
}

// what the service has counted of the deals of which the market tells the truth
async function estimates(market) {
  const { buckets } = await get("conversion", { cuboid: "deal", limit: 1000 });
  const counted = new Map(buckets.map((each) => [each.bucket.deal, each]));
  return market.deals.filter(({ deal }) => counted.get(deal)?.impressions)
    .map(({ deal, truth }) => ({ name: deal, truth, ...counted.get(deal) }));
}

function drawn(market, points) {
  const measured = market.pages.ranked.impressions > 0;
  const rates = Object.entries(PAGES).map(([name, colour]) => ({ name, colour, points: market.course.map((at) => [at.impressions, at[name]]) }));
  const off = [{ name: "off", colour: "var(--accent)", points: market.course.map((at) => [at.impressions, at.off]) }];
  const inside = points.filter((point) => point.low <= point.truth && point.truth <= point.high).length;
  return [
    el("div", { class: "tiles" },
      tile(`${count(market.impressions)}`, `impressions of ${count(market.of)}, seed ${market.seed}`),
      ...Object.keys(PAGES).map((name) => tile(measured ? percent(market.pages[name].rate) : "-", `${name}, after ${count(market.learned)}`)),
      tile(measured ? few(market.ratios["best-sellers"]) : "-", "ranked / best-sellers"),
      tile(measured ? few(market.ratios.oracle) : "-", "ranked / oracle")),
    el("div", { class: "grid" },
      panel("Conversion rate of each page", curves(rates, { label: "conversion rate of each page", y: percent })),
      panel("How far the rates that ranking expects are from the true ones", curves(off, { label: "distance from the truth", y: percent }))),
    panel(points.length ? `What is counted of ${points.length} deals, against the truth: ${inside} of ${points.length} intervals hold it` : "What is counted, against the truth",
      points.length ? againstTruth(points, "counted rates against true rates") : el("p", { class: "soft" }, "This service has counted nothing of this market.")),
  ];
}
