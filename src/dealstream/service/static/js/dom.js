// Elements made of text and other elements. Nothing here takes HTML, so what the data says stays text.

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, what] of Object.entries(value)) node.style.setProperty(key, what);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

export function panel(title, ...children) {
  return el("section", { class: "panel" }, title ? el("h2", {}, title) : null, ...children);
}

export function tile(value, name, kind = "") {
  return el("div", { class: "panel tile" }, el("b", { class: kind }, value), el("span", {}, name));
}

// `columns` are {name, of: row => text or element, number}
export function table(columns, rows, classOf = () => null) {
  const kind = (column) => (column.number ? "number" : null);
  const head = el("tr", {}, columns.map((column) => el("th", { class: kind(column) }, column.name)));
  const body = rows.map((row) =>
    el("tr", { class: classOf(row) }, columns.map((column) => el("td", { class: kind(column) }, column.of(row)))));
  return el("div", { class: "scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, body)));
}

export function field(name, input) {
  return el("label", {}, name, input);
}

export function options(values, chosen) {
  return values.map((value) => el("option", { value, selected: value === chosen }, value));
}
