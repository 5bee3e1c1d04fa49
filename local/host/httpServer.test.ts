import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost, type Host } from "./host.ts";
import { bundleFixture, collectLog, TEST_CONFIG, temporaryFolder } from "./testing.ts";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const BODY_LIMIT = 100_000;

describe("HTTP triggers", () => {
  const folder = temporaryFolder();
  const { lines, log } = collectLog();
  let host: Host;
  let port = 0;
  let base = "";

  beforeAll(async () => {
    host = await createHost({
      bundle: await bundleFixture("app", folder.path),
      config: TEST_CONFIG,
      dataFolder: folder.path,
      queue: { acceptNextSession: async () => undefined },
      settings: { EVENTS_QUEUE: "events" },
      logger: log,
      bodyLimit: BODY_LIMIT,
      middleware: (request, response) => {
        if (request.url !== "/desk") return false;
        response.end("desk");
        return true;
      },
      onUpgrade: (request, socket) => {
        if (request.url !== "/socket") return false;
        socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        return true;
      },
    });
    port = await host.start(0);
    base = `http://127.0.0.1:${port}`;
  });
  afterAll(async () => {
    await host.stop();
    folder.remove();
  });

  /** Sends bytes as they are and resolves to all that comes back until the server closes. */
  function raw(request: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(request));
      let answer = "";
      socket.on("data", (data) => {
        answer += data.toString();
      });
      socket.on("close", () => resolve(answer));
      socket.on("error", () => resolve(answer));
    });
  }

  it("hands over method, address, parameters, query, headers and trace", async () => {
    const response = await fetch(`${base}/api/echo/a%20b?x=1&x=2&y=%C3%A9`, {
      method: "PUT",
      body: "hello",
      headers: { "x-test": "value", "x-forwarded-for": "203.0.113.9", traceparent: TRACE },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({
      method: "PUT",
      url: `${base}/api/echo/a%20b?x=1&x=2&y=%C3%A9`,
      id: "a b",
      // As the Azure host does, which joins what comes twice.
      query: { x: "1,2", y: "é" },
      header: "value",
      forwardedFor: expect.stringMatching(/^203\.0\.113\.9, 127\.0\.0\.1:\d+$/),
      body: Buffer.from("hello").toString("base64"),
      traceparent: TRACE,
    });
  });

  it("begins a trace where the caller sent none or a wrong one", async () => {
    for (const traceparent of [undefined, "junk", "00-00000000000000000000000000000000-b7ad6b7169203331-01"]) {
      const response = await fetch(`${base}/api/echo`, traceparent === undefined ? {} : { headers: { traceparent } });
      expect(await response.json()).toMatchObject({
        traceparent: expect.stringMatching(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      });
    }
  });

  it("leaves a body's bytes untouched, in however many pieces they come", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
    const whole = await fetch(`${base}/api/echo`, { method: "POST", body: bytes });
    expect(await whole.json()).toMatchObject({ body: bytes.toString("base64") });
    const inParts = new Promise<string>((resolve, reject) => {
      const headers = { "content-length": bytes.length };
      const request = httpRequest(`${base}/api/echo`, { method: "POST", headers }, (response) => {
        text(response).then(resolve, reject);
      });
      request.on("error", reject);
      request.write(bytes.subarray(0, 1));
      setTimeout(() => {
        request.write(bytes.subarray(1, 40_000));
        setTimeout(() => request.end(bytes.subarray(40_000)), 10);
      }, 10);
    });
    expect(JSON.parse(await inParts)).toMatchObject({ body: bytes.toString("base64") });
  });

  it("answers binary bodies, cookies, bare statuses and nothing", async () => {
    const binary = await fetch(`${base}/api/answers/binary`);
    expect(binary.headers.get("content-type")).toBe("application/octet-stream");
    expect([...new Uint8Array(await binary.arrayBuffer())]).toEqual([0, 255, 1, 254]);

    const cookies = await fetch(`${base}/api/answers/cookies`);
    expect(cookies.headers.getSetCookie()).toEqual([
      "a=1%202; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict",
      "b=2; Path=/; Expires=Wed, 02 Jan 2030 03:04:05 GMT",
    ]);

    const teapot = await fetch(`${base}/api/answers/other`);
    expect([teapot.status, await teapot.text()]).toEqual([418, "teapot"]);
    const empty = await fetch(`${base}/api/answers/no-content`);
    expect([empty.status, empty.headers.get("content-length")]).toEqual([204, null]);
  });

  it("loads a chunk of the bundle when it is first needed", async () => {
    expect(await (await fetch(`${base}/api/lazy`)).text()).toBe("from a chunk");
  });

  it("tells a caller nothing of what was thrown, and the log everything", async () => {
    const response = await fetch(`${base}/api/answers/throw`);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Internal Server Error",
      status: 500,
      code: "internal",
    });
    expect(lines.at(-1)).toMatchObject({ level: "error", functionName: "answers", message: "Error: internal text" });
  });

  it.each([
    ["GET", "/api/nowhere", 404, "not-found"],
    ["GET", "/nowhere", 404, "not-found"],
    ["DELETE", "/api/echo", 405, "method-not-allowed"],
    ["GET", "/api/echo/%zz", 400, "invalid-request"],
  ])("%s %s is %i %s", async (method, path, status, code) => {
    const response = await fetch(`${base}${path}`, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status, code });
  });

  it("answers HEAD like GET without a body, and OPTIONS with the methods", async () => {
    const head = await fetch(`${base}/api/echo`, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(50);
    const options = await fetch(`${base}/api/echo`, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, POST, PUT, HEAD, OPTIONS"]);
    const refused = await fetch(`${base}/api/empty`, { method: "HEAD" });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  });

  it("refuses a body over the limit, announced or asked for, and one that tells no length", async () => {
    const announced = await raw(
      `POST /api/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${BODY_LIMIT + 1}\r\n\r\nbeginning`,
    );
    expect(announced).toMatch(/^HTTP\/1\.1 413 .*"code":"too-large"/s);

    const asked = await raw(
      `POST /api/echo HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: ${BODY_LIMIT + 1}\r\n\r\n`,
    );
    expect(asked).toMatch(/^HTTP\/1\.1 413 /);

    for (const expect100 of ["", "expect: 100-continue\r\n"]) {
      const chunked = await raw(
        `POST /api/echo HTTP/1.1\r\nhost: localhost\r\n${expect100}transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
      );
      expect(chunked).toMatch(/^HTTP\/1\.1 411 .*"code":"length-required"/s);
    }

    const exactly = await fetch(`${base}/api/echo`, { method: "POST", body: new Uint8Array(BODY_LIMIT) });
    expect(exactly.status).toBe(200);
  });

  it("lets a client that asks first go on", async () => {
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(`${base}/api/echo`, {
        method: "POST",
        headers: { expect: "100-continue", "content-length": 4 },
      });
      request.on("continue", () => request.end("body"));
      request.on("response", (response) => resolve(response.resume().statusCode));
      request.on("error", reject);
    });
    expect(status).toBe(200);
  });

  it.each([
    ["no host that is one", "GET /api/echo HTTP/1.1\r\nhost: a b/c?@\r\nconnection: close\r\n\r\n", 400],
    ["a target of another kind", "GET * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n", 400],
    ["an absolute target", "GET http://x/api/echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n", 200],
    ["an address without end", `GET /${"y".repeat(4096)} HTTP/1.1\r\nhost: x\r\n\r\n`, 414],
    ["a header without end", `GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(40_000)}\r\n\r\n`, 431],
    ["an upgrade nobody wants", "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", 404],
    ["an upgrade someone wants", "GET /socket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", 101],
  ])("survives %s", async (_, request, status) => {
    expect(await raw(request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it("lets the middleware go first", async () => {
    expect(await (await fetch(`${base}/desk`)).text()).toBe("desk");
  });

  it("gives up a function that takes longer than functionTimeout", async () => {
    const response = await fetch(`${base}/api/slow/2500`);
    expect(response.status).toBe(500);
    expect(lines.at(-1)).toMatchObject({ functionName: "slow", message: expect.stringContaining("longer than 2 s") });
  });
});
