import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { CommitRejected, type Documents } from "../../platform/documents/port.ts";
import { openSqliteDocuments } from "../../platform/documents/sqlite/documents.ts";
import { Problem } from "../../platform/errors.ts";
import { DomainEvent } from "../../platform/events/event.ts";
import { TenantId } from "../../platform/ids.ts";
import { EventsMessage, Outbox } from "../../platform/outbox/outbox.ts";
import { fixedClock } from "../../platform/testing/fixedClock.ts";
import { silentTelemetry } from "../../platform/testing/silentTelemetry.ts";
import { accountId, NOBODYS_TENANT } from "../rules.ts";
import { Refusals } from "./refusals.ts";
import type { Refusal } from "./rules.ts";

const acme = TenantId.parse("ten_00000000000000000001");
const bolt = TenantId.parse("ten_00000000000000000002");
const MINUTE = 60_000;
const Body = EventsMessage.extend({ events: z.array(DomainEvent) });

function harness() {
  const clock = fixedClock();
  const telemetry = silentTelemetry();
  const documents = openSqliteDocuments({ file: ":memory:", clock });
  const events: DomainEvent[] = [];
  const queue = {
    send: async (_queue: string, messages: readonly { body: unknown }[]) => {
      for (const { body } of messages) events.push(...Body.parse(body).events);
    },
  };
  const outbox = new Outbox(documents, queue, clock, telemetry);
  const instance = (on: Documents = documents) => new Refusals({ documents: on, outbox, clock, telemetry });
  const left = async () =>
    (await documents.changes("identity", undefined, 1000)).items.filter(({ kind }) => kind === "refusals");
  return { clock, telemetry, documents, events, instance, left };
}

const anna: Refusal = { account: accountId("acme", "anna@acme.test"), userId: "anna", reason: "wrong-password" };
const unknown = (n: number): Refusal => ({ account: accountId("acme", `x${n}@acme.test`), reason: "unknown-account" });

describe("refusals", () => {
  it("of one account, minute and reason are told of once, with how many and whence", async () => {
    const { clock, events, instance, left } = harness();
    const refusals = instance();
    for (const addressHash of ["here", "there", "here"]) {
      await refusals.note(acme, { ...anna, addressHash });
      clock.advance(1000);
    }
    await refusals.note(acme, { ...anna, reason: "rate-limited" });
    expect(await refusals.close()).toBe(0);
    clock.advance(MINUTE + 1);
    await refusals.note(acme, anna);
    expect(await refusals.close()).toBe(1);
    expect(events).toMatchObject([
      {
        type: "user.refused",
        tenantId: acme,
        at: "2026-11-21T08:00:02.000Z",
        subject: "anna",
        data: {
          userId: "anna",
          reason: "wrong-password",
          count: 3,
          since: "2026-11-21T08:00:00.000Z",
          addressHash: "here",
          addresses: ["here", "there"],
        },
      },
      { data: { reason: "rate-limited", count: 1 } },
    ]);
    clock.advance(MINUTE + 1);
    expect(await refusals.close()).toBe(1);
    expect(events.slice(2)).toMatchObject([{ data: { count: 1, since: "2026-11-21T08:01:00.000Z" } }]);
    expect(await left()).toEqual([]);
  });

  it("at accounts that there are not are one event a minute, however many; of nobody's organisation, none", async () => {
    const { clock, events, instance, left } = harness();
    const refusals = instance();
    for (let n = 0; n < 250; n++) {
      await refusals.note(acme, unknown(n));
      await refusals.note(NOBODYS_TENANT, unknown(n));
    }
    await refusals.note(bolt, unknown(0));
    for (let minute = 0; minute < 3; minute++) {
      clock.advance(MINUTE + 1);
      await refusals.close();
    }
    const counts = events.map(({ tenantId, data }) => [tenantId, data.reason, data.count]);
    expect(counts.toSorted()).toEqual([
      [acme, "unknown-account", 250],
      [bolt, "unknown-account", 1],
    ]);
    expect(await left()).toEqual([]);
  });

  it("are all counted, whenever and on however many instances they come and are told of", async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ at: fc.nat(2), who: fc.nat(3), times: fc.integer({ min: 1, max: 8 }) }) },
      { weight: 1, arbitrary: fc.constant("close" as const) },
      { weight: 1, arbitrary: fc.record({ advance: fc.integer({ min: 1, max: 90_000 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const { clock, events, telemetry, instance, left } = harness();
        const instances = [instance(), instance(), instance()];
        const work: Promise<unknown>[] = [];
        let noted = 0;
        for (const each of steps) {
          if (each === "close") work.push(...instances.map((refusals) => refusals.close()));
          else if ("advance" in each) {
            await Promise.all(work.splice(0));
            clock.advance(each.advance);
          } else
            for (let i = 0; i < each.times; i++, noted++)
              work.push(instances[each.at]?.note(acme, each.who < 2 ? unknown(each.who) : anna) ?? Promise.resolve());
        }
        await Promise.all(work);
        for (let minute = 0; minute < 3; minute++) {
          clock.advance(MINUTE + 1);
          await Promise.all(instances.map((refusals) => refusals.close()));
        }
        expect(events.reduce((sum, { data }) => sum + Number(data.count), 0)).toBe(noted);
        const kinds = events.map(({ subject, data }) => `${subject} ${data.since}`);
        expect(new Set(kinds).size).toBe(kinds.length);
        expect(await left()).toEqual([]);
        expect(telemetry.lines).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("in a flood cost an instance one write at a time", async () => {
    const { documents, clock, events, instance } = harness();
    let commits = 0;
    const counting: Documents = {
      ...documents,
      forTenant: (tenantId) => {
        const store = documents.forTenant(tenantId);
        const commit: typeof store.commit = (...args) => {
          commits++;
          return store.commit(...args);
        };
        return { ...store, commit };
      },
    };
    const refusals = instance(counting);
    await Promise.all(Array.from({ length: 500 }, () => refusals.note(acme, anna)));
    expect(commits).toBe(1);
    clock.advance(MINUTE + 1);
    await instance().close();
    expect(events[0]?.data.count).toBe(500);
  });

  it.each([
    ["does not answer", () => Promise.reject(new Problem("unavailable"))],
    ["always has another's version", () => Promise.reject(new CommitRejected("stale", 0))],
  ])("stand, and are logged, while the store %s", async (_, commit) => {
    const { documents, telemetry, instance } = harness();
    const broken: Documents = { ...documents, forTenant: (id) => ({ ...documents.forTenant(id), commit }) };
    await instance(broken).note(acme, anna);
    expect(telemetry.lines).toMatchObject([{ level: "error", message: "a refusal was not recorded" }]);
  });
});
