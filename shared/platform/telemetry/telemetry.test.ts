import { describe, expect, it } from "vitest";
import { z } from "zod";
import { collection, create } from "../documents/port.ts";
import { openSqliteDocuments } from "../documents/sqlite/documents.ts";
import { Problem } from "../errors.ts";
import { TenantId } from "../ids.ts";
import { openSqliteQueue } from "../queue/sqlite/sqliteQueue.ts";
import { fixedClock } from "../testing/fixedClock.ts";
import type { SpanOptions, Telemetry } from "./port.ts";
import { openTelemetry } from "./telemetry.ts";
import { parseTraceparent } from "./trace.ts";
import { tracedDocuments, tracedQueue } from "./traced.ts";

const TENANT = TenantId.parse("ten_00000000000000000001");
const TRACEPARENT = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

function open() {
  const lines: Record<string, unknown>[] = [];
  const telemetry = openTelemetry({
    serviceName: "cordboard",
    region: "test",
    write: (line) => lines.push(JSON.parse(line)),
  });
  return { telemetry, lines };
}

describe("parseTraceparent", () => {
  it("reads W3C's form, also of versions to come", () => {
    const position = { traceId: "0123456789abcdef0123456789abcdef", spanId: "0123456789abcdef", sampled: true };
    expect(parseTraceparent(TRACEPARENT)).toEqual(position);
    expect(parseTraceparent(TRACEPARENT.replace(/^00/, "01").concat("-more"))).toEqual(position);
    expect(parseTraceparent(TRACEPARENT.replace(/01$/, "00"))).toEqual({ ...position, sampled: false });
  });

  it.each([
    undefined,
    "",
    "00",
    TRACEPARENT.toUpperCase(),
    TRACEPARENT.replace("0123456789abcdef0123456789abcdef", "0".repeat(32)),
    TRACEPARENT.replace("-0123456789abcdef-", `-${"0".repeat(16)}-`),
    TRACEPARENT.replace(/^00/, "ff"),
    `${TRACEPARENT}-${"x".repeat(1000)}`,
    `\n${TRACEPARENT}`,
  ])("takes %j for none", (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe("spans without Application Insights", () => {
  it("continue a trace from outside, and give it to logs and messages", async () => {
    const { telemetry, lines } = open();
    await telemetry.span("outer", { kind: "server", traceparent: TRACEPARENT }, async () => {
      telemetry.log("info", "in outer");
      await telemetry.span("inner", {}, async () => telemetry.log("info", "in inner"));
      telemetry.log("info", "in outer again");
    });
    const traces = lines.map(({ traceId }) => traceId);
    expect(new Set(traces)).toEqual(new Set(["0123456789abcdef0123456789abcdef"]));
    const [outer, inner, again] = lines.map(({ spanId }) => spanId);
    expect(again).toBe(outer);
    expect(inner).not.toBe(outer);
    expect(outer).not.toBe("0123456789abcdef");
  });

  it("keep traces of what runs at once apart", async () => {
    const { telemetry } = open();
    const one = () =>
      telemetry.span("request", {}, async () => {
        const before = telemetry.currentTraceparent();
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        expect(telemetry.currentTraceparent()).toBe(before);
        return before;
      });
    expect(new Set(await Promise.all(Array.from({ length: 50 }, one))).size).toBe(50);
    expect(telemetry.currentTraceparent()).toBeUndefined();
  });

  it("let errors and results through", async () => {
    const { telemetry } = open();
    await expect(telemetry.span("x", {}, () => Promise.reject(new Problem("stale")))).rejects.toThrow(Problem);
    expect(await telemetry.span("x", {}, async () => 7)).toBe(7);
  });
});

describe("metrics", () => {
  it("show counters by label, and spans by duration and failure", async () => {
    const { telemetry } = open();
    telemetry.count("webhook_events", { channel: "whatsapp" });
    telemetry.count("webhook_events", { channel: "whatsapp" }, 2);
    telemetry.count("odd name", { "a-b": 'say "hi"\n\\' });
    await telemetry.span("POST /api/x", { kind: "server" }, async () => undefined);
    const refused = telemetry.span("POST /api/x", { kind: "server" }, () => Promise.reject(new Problem("stale")));
    await refused.catch(() => undefined);
    const failed = telemetry.span("POST /api/x", { kind: "server" }, () => Promise.reject(new Error("bug")));
    await failed.catch(() => undefined);
    const text = telemetry.renderMetrics();
    expect(text).toContain(
      '# TYPE cordboard_webhook_events_total counter\ncordboard_webhook_events_total{channel="whatsapp"} 3\n',
    );
    expect(text).toContain('cordboard_odd_name_total{a_b="say \\"hi\\"\\n\\\\"} 1\n');
    expect(text).toContain('cordboard_span_seconds_bucket{span="POST /api/x",le="+Inf"} 3\n');
    expect(text).toContain('cordboard_span_seconds_count{span="POST /api/x"} 3\n');
    expect(text).toContain('cordboard_span_failures_total{span="POST /api/x"} 1\n');
    for (const line of text.trimEnd().split("\n")) expect(line).toMatch(/^(# TYPE \w+ \w+|\w+(\{.*\})? [\d.e+-]+)$/);
  });

  it("do not grow without bound when a label does", () => {
    const { telemetry } = open();
    for (let i = 0; i < 10_000; i++) telemetry.count("by_id", { id: String(i) });
    expect(telemetry.renderMetrics().split("\n").length).toBeLessThan(2100);
  });
});

describe("traced ports", () => {
  function recording() {
    const spans: { name: string; options: SpanOptions }[] = [];
    const { telemetry } = open();
    const recorder: Telemetry = {
      ...telemetry,
      span: (name, options, work) => {
        spans.push({ name, options });
        return telemetry.span(name, options, work);
      },
    };
    return { spans, recorder };
  }

  it("make a span of each call to the store, without contents", async () => {
    const { spans, recorder } = recording();
    const clock = fixedClock();
    const documents = tracedDocuments(openSqliteDocuments({ file: ":memory:", clock }), recorder);
    const Note = collection("conversations", "note", z.object({ text: z.string() }));
    const store = documents.forTenant(TENANT);
    expect(store.tenantId).toBe(TENANT);
    await store.commit("conversations", ["cnv_1"], [create(Note, "n1", { text: "Hello Anna" })]);
    expect((await store.read(Note, ["cnv_1"], "n1"))?.value).toEqual({ text: "Hello Anna" });
    expect((await store.query(Note, { partition: ["cnv_1"] })).items).toHaveLength(1);
    await documents.ping();
    await documents.close();
    expect(spans.map(({ name, options }) => [name, options.kind, options.fields])).toEqual(
      ["commit", "read", "query"].map((verb) => [
        `documents ${verb}`,
        "client",
        { container: "conversations", tenantId: TENANT },
      ]),
    );
  });

  it("send messages under the producer's span", async () => {
    const { spans, recorder } = recording();
    const { currentTraceparent } = recorder;
    const inner = openSqliteQueue({ file: ":memory:", clock: fixedClock(), currentTraceparent });
    const queue = tracedQueue(inner, recorder);
    await recorder.span("request", { traceparent: TRACEPARENT }, () =>
      queue.send("inbound", [{ messageId: "m", sessionId: "s", body: { text: "Hello Anna" } }]),
    );
    const session = await queue.acceptNextSession("inbound");
    const [delivery] = (await session?.receive(1)) ?? [];
    await queue.close();
    expect(delivery?.traceparent).toMatch(/^00-0123456789abcdef0123456789abcdef-(?!0123456789abcdef)[0-9a-f]{16}-01$/);
    expect(spans[1]).toEqual({
      name: "queue send",
      options: { kind: "producer", fields: { queue: "inbound", count: 1 } },
    });
  });
});
