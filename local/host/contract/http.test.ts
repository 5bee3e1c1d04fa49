import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ContractHost, startContractHost } from "./contractHost.ts";

/**
 * HTTP triggers and answers, as the host converts them (ToRpcHttp in https://github.com/Azure/azure-functions-host,
 * GrpcMessageConversionExtensions.cs; RawScriptResult.cs) with the capabilities that the Node worker declares
 * (https://github.com/Azure/azure-functions-nodejs-worker, getWorkerCapabilities.ts), and the documentation:
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger
 */
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let host: ContractHost;
beforeAll(async () => {
  host = await startContractHost();
});
afterAll(() => host.stop());
beforeEach(() => {
  host.lines.length = 0;
});

type Headers = OutgoingHttpHeaders | readonly string[];

function send(method: string, path: string, headers: Headers = {}, body?: string | Buffer) {
  return new Promise<Answer>((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const sent = Array.isArray(headers) ? headers : { ...length, ...headers };
    const options = { method, path, host: "127.0.0.1", port: host.port, headers: sent };
    const request = httpRequest(options, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
        reject,
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

describe("a request", () => {
  /** What `read` makes of the request, inside the function. */
  async function seen<T>(
    read: (request: HttpRequest, context: InvocationContext) => T | Promise<T>,
    ...[method, path, headers, body]: Parameters<typeof send>
  ): Promise<T> {
    const results: T[] = [];
    host.use({
      http: async (request, context) => {
        results.push(await read(request, context));
        return {};
      },
    });
    const answer = await send(method, path, headers, body);
    const [first] = results;
    if (first === undefined) throw new Error(`No function was called: ${answer.status} ${answer.body}`);
    return first;
  }

  it("comes with method and whole address", async () => {
    const got = await seen((request) => [request.method, request.url], "PATCH", "/api/any/a%20b/c?x=1");
    expect(got).toEqual(["PATCH", `${host.base}/api/any/a%20b/c?x=1`]);
  });

  it.each([
    ["/api/any/x?a=1&a=2&b=3", { a: "1,2", b: "3" }],
    ["/api/any/x?A=1&a=2&B=3", { A: "1,2", B: "3" }],
    ["/api/any/x?empty=&bare&=nameless", { empty: "", bare: "", "": "nameless" }],
    ["/api/any/x?plus=a+b&hex=%C3%A9&broken=%zz", { plus: "a b", hex: "é", broken: "%zz" }],
    ["/api/any/x", {}],
  ])("comes with its query, what is there twice joined by a comma, in any case: %s", async (path, expected) => {
    expect(await seen((request) => Object.fromEntries(request.query), "GET", path)).toEqual(expected);
  });

  it("comes with its headers in lower case, empty ones too, what is there twice joined by a comma", async () => {
    const names = [
      "X-Once: One",
      "x-empty: ",
      "x-twice: a",
      "X-Twice: b",
      "authorization: Bearer 1",
      "authorization: 2",
    ];
    const flat = ["host", `127.0.0.1:${host.port}`, ...names.flatMap((line) => line.split(": "))];
    const got = await seen((request) => Object.fromEntries(request.headers), "GET", "/api/any/x", flat);
    expect(got).toMatchObject({
      "x-once": "One",
      "x-empty": "",
      "x-twice": "a,b",
      authorization: "Bearer 1,2",
      host: `127.0.0.1:${host.port}`,
    });
  });

  it("comes with its cookies as a header, and the client's address as Azure's front end gives it", async () => {
    const headers = { cookie: "a=1; b=2", "x-forwarded-for": "203.0.113.9" };
    const got = await seen((request) => Object.fromEntries(request.headers), "GET", "/api/any/x", headers);
    expect(got).toMatchObject({
      cookie: "a=1; b=2",
      "x-forwarded-for": expect.stringMatching(/^203\.0\.113\.9, 127\.0\.0\.1:\d+$/),
    });
  });

  it.each([
    ["/api/items/12", { id: "12" }],
    ["/api/items/12/", { id: "12" }],
    ["/api/ITEMS/-3/Caf%C3%A9", { id: "-3", name: "Café" }],
    ["/api/items/12/a%2Fb", { id: "12", name: "a%2Fb" }],
  ])("comes with the parameters of its route: %s", async (path, expected) => {
    expect(await seen((request) => request.params, "GET", path)).toEqual(expected);
  });

  it.each([
    ["no body", undefined, { read: "", isNull: true }],
    ["an empty body", "", { read: "", isNull: true }],
    ["JSON", '{"a":[1]}', { read: Buffer.from('{"a":[1]}').toString("hex"), isNull: false }],
    ["bytes that are no text", Buffer.from([0, 255, 128, 10]), { read: "00ff800a", isNull: false }],
  ])("comes with its body's bytes, whatever the content type: %s", async (_, body, expected) => {
    for (const type of ["application/json", "text/plain; charset=iso-8859-1", "application/octet-stream", ""]) {
      const read = async (request: HttpRequest) => {
        const isNull = request.body === null;
        return { read: Buffer.from(await request.arrayBuffer()).toString("hex"), isNull };
      };
      expect(await seen(read, "POST", "/api/any/x", { "content-type": type }, body)).toEqual(expected);
    }
  });

  it("may be a form, in parts too", async () => {
    const form = new FormData();
    form.set("text", "žluť");
    form.set("file", new Blob([new Uint8Array([1, 2, 3])]), "a.bin");
    const encoded = new Response(form);
    const bytes = Buffer.from(await encoded.arrayBuffer());
    const type = encoded.headers.get("content-type") ?? "";
    const got = await seen(
      async (request) => [...(await request.formData()).entries()].map(([name, value]) => [name, typeof value]),
      "POST",
      "/api/any/x",
      { "content-type": type },
      bytes,
    );
    expect(got).toEqual([
      ["text", "string"],
      ["file", "object"],
    ]);
  });

  it("may be large", async () => {
    const body = Buffer.alloc(6_000_000, "0123456789");
    const equal = await seen(
      async (request) => body.equals(Buffer.from(await request.arrayBuffer())),
      "PUT",
      "/api/any/x",
      {},
      body,
    );
    expect(equal).toBe(true);
  });

  it("loses the body of a GET, and the library says so", async () => {
    expect(await seen((request) => request.text(), "GET", "/api/any/x", {}, "body")).toBe("");
    expect(host.lines).toContainEqual(
      expect.objectContaining({ level: "warning", category: "system", message: expect.stringContaining("Discarding") }),
    );
  });

  it("comes without trigger metadata, with its binding, names and ids", async () => {
    const context = await seen((_, given) => given, "GET", "/api/any/x");
    expect(context.triggerMetadata).toBeUndefined();
    expect(context.retryContext).toBeUndefined();
    expect(context.functionName).toBe("any");
    expect(context.invocationId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(context.options.trigger).toMatchObject({ type: "httpTrigger", direction: "in", authLevel: "anonymous" });
    expect(context.options.return).toMatchObject({ type: "http", direction: "out" });
  });

  // A body in chunks has no ContentLength and arrives empty on Azure unless HTTP streams are on:
  // https://github.com/Azure/azure-functions-nodejs-worker/issues/524. Here it is refused, so that nobody builds on it.
  it.each([
    ["in chunks", { "transfer-encoding": "chunked" }, "/api/any/x", 411],
    ["over 100 MB", { "content-length": 104_857_601 }, "/api/any/x", 413],
    ["over 4 KB of address", {}, `/api/any/x?${"y".repeat(4096)}`, 414],
  ])("is refused %s", async (_, headers, path, status) => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const options = { method: "POST", path, host: "127.0.0.1", port: host.port, headers };
      const request = httpRequest(options, (response) => resolve(response.resume().statusCode));
      request.on("error", reject);
      request.flushHeaders();
    });
    expect(answer).toBe(status);
  });
});

describe("an answer", () => {
  async function answered(init: HttpResponseInit | undefined, method = "GET"): Promise<Answer> {
    host.use({ http: () => init });
    return send(method, "/api/any/x");
  }

  it.each([
    [{}, 200, "", undefined],
    [{ status: 418, body: "words" }, 418, "words", "text/plain;charset=UTF-8"],
    [{ jsonBody: { a: 1 } }, 200, '{"a":1}', "application/json"],
    [{ jsonBody: null }, 200, "", undefined],
    [{ jsonBody: [], headers: { "content-type": "application/problem+json" } }, 200, "[]", "application/problem+json"],
    [{ body: Buffer.from("bytes") }, 200, "bytes", undefined],
    [{ body: new URLSearchParams("a=1") }, 200, "a=1", "application/x-www-form-urlencoded;charset=UTF-8"],
    [{ status: 204, body: "dropped" }, 204, "", undefined],
    [{ status: 304 }, 304, "", undefined],
  ])("is what the function returned: %j", async (init, status, body, type) => {
    expect(await answered(init)).toMatchObject({ status, body });
    expect((await answered(init)).headers["content-type"]).toBe(type);
  });

  it("may be a stream, which is gathered while HTTP streams are off", async () => {
    const parts = ["one ", "two ", "three"];
    const stream = new ReadableStream({
      async pull(controller) {
        const part = parts.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(part));
      },
    });
    const answer = await answered({ body: stream });
    expect(answer).toMatchObject({ status: 200, body: "one two three", headers: { "content-length": "13" } });
  });

  it("has the function's headers, save those that are the connection's", async () => {
    const headers = { "x-own": "a, b", etag: '"1"', connection: "upgrade", "content-length": "1", "set-cookie": "a=1" };
    const answer = await answered({ body: "body", headers });
    expect(answer).toMatchObject({ body: "body", headers: { "x-own": "a, b", etag: '"1"', "set-cookie": ["a=1"] } });
    expect(answer.headers["content-length"]).toBe("4");
    expect(answer.headers.connection).not.toBe("upgrade");
  });

  // CookieOptions of ASP.NET Core: the path is "/" when none is named, the value is escaped, SameSite only when it is set.
  it.each([
    [{ name: "a", value: "1" }, "a=1; Path=/"],
    [{ name: "a", value: "ü ;!'()*~" }, "a=%C3%BC%20%3B%21%27%28%29%2A~; Path=/"],
    [{ name: "a", value: "1", path: "/api/auth", domain: "example.com" }, "a=1; Domain=example.com; Path=/api/auth"],
    [{ name: "a", value: "1", maxAge: 0 }, "a=1; Max-Age=0; Path=/"],
    [{ name: "a", value: "1", maxAge: 59.9 }, "a=1; Max-Age=59; Path=/"],
    [{ name: "a", value: "1", expires: new Date(1e12) }, "a=1; Path=/; Expires=Sun, 09 Sep 2001 01:46:40 GMT"],
    [{ name: "a", value: "1", secure: true, httpOnly: true }, "a=1; Path=/; HttpOnly; Secure"],
    [{ name: "a", value: "1", sameSite: "Strict" as const }, "a=1; Path=/; SameSite=Strict"],
    [{ name: "a", value: "1", sameSite: "Lax" as const }, "a=1; Path=/; SameSite=Lax"],
    [{ name: "a", value: "1", sameSite: "None" as const, secure: false }, "a=1; Path=/; SameSite=None"],
  ])("sets cookies with all their attributes: %j", async (cookie, expected) => {
    const answer = await answered({ cookies: [cookie, { name: "z", value: "" }] });
    expect(answer.headers["set-cookie"]).toEqual([expected, "z=; Path=/"]);
  });

  it("is 204 when the function returns nothing", async () => {
    expect(await send("GET", "/api/nothing")).toMatchObject({ status: 204, body: "" });
  });

  it.each([
    ["throws", () => Promise.reject(new Error("internal words"))],
    ["answers with a status that is none", () => ({ status: 99 })],
    ["wants content to be negotiated", () => ({ enableContentNegotiation: true })],
  ])("is 500 without a word of what happened when the function %s", async (_, http) => {
    host.use({ http });
    const answer = await send("GET", "/api/any/x");
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain("internal words");
    expect(host.lines.at(-1)).toMatchObject({ level: "error", category: "system", functionName: "any" });
  });
});

describe("routes", () => {
  // There is no precedence of literals on Azure: https://github.com/Azure/azure-functions-host/issues/9876
  it("are tried in the order of the functions' names, whatever their case, a parameter before a literal", async () => {
    expect((await send("GET", "/api/order/literal")).body).toBe("apple");
  });

  it.each([
    ["GET", "/api/items/12.5", 404],
    ["GET", "/api/items/twelve", 404],
    ["GET", "/api/items/1/2/3", 404],
    ["GET", "/items/12", 404],
    ["GET", "/api", 404],
    ["GET", "/", 404],
  ])("answer %s %s with %i", async (method, path, status) => {
    expect(await send(method, path)).toMatchObject({ status });
  });

  // Azure answers these with 404 and nothing else; see the friendlier places in docs/decisions/004-local-host.md.
  it("are friendlier than Azure to HEAD, OPTIONS and other methods", async () => {
    host.use({ http: ({ method }) => ({ body: method }) });
    expect(await send("HEAD", "/api/any/x")).toMatchObject({
      status: 200,
      body: "",
      headers: { "content-length": "3" },
    });
    const options = await send("OPTIONS", "/api/items/1");
    expect([options.status, options.headers.allow]).toEqual([204, "GET, HEAD, OPTIONS"]);
    const refused = await send("POST", "/api/items/1");
    expect([refused.status, refused.headers.allow]).toEqual([405, "GET, HEAD, OPTIONS"]);
    expect(refused.headers["content-type"]).toBe("application/problem+json");
  });

  it("have the prefix of host.json, or none", async () => {
    const bare = await startContractHost({ config: { routePrefix: "" } });
    try {
      expect((await fetch(`${bare.base}/order/x`)).status).toBe(200);
      expect((await fetch(`${bare.base}/api/order/x`)).status).toBe(404);
    } finally {
      await bare.stop();
    }
  });
});
