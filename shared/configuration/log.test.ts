import { describe, expect, it } from "vitest";
import { z } from "zod";
import { systemCaller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import { openSqliteDocuments } from "../platform/documents/sqlite/documents.ts";
import { Problem } from "../platform/errors.ts";
import { TenantId } from "../platform/ids.ts";
import { Outbox } from "../platform/outbox/outbox.ts";
import { silentTelemetry } from "../platform/testing/silentTelemetry.ts";
import { ConfigurationLog } from "./log.ts";
import { loggedKind } from "./model.ts";

const tenantId = TenantId.parse("ten_00000000000000000001");
const other = TenantId.parse("ten_00000000000000000002");
const Things = loggedKind("users", z.object({ name: z.string() }), (value) => value);

/** A clock whose sleepers sleep until the test wakes them. */
function handClock(): Clock & { readonly sleepers: number; wakeAll(): void } {
  let now = Date.parse("2026-11-21T08:00:00Z");
  const sleepers = new Map<() => void, number>();
  return {
    now: () => new Date(now),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const wake = () => {
          sleepers.delete(wake);
          resolve();
        };
        sleepers.set(wake, milliseconds);
        signal?.addEventListener("abort", () => {
          sleepers.delete(wake);
          reject(signal.reason);
        });
      }),
    get sleepers() {
      return sleepers.size;
    },
    wakeAll: () => {
      now += Math.max(0, ...sleepers.values());
      for (const wake of [...sleepers.keys()]) wake();
    },
  };
}

function harness() {
  const clock = handClock();
  const documents = openSqliteDocuments({ file: ":memory:", clock });
  const outbox = new Outbox(documents, { send: async () => undefined }, clock, silentTelemetry());
  const instance = () => new ConfigurationLog({ documents, outbox, clock });
  const write = (log: ConfigurationLog, name: string, of = tenantId) =>
    log.write(Things, systemCaller(of, "test"), name, async () => ({ value: { name } }));
  /** Until whoever waits has looked and fallen asleep. */
  const asleep = () => expect.poll(() => clock.sleepers, { interval: 5 }).toBe(1);
  return { clock, instance, write, asleep };
}

describe("waiting for changes", () => {
  it("ends at once with a change of this instance, and leaves no sleeper behind", async () => {
    const { instance, write, asleep, clock } = harness();
    const log = instance();
    const waiting = log.changes(tenantId, 0, { waitSeconds: 25, limit: 10 });
    await asleep();
    await write(log, "foreign", other);
    await write(log, "a");
    expect(await waiting).toMatchObject({ items: [{ revision: 1, id: "a" }], revision: 1 });
    expect(clock.sleepers).toBe(0);
  });

  it("hears of another instance's change with its next look, a second later", async () => {
    const { instance, write, asleep, clock } = harness();
    const waiting = instance().changes(tenantId, 0, { waitSeconds: 25, limit: 10 });
    await asleep();
    await write(instance(), "a");
    const before = clock.now().getTime();
    clock.wakeAll();
    expect(await waiting).toMatchObject({ revision: 1 });
    expect(clock.now().getTime() - before).toBe(1000);
  });

  it("ends in vain when the time is up", async () => {
    const { instance, asleep, clock } = harness();
    const waiting = instance().changes(tenantId, 7, { waitSeconds: 2, limit: 10 });
    for (let second = 0; second < 2; second++) {
      await asleep();
      clock.wakeAll();
    }
    expect(await waiting).toEqual({ items: [], revision: 0 });
  });
});

describe("a page of changes", () => {
  it("says where the next begins", async () => {
    const { instance, write } = harness();
    const log = instance();
    for (const name of ["a", "b", "c"]) await write(log, name);
    const first = await log.changes(tenantId, 0, { waitSeconds: 0, limit: 2 });
    expect(first).toMatchObject({ items: [{ id: "a" }, { id: "b" }], revision: 2 });
    const rest = await log.changes(tenantId, first.revision, { waitSeconds: 0, limit: 2 });
    expect(rest).toMatchObject({ items: [{ id: "c" }], revision: 3 });
  });
});

describe("a write", () => {
  it("decides again over what came first, and gives up in the end", async () => {
    const { instance, write } = harness();
    const [here, there] = [instance(), instance()];
    const seen: number[] = [];
    const overtaken = (times: number) =>
      here.write(Things, systemCaller(tenantId, "test"), "mine", async ({ revision }) => {
        seen.push(revision);
        if (seen.length <= times) await write(there, `theirs-${seen.length}-of-${times}`);
        return { value: { name: "mine" } };
      });
    const { item } = await overtaken(2);
    expect(seen).toEqual([1, 2, 3]);
    expect(item).toMatchObject({ id: "mine", revision: 3 });
    seen.length = 0;
    await here.write(Things, systemCaller(tenantId, "test"), "mine", async () => ({ value: { name: "else" } }));
    await expect(overtaken(1000)).rejects.toMatchObject({ code: "unavailable" });
    expect(seen).toHaveLength(40);
  });

  it("that is refused writes nothing", async () => {
    const { instance } = harness();
    const log = instance();
    const refuse = async () => {
      throw new Problem("conflict");
    };
    await expect(log.write(Things, systemCaller(tenantId, "test"), "a", refuse)).rejects.toThrow(Problem);
    expect(await log.changes(tenantId, 0, { waitSeconds: 0, limit: 10 })).toEqual({ items: [], revision: 0 });
  });
});
