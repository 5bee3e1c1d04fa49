/** Bytes of every file that the provider has. */
const FILE = Buffer.from("\u0089PNG\r\n\u001a\n and some pixels", "latin1");
/** A text that the provider refuses for good. */
export const REFUSED_TEXT = "the provider will not have this";

/** A text after which the connection breaks: nobody knows what became of it. */
export const BROKEN_TEXT = "nobody hears what became of this";

const TEMPLATES = [
  {
    name: "welcome",
    language: "en",
    status: "APPROVED",
    category: "UTILITY",
    components: [{ type: "BODY", text: "Hello {{1}}" }],
  },
];

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

/** The Graph API in place of `fetch`: takes messages and files, knows every file and one template. Anything else is unreachable. */
export function graphFetch(): typeof globalThis.fetch {
  let sent = 0;
  return async (input, init) => {
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
    if (origin === "https://files.test") return new Response(FILE, { headers: { "content-type": "image/png" } });
    if (origin !== "https://graph.test") throw new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } });
    const last = pathname.split("/").at(-1) ?? "";
    if (last === "messages") {
      if (String(init?.body).includes(BROKEN_TEXT)) throw new TypeError("fetch failed");
      if (String(init?.body).includes(REFUSED_TEXT)) return json({ error: { code: 131026, message: "no" } }, 400);
      return json({ messages: [{ id: `wamid.sent.${++sent}` }] });
    }
    if (last === "media") return json({ id: `90000${++sent}` });
    if (last === "message_templates") return json({ data: TEMPLATES });
    return json({ url: "https://files.test/file", mime_type: "image/png", file_size: FILE.byteLength });
  };
}
