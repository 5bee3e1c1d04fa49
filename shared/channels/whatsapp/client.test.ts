import { describe, expect, it } from "vitest";
import { GraphClient } from "./client.ts";

const answering = (answer: () => Response | Promise<Response>) => {
  const requests: { url: string; init: RequestInit | undefined }[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    requests.push({ url: String(input), init });
    return answer();
  };
  const client = new GraphClient({ apiBaseUrl: "https://graph.facebook.com", version: "v25.0", fetch });
  const call = () =>
    client.call({ accessToken: "secret", path: ["1", "messages"], query: { a: "b&c" }, body: { x: 1 } });
  return { call, requests };
};
const failing =
  (cause: unknown, name = "TypeError") =>
  () => {
    const error = new Error("fetch failed", { cause });
    error.name = name;
    return Promise.reject(error);
  };
const coded = (code: string) => Object.assign(new Error(code), { code });

describe("a call", () => {
  it("carries the token in a header, and follows no redirect", async () => {
    const { call, requests } = answering(() => Response.json({ ok: true }));
    expect(await call()).toEqual({ kind: "done", body: { ok: true } });
    const [request] = requests;
    expect(request?.url).toBe("https://graph.facebook.com/v25.0/1/messages?a=b%26c");
    expect(request?.init).toMatchObject({ method: "POST", redirect: "manual", body: '{"x":1}' });
    expect(new Headers(request?.init?.headers).get("authorization")).toBe("Bearer secret");
  });

  it.each([
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "UND_ERR_CONNECT_TIMEOUT",
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
  ])("that ends with %s surely never went out", async (code) => {
    expect(await answering(failing(coded(code))).call()).toEqual({ kind: "unreachable" });
  });

  it("to a host whose every address refuses never went out", async () => {
    const both = new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]);
    expect(await answering(failing(both)).call()).toEqual({ kind: "unreachable" });
    const oneReset = new AggregateError([coded("ECONNREFUSED"), coded("ECONNRESET")]);
    expect(await answering(failing(oneReset)).call()).toEqual({ kind: "unknown" });
  });

  it.each([
    coded("ECONNRESET"),
    coded("EPIPE"),
    coded("UND_ERR_SOCKET"),
    coded("UND_ERR_HEADERS_TIMEOUT"),
    coded("UND_ERR_BODY_TIMEOUT"),
    new Error("no code"),
    undefined,
    "text",
    new AggregateError([]),
  ])("that breaks with %s may have arrived", async (cause) => {
    expect(await answering(failing(cause)).call()).toEqual({ kind: "unknown" });
  });

  it("that takes too long may have arrived", async () => {
    expect(await answering(failing(undefined, "TimeoutError")).call()).toEqual({ kind: "unknown" });
  });

  it("whose answer breaks off may have arrived", async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(coded("ECONNRESET")) });
    expect(await answering(() => new Response(broken)).call()).toEqual({ kind: "unknown" });
  });

  it.each([
    [200, "<html>", { kind: "unknown" }],
    [200, "[]", { kind: "unknown" }],
    [500, "", { kind: "unknown" }],
    [502, "<html>", { kind: "unknown" }],
    [504, '{"message":"Endpoint request timed out"}', { kind: "unknown" }],
    [302, "", { kind: "refused", status: 302, code: undefined }],
    [429, "", { kind: "refused", status: 429, code: undefined }],
    [404, "<html>", { kind: "refused", status: 404, code: undefined }],
    [500, '{"error":{"code":131000}}', { kind: "refused", status: 500, code: 131000 }],
    [400, '{"error":{"code":"131047"}}', { kind: "refused", status: 400, code: 131047 }],
    [200, '{"error":{"code":190}}', { kind: "refused", status: 200, code: 190 }],
    [400, '{"error":"text"}', { kind: "refused", status: 400, code: undefined }],
  ])("answered with %i %s", async (status, body, expected) => {
    expect(await answering(() => new Response(body, { status })).call()).toMatchObject(expected);
  });

  it("heeds Retry-After within an hour, and reads no endless answer", async () => {
    const waitAfter = async (value: string) => {
      const outcome = await answering(
        () => new Response("{}", { status: 429, headers: { "retry-after": value } }),
      ).call();
      return outcome.kind === "refused" ? outcome.retryAfterSeconds : "?";
    };
    expect([await waitAfter("7"), await waitAfter("99999"), await waitAfter("-1"), await waitAfter("soon")]).toEqual([
      7,
      3600,
      undefined,
      undefined,
    ]);
    let chunks = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        chunks++;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    expect(await answering(() => new Response(endless)).call()).toEqual({ kind: "unknown" });
    expect(chunks).toBeLessThan(20);
  });

  it("needs https, or loopback, and a version", () => {
    const open =
      (apiBaseUrl: string, version = "v25.0") =>
      () =>
        new GraphClient({ apiBaseUrl, version });
    for (const fine of [
      "https://graph.facebook.com",
      "http://localhost:7071/simulator/graph",
      "http://127.0.0.1:1/",
      "http://[::1]:1",
    ])
      expect(open(fine), fine).not.toThrow();
    for (const wrong of [
      "http://graph.facebook.com",
      "http://localhost.evil.example",
      "http://127.0.0.1.evil.example",
      "ftp://localhost",
      "graph.facebook.com",
    ])
      expect(open(wrong), wrong).toThrow();
    for (const version of ["", "25.0", "v25", "v25.0/../x"])
      expect(open("https://graph.facebook.com", version), version).toThrow(RangeError);
  });
});
