import { type FSWatcher, mkdirSync, watch } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { servePage } from "../pageFiles.ts";
import { HttpError, sendJson } from "../whatsapp/http.ts";
import { keptMails } from "./keptMails.ts";

interface OutboxOptions {
  /** Where mails are kept instead of being delivered; undefined where they leave this machine, or are switched off. */
  readonly folder: string | undefined;
  /** One line when something is worth a look. */
  readonly log: (line: string) => void;
}

export interface Outbox {
  /** Handles a request below `/simulator/mail`: true when it is the outbox's. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  close(): void;
}

const PREFIX = "/simulator/mail";
/** What both have in common is the phones': `dom.js` and `page.css`. */
const serveFile = servePage(new URL("./page/", import.meta.url), new URL("../whatsapp/page/", import.meta.url));

/** Mails hold links that sign people in, so they are shown on this machine alone, and to no site that takes its name. */
const LOOPBACK_NAME = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;
const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;

/** A mail's links open in a new tab; apart from that it may do nothing: neither run, nor load, nor ask. */
const MAIL_SECURITY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

const HEARTBEAT = 15_000;
/** Milliseconds: a mail that is written beside and moved into place is one change. */
const SETTLES_WITHIN = 50;

/** The page that shows what would have been sent: `/simulator/mail/`, and what it asks for below `api/`. */
export function createOutbox({ folder, log }: OutboxOptions): Outbox {
  const lookers = new Set<ServerResponse>();
  const watcher = folder === undefined ? undefined : watchFolder(folder, tell);

  function tell(): void {
    for (const looker of lookers) looker.write("event: changed\ndata: {}\n\n");
  }

  async function dispatch(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    requireThisMachine(request);
    if (request.method !== "GET") throw new HttpError(405, { error: "GET" });
    if (url.pathname === PREFIX) return void response.writeHead(302, { location: `${PREFIX}/` }).end();
    const [area = "", what = "", id = "", ...rest] = url.pathname.slice(PREFIX.length + 1).split("/");
    if (area !== "api" && what === "" && serveFile(area === "" ? "index.html" : area, response)) return;
    if (area === "api" && what === "events" && id === "") return stream(request, response);
    if (area === "api" && what === "mails" && rest.length === 0) return show(decodeURIComponent(id), response);
    throw new HttpError(404, { error: "no such address" });
  }

  /** All mails, the newest first, without their HTML; or the HTML of one. */
  async function show(id: string, response: ServerResponse): Promise<void> {
    const mails = folder === undefined ? [] : await keptMails(folder);
    if (id === "") {
      const listed = mails.map(({ html: _, ...mail }) => mail);
      return sendJson(response, 200, { kept: folder !== undefined, mails: listed });
    }
    const mail = mails.find((each) => each.id === id);
    if (mail === undefined) throw new HttpError(404, { error: "no such mail" });
    const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": MAIL_SECURITY };
    response.writeHead(200, { ...headers, "cache-control": "no-store", "x-content-type-options": "nosniff" });
    response.end(mail.html.replace("<head>", '<head><base target="_blank">'));
  }

  /** Server-sent events: `changed` when there are other mails than before. */
  function stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const heartbeat = setInterval(() => response.write(": still here\n\n"), HEARTBEAT).unref();
    lookers.add(response);
    request.on("close", () => {
      clearInterval(heartbeat);
      lookers.delete(response);
    });
    response.write("event: changed\ndata: {}\n\n");
  }

  return {
    handle(request, response) {
      const address = `http://localhost${request.url ?? "/"}`;
      const url = URL.canParse(address) ? new URL(address) : undefined;
      if (url === undefined || !`${url.pathname}/`.startsWith(`${PREFIX}/`)) return false;
      dispatch(request, response, url).catch((error: unknown) => answerError(response, error, log));
      return true;
    },
    close() {
      watcher?.close();
      for (const looker of lookers) looker.end();
    },
  };
}

function requireThisMachine({ socket, headers }: IncomingMessage): void {
  if (LOOPBACK_ADDRESS.test(socket.remoteAddress ?? "") && LOOPBACK_NAME.test(headers.host ?? "")) return;
  throw new HttpError(403, { error: "mails are shown on the machine itself, at localhost" });
}

function watchFolder(folder: string, onChange: () => void): FSWatcher {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let isSettling = false;
  return watch(folder, () => {
    if (isSettling) return;
    isSettling = true;
    setTimeout(() => {
      isSettling = false;
      onChange();
    }, SETTLES_WITHIN);
  });
}

function answerError(response: ServerResponse, error: unknown, log: (line: string) => void): void {
  if (response.headersSent || response.destroyed) return;
  const isRefused = error instanceof HttpError;
  if (!isRefused) log(`The outbox failed: ${error instanceof Error ? error.stack : String(error)}`);
  sendJson(response, isRefused ? error.status : 500, isRefused ? error.body : { error: "failed" });
}
