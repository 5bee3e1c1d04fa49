import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { CommitRejected } from "../documents/port.ts";
import { Problem } from "../errors.ts";
import { formatLine } from "./logger.ts";
import type { LogFields } from "./port.ts";

const CONTEXT = { service: "cordboard", region: "test" };
const NOW = new Date("2026-11-21T08:00:00Z");
const line = (fields?: LogFields) => formatLine(CONTEXT, NOW, "error", "it failed", fields, undefined);

/** What must never reach a log, in the shapes in which it reaches errors. */
const CANARIES = [
  "+49 177 1234567",
  "491771234567",
  "anna@example.com",
  "EAAGtoken0123456789",
  "Meet me at the old mill",
];

function errorsHolding(canary: string): unknown[] {
  const parse = () => z.object({ to: z.literal("x") }).parse({ to: canary });
  const json = () => JSON.parse(`{"text": "${canary}`);
  const thrown = [parse, json].map((work) => {
    try {
      work();
    } catch (error) {
      return error;
    }
    return undefined;
  });
  const named = new Error("harmless");
  named.name = canary;
  const looksLikeFrames = `failed\n    at ${canary} (/app/main.js:1:1)\n    at /home/${canary.replace(/\D/g, "")}:1:2`;
  return [
    ...thrown,
    canary,
    { message: canary, stack: canary },
    named,
    new Error(canary),
    new Error(looksLikeFrames),
    new TypeError("outer", { cause: new Error(canary) }),
    new AggregateError([new Error(canary)], canary),
    new Problem("invalid-request", { detail: canary, errors: [{ path: "body.text", message: canary }], cause: canary }),
    Object.assign(new Error("http"), { code: canary, response: { body: canary }, config: { headers: canary } }),
  ];
}

describe("a log line", () => {
  it("is one line of JSON with its fields and its place in the trace", () => {
    const position = { traceId: "a".repeat(32), spanId: "b".repeat(16), sampled: true };
    const text = formatLine(CONTEXT, NOW, "info", "message stored", { tenantId: "ten_1", attempt: 2 }, position);
    expect(text).toMatch(/^[^\n]*\n$/);
    expect(JSON.parse(text)).toEqual({
      time: "2026-11-21T08:00:00.000Z",
      level: "info",
      message: "message stored",
      service: "cordboard",
      region: "test",
      tenantId: "ten_1",
      attempt: 2,
      traceId: "a".repeat(32),
      spanId: "b".repeat(16),
    });
  });

  it.each(CANARIES)("never repeats what an error quotes: %s", (canary) => {
    for (const error of errorsHolding(canary)) {
      const text = line({ error });
      expect(text).not.toContain(canary);
      if (/\d{7}/.test(canary)) expect(text).not.toContain(canary.replace(/\D/g, "").slice(-7));
    }
  });

  it("leaves out what is no field of ours, or not of its type", () => {
    const message = { tenantId: "ten_1", text: "Hello", from: "49177", userId: { name: "Anna" }, status: "Hello" };
    const passedOn: LogFields = JSON.parse(JSON.stringify(message));
    expect(line(passedOn)).not.toMatch(/Hello|49177|Anna/);
  });

  it("says of an error what it is and where it came from", () => {
    const error = Object.assign(new RangeError("secret"), { code: "ERR_OUT_OF_RANGE" });
    const { error: logged } = JSON.parse(line({ error }));
    expect(logged).toMatchObject({ name: "RangeError", code: "ERR_OUT_OF_RANGE" });
    expect(logged.stack[0]).toMatch(/logger\.test\.ts:\d+:\d+/);
    expect(logged).not.toHaveProperty("message");
  });

  it("says more of errors that we word ourselves", () => {
    expect(JSON.parse(line({ error: new CommitRejected("stale", 2) })).error).toMatchObject({
      name: "CommitRejected",
      message: "Commit refused: operation 2 stale",
    });
    const problem = new Problem("unavailable", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) });
    expect(JSON.parse(line({ error: problem })).error).toMatchObject({
      name: "Problem",
      code: "unavailable",
      cause: { name: "Error", code: "ECONNREFUSED" },
    });
  });

  it("can be made of anything that is thrown", () => {
    fc.assert(
      fc.property(fc.anything(), (error) => {
        expect(() => JSON.parse(line({ error }))).not.toThrow();
      }),
    );
    const circular = new Error("loop");
    circular.cause = circular;
    expect(line({ error: circular }).length).toBeLessThan(20_000);
    const hostile = Object.assign(new Error("x"), { stack: 7, name: null });
    expect(JSON.parse(line({ error: hostile })).error).toEqual({ name: "Error" });
  });
});
