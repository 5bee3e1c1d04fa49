const BASE = "../api/";

async function ask(path, options) {
  const response = await fetch(BASE + path, options);
  if (!response.ok) throw new Error(`The simulator answered ${response.status}`);
  return response.json();
}

const post = (path, body) =>
  ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** This page, towards the simulator, as long as it is open. */
const page = crypto.randomUUID();

export const loadState = () => ask("state");
export const fileUrl = (id) => `${BASE}files/${encodeURIComponent(id)}`;
export const say = (personId, message) => post(`people/${personId}/messages`, message);
export const markPlayed = (bubbleId) => post(`bubbles/${encodeURIComponent(bubbleId)}/played`, {});
export const lookAt = (chats) => post("open", { page, chats });

/** Keeps a file with the simulator and answers its id. */
export async function upload(blob, name) {
  const path = `files${name === undefined ? "" : `?name=${encodeURIComponent(name)}`}`;
  const headers = { "content-type": blob.type || "application/octet-stream" };
  const { id } = await ask(path, { method: "POST", headers, body: blob });
  return id;
}

/** Calls `on.bubble`, `on.typing` and `on.ready` as things happen; connects again by itself. */
export function listen(on) {
  const source = new EventSource(`${BASE}events?page=${page}`);
  source.addEventListener("ready", () => on.ready());
  source.addEventListener("bubble", (event) => on.bubble(JSON.parse(event.data)));
  source.addEventListener("typing", (event) => on.typing(JSON.parse(event.data)));
  source.addEventListener("error", () => on.lost());
}
