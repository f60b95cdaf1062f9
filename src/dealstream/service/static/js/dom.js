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

// a table of more columns than that folds on a phone: each row becomes a card, on which each cell says what it is
const NARROW = 3;

// `columns` are {name, of: row => text or element, number}
export function table(columns, rows, classOf = () => null) {
  const kind = (column) => (column.number ? "number" : null);
  const head = el("tr", {}, columns.map((column) => el("th", { class: kind(column) }, column.name)));
  const body = rows.map((row) =>
    el("tr", { class: classOf(row) }, columns.map((column) => el("td", { class: kind(column), "data-name": column.name }, column.of(row)))));
  return scrolling(el("table", { class: columns.length > NARROW ? "wide" : null }, el("thead", {}, head), el("tbody", {}, body)));
}

// a box of its own to scroll in, which fades out where there is more
export function scrolling(content) {
  const box = el("div", { class: "scroll", onscroll: look }, content);
  function look() {
    box.classList.toggle("more", box.scrollLeft + box.clientWidth + 1 < box.scrollWidth);
  }
  new ResizeObserver(look).observe(box);
  return box;
}

export function field(name, input) {
  return el("label", {}, name, input);
}

export function options(values, chosen) {
  return values.map((value) => el("option", { value, selected: value === chosen }, value));
}
