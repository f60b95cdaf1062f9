// Numbers as people read them.

const WHOLE = new Intl.NumberFormat("en");
const FEW = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export const count = (value) => (value === null || value === undefined ? "-" : WHOLE.format(Math.round(value)));
export const few = (value) => (value === null || value === undefined ? "-" : FEW.format(value));

export function percent(rate) {
  if (rate === null || rate === undefined) return "-";
  const value = rate * 100;
  return `${value.toFixed(value >= 9.995 ? 1 : 2)} %`;
}

export const range = (low, high) => `${percent(low).replace(" %", "")}–${percent(high)}`;

export function plain(value) {
  if (value === null || value === undefined) return "-";
  if (typeof value === "number") return Number.isInteger(value) ? count(value) : few(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
