import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseHostJson } from "./hostConfig.ts";

describe("host.json", () => {
  it("is read with what the product's own says", () => {
    const text = readFileSync(resolve(import.meta.dirname, "../../host.json"), "utf8");
    expect(parseHostJson(text)).toEqual({
      routePrefix: "api",
      functionTimeoutMs: 300_000,
      maxConcurrentSessions: 100,
      maxMessageBatchSize: 100,
      maxAutoLockRenewalMs: 300_000,
      logLevels: expect.objectContaining({ default: "warning" }),
    });
  });

  it("has Azure's defaults", () => {
    expect(parseHostJson('{"version":"2.0"}')).toEqual({
      routePrefix: "api",
      functionTimeoutMs: 1_800_000,
      maxConcurrentSessions: 8,
      maxMessageBatchSize: 1000,
      maxAutoLockRenewalMs: 300_000,
      logLevels: {},
    });
  });

  it.each([
    ["{}", /version/],
    ['{"version":"2.0","functionTimeout":"5 minutes"}', /functionTimeout/],
    ['{"version":"2.0","extensions":{"serviceBus":{"maxConcurrentSessions":0}}}', /maxConcurrentSessions/],
  ])("refuses %s by the member's name", (text, message) => expect(() => parseHostJson(text)).toThrow(message));

  it.each([
    ["1.02:03:04.5", 93_784_500],
    ["0:1:2", 62_000],
    ["-1", undefined],
  ])("reads the time span %s", (functionTimeout, expected) => {
    expect(parseHostJson(JSON.stringify({ version: "2.0", functionTimeout })).functionTimeoutMs).toBe(expected);
  });
});
