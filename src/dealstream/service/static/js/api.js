// The service's own HTTP API. A key, if one is needed, lives as long as the tab.

const KEY = "dealstream-key";

export class ApiError extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export const setKey = (key) => sessionStorage.setItem(KEY, key);
export const get = (path, query = {}) => ask("GET", path + search(query));
export const post = (path, body) => ask("POST", path, body);

// `/ready` says in the same words what is well and, with 503, what is not
export async function ready() {
  const response = await send("GET", "ready");
  return [200, 503].includes(response.status) ? response.json() : fail(response);
}

async function ask(method, path, body) {
  const response = await send(method, path, body);
  return response.ok ? response.json() : fail(response);
}

async function send(method, path, body) {
  const headers = { Accept: "application/json" };
  const key = sessionStorage.getItem(KEY);
  if (key) headers["X-API-Key"] = key;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new ApiError(0, "the service does not answer");
  }
}

async function fail(response) {
  const answer = await response.json().catch(() => ({}));
  throw new ApiError(response.status, answer.error ?? `${response.status} ${response.statusText}`);
}

function search(query) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}
