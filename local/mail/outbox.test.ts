import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderTransport } from "../../shared/platform/mail/folder.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { listenOnLoopback } from "../emulators/listening.ts";
import { createOutbox } from "./outbox.ts";

const FROM = { name: "Cordboard", address: "no-reply@cordboard.test" };
const FIRST = { number: 1, since: new Date(0) };
const HTML = "<!doctype html>\n<html><head></head><body><script>alert(1)</script></body></html>";

let root: string;
const open: (() => unknown)[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cordboard-outbox-"));
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  rmSync(root, { recursive: true });
});

async function setUp({ kept = true } = {}) {
  const clock = fixedClock();
  const folder = join(root, "mail");
  const logged: string[] = [];
  const outbox = createOutbox({ folder: kept ? folder : undefined, log: (line) => logged.push(line) });
  const server = createServer((request, response) => {
    if (!outbox.handle(request, response)) response.writeHead(418).end();
  });
  const { port, close } = await listenOnLoopback(server, 0);
  open.push(close, () => outbox.close());
  const transport = folderTransport({ folder, from: FROM, clock });
  const send = (id: string, to = "olive@example.com") =>
    transport.send({ id, to, subject: `About ${id}`, text: `Text of ${id}`, html: HTML }, FIRST);
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" });
  const list = async () => (await ask("/simulator/mail/api/mails")).json();
  return { clock, send, ask, list, port, logged };
}

describe("the outbox", () => {
  it("lists what was sent, the newest first, each mail once", async () => {
    const { send, list, clock } = await setUp();
    expect(await list()).toEqual({ kept: true, mails: [] });
    await send("one");
    clock.advance(1000);
    await send("two", "ann@example.com");
    clock.advance(1000);
    await send("one");
    expect(await list()).toEqual({
      kept: true,
      mails: [
        {
          id: "one",
          at: "2026-11-21T08:00:02.000Z",
          from: "Cordboard <no-reply@cordboard.test>",
          to: "olive@example.com",
          subject: "About one",
          text: "Text of one",
        },
        expect.objectContaining({ id: "two", to: "ann@example.com" }),
      ],
    });
  });

  it("shows a mail's HTML where it can neither run nor load anything, and its links open elsewhere", async () => {
    const { send, ask } = await setUp();
    await send("one");
    const response = await ask("/simulator/mail/api/mails/one");
    expect(response.headers.get("content-security-policy")).toMatch(/^sandbox allow-popups .*default-src 'none'/);
    expect(response.headers.get("content-security-policy")).not.toMatch(/allow-scripts|allow-same-origin|script-src/);
    expect(await response.text()).toBe(HTML.replace("<head>", '<head><base target="_blank">'));
    expect((await ask("/simulator/mail/api/mails/other")).status).toBe(404);
    expect((await ask("/simulator/mail/api/mails/..%2F..%2Fetc")).status).toBe(404);
  });

  it("has a page, with what it shares with the phones'", async () => {
    const { ask } = await setUp();
    expect((await ask("/simulator/mail")).headers.get("location")).toBe("/simulator/mail/");
    const page = await ask("/simulator/mail/");
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    const names = [...(await page.text()).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, name]) => name ?? "");
    for (const name of [...names, "dom.js"]) expect((await ask(`/simulator/mail/${name}`)).status, name).toBe(200);
    expect((await ask("/simulator/mail/outbox.ts")).status).toBe(404);
  });

  it("tells those who look when there is another mail", async () => {
    const { send, ask } = await setUp();
    const reader = (await ask("/simulator/mail/api/events")).body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain("event: changed");
    const next = reader?.read();
    await send("one");
    expect((await next)?.value).toContain("event: changed");
    await reader?.cancel();
  });

  it("says that mail is not kept here", async () => {
    const { list } = await setUp({ kept: false });
    expect(await list()).toEqual({ kept: false, mails: [] });
  });

  it("leaves other addresses to others, and changes nothing", async () => {
    const { ask, port } = await setUp();
    expect((await ask("/simulator/mailings")).status).toBe(418);
    expect((await ask("/simulator/phones/")).status).toBe(418);
    const posted = await fetch(`http://127.0.0.1:${port}/simulator/mail/api/mails`, { method: "POST" });
    expect(posted.status).toBe(405);
  });

  it.each(["evil.example", "localhost.evil.example", "cordboard.example:7071"])(
    "shows nothing to who calls this machine %j: its links sign people in",
    async (host) => {
      const { send, port } = await setUp();
      await send("one");
      const status = await new Promise((resolve, reject) => {
        const options = { port, host: "127.0.0.1", path: "/simulator/mail/api/mails", headers: { host } };
        request(options, (response) => resolve(response.resume().statusCode))
          .on("error", reject)
          .end();
      });
      expect(status).toBe(403);
    },
  );
});
