// Drawings: curves over a common axis, estimates against the truth, a table as a heat map, an interval.

import { el, scrolling, svg } from "./dom.js";
import { count, few, percent, range } from "./format.js";

const WIDTH = 560, HEIGHT = 210, LEFT = 52, RIGHT = 10, TOP = 10, BOTTOM = 24;

// `series` are {name, colour, points: [[x, y], ...]}; y starts at 0
export function curves(series, { label, x = count, y = few, dots = false } = {}) {
  const points = series.flatMap((each) => each.points).filter(([, value]) => Number.isFinite(value));
  const xs = points.map((point) => point[0]);
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const top = Math.max(...points.map((point) => point[1]), 0) * 1.08 || 1;
  const px = scale(points.length ? first : 0, points.length ? last : 1, LEFT, WIDTH - RIGHT);
  const py = scale(0, top, HEIGHT - BOTTOM, TOP);
  const drawn = series.map((each) => curve(each, px, py, dots));
  const ends = points.length > 1 ? [tick(px(first), x(first), "start"), tick(px(last), x(last), "end")] : [];
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    axes(top, py, y), ends, drawn);
  return el("div", {}, picture, series.length > 1 ? legend(series) : null);
}

function curve({ colour, points, name }, px, py, dots) {
  const there = points.filter(([, value]) => Number.isFinite(value));
  const path = there.map(([x, y], place) => `${place ? "L" : "M"}${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join("");
  const marks = dots ? there.map(([x, y]) => svg("circle", { cx: px(x), cy: py(y), r: 2.5, fill: colour })) : [];
  return svg("g", { "data-series": name }, svg("path", { class: "curve", d: path, stroke: colour }), marks);
}

// `points` are {name, truth, rate, low, high}
export function againstTruth(points, label) {
  const top = Math.max(...points.flatMap((point) => [point.truth, point.high]), 0.01) * 1.05;
  const px = scale(0, top, LEFT, WIDTH - RIGHT), height = 380;
  const py = scale(0, top, height - BOTTOM, TOP);
  const marks = points.map((point) => {
    const inside = point.low <= point.truth && point.truth <= point.high;
    const colour = inside ? "var(--accent)" : "var(--second)";
    return svg("g", {},
      svg("title", {}, `${point.name}: counted ${percent(point.rate)} (${range(point.low, point.high)}), true ${percent(point.truth)}`),
      svg("line", { class: "range", x1: px(point.truth), x2: px(point.truth), y1: py(point.low), y2: py(point.high), stroke: colour }),
      svg("circle", { cx: px(point.truth), cy: py(point.rate), r: 3.5, fill: colour }));
  });
  const diagonal = svg("line", { class: "axis", x1: px(0), y1: py(0), x2: px(top), y2: py(top), "stroke-dasharray": "4 4" });
  const ends = [tick(px(0), "0", "start", height), tick(px(top), `true rate ${percent(top)}`, "end", height)];
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label }, axes(top, py, percent), diagonal, ends, marks);
}

function axes(top, py, format) {
  return [0, top / 2, top].map((value) => svg("g", {},
    svg("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: py(value), y2: py(value) }),
    svg("text", { x: LEFT - 6, y: py(value) + 4, "text-anchor": "end" }, value ? format(value) : "0")));
}

const tick = (x, text, anchor, height = HEIGHT) => svg("text", { x, y: height - 7, "text-anchor": anchor }, text);

function legend(series) {
  return el("div", { class: "legend" }, series.map((each) =>
    el("span", {}, el("i", { style: { background: each.colour } }), each.name)));
}

function scale(from, to, low, high) {
  const span = to - from || 1;
  return (value) => low + ((value - from) / span) * (high - low);
}

// `at(row, column)` is a bucket or undefined; the darker, the higher its rate
export function heatMap(rows, columns, at) {
  const rates = rows.flatMap((row) => columns.map((column) => at(row, column)?.rate ?? 0));
  const top = Math.max(...rates) || 1;
  const head = el("tr", {}, el("th"), columns.map((column) => el("th", { scope: "col" }, column)));
  const body = rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row), columns.map((column) => cell(at(row, column), top))));
  return scrolling(el("table", { class: "heat" }, el("thead", {}, head), el("tbody", {}, body)));
}

function cell(bucket, top) {
  if (!bucket?.impressions) return el("td", { class: "none" }, "-");
  return el("td", { style: { "--share": (bucket.rate / top).toFixed(3) } },
    percent(bucket.rate),
    el("small", {}, range(bucket.low, bucket.high)),
    el("small", {}, `of ${count(bucket.impressions)}`));
}

export function interval({ low, high, rate }, top) {
  const at = (value) => `${Math.min(100, (100 * value) / top).toFixed(1)}%`;
  return el("div", { class: "interval", title: `${percent(rate)}, 95 % within ${range(low, high)}` },
    el("i", { style: { left: at(low), width: at(high - low) } }), el("b", { style: { left: at(rate) } }));
}
