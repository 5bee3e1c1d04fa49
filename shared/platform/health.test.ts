import { describe, expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { type DEPENDENCIES, Health } from "./health.ts";
import { fixedClock } from "./testing/fixedClock.ts";
import { silentTelemetry } from "./testing/silentTelemetry.ts";

type Name = (typeof DEPENDENCIES)[number];

function installation() {
  const clock = { ...fixedClock(), sleep: systemClock.sleep };
  const telemetry = silentTelemetry();
  const down = new Set<Name>();
  const hanging = new Set<Name>();
  let pings = 0;
  const dependency = (name: Name) => ({
    ping: () => {
      pings++;
      if (hanging.has(name)) return new Promise<void>(() => undefined);
      return down.has(name) ? Promise.reject(new Error("connect ECONNREFUSED")) : Promise.resolve();
    },
  });
  const health = new Health({
    platform: "local",
    version: "1.2.3",
    clock,
    telemetry,
    dependencies: {
      documents: dependency("documents"),
      queue: dependency("queue"),
      blobs: dependency("blobs"),
      realtime: dependency("realtime"),
      secrets: dependency("secrets"),
    },
  });
  return { health, clock, telemetry, down, hanging, pings: () => pings };
}

describe("Health", () => {
  it("is ok when everything answers", async () => {
    expect(await installation().health.check()).toEqual({
      status: "ok",
      platform: "local",
      version: "1.2.3",
      dependencies: { documents: "ok", queue: "ok", blobs: "ok", realtime: "ok", secrets: "ok" },
    });
  });

  it.each([
    ["documents", "degraded"],
    ["queue", "degraded"],
    ["blobs", "ok"],
    ["realtime", "ok"],
    ["secrets", "ok"],
  ] as const)("without %s is %s, and says which is down", async (name, status) => {
    const { health, down } = installation();
    down.add(name);
    expect(await health.check()).toMatchObject({ status, dependencies: { [name]: "down" } });
  });

  it("does not wait longer than two seconds", async () => {
    const { health, hanging } = installation();
    hanging.add("queue");
    const started = performance.now();
    expect(await health.check()).toMatchObject({
      status: "degraded",
      dependencies: { queue: "down", documents: "ok" },
    });
    expect(performance.now() - started).toBeLessThan(2500);
  });

  it("asks once in two seconds, however often it is asked", async () => {
    const { health, clock, pings } = installation();
    await Promise.all(Array.from({ length: 100 }, () => health.check()));
    await health.check();
    expect(pings()).toBe(5);
    clock.advance(2000);
    await health.check();
    expect(pings()).toBe(10);
  });

  it("logs an outage when it begins and when it ends", async () => {
    const { health, clock, telemetry, down } = installation();
    down.add("blobs");
    for (let i = 0; i < 3; i++) {
      await health.check();
      clock.advance(2000);
    }
    down.clear();
    await health.check();
    expect(telemetry.lines.map(({ message, fields }) => [message, fields?.operation])).toEqual([
      ["dependency down", "blobs"],
      ["dependency back", "blobs"],
    ]);
  });
});
