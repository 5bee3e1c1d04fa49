import { describe, expect, it } from "vitest";
import { z } from "zod";
import { collection, create, type Documents, replace } from "../documents/port.ts";
import { openSqliteDocuments } from "../documents/sqlite/documents.ts";
import { Problem } from "../errors.ts";
import type { DomainEvent } from "../events/event.ts";
import { TenantId } from "../ids.ts";
import type { QueueSender } from "../queue/port.ts";
import { fixedClock } from "../testing/fixedClock.ts";
import { silentTelemetry } from "../testing/silentTelemetry.ts";
import { Outbox } from "./outbox.ts";

const Things = collection("conversations", "thing", z.object({ name: z.string() }));
const tenantId = TenantId.parse("ten_00000000000000000000");
const closed: DomainEvent = {
  id: "evt_1",
  type: "conversation.closed",
  tenantId,
  at: "2026-11-21T08:00:00.000Z",
  actor: { type: "system", name: "test" },
  subject: "cnv_1",
  data: { conversation: { id: "cnv_1" } },
  version: 1,
};

function harness() {
  const clock = fixedClock();
  const documents: Documents = openSqliteDocuments({ file: ":memory:", clock });
  const sent: { queue: string; messageId: string; sessionId: string; body: unknown }[] = [];
  const state = { refuses: false };
  const queue: QueueSender = {
    send: async (name, messages) => {
      if (state.refuses) throw new Problem("unavailable");
      sent.push(...messages.map(({ messageId, sessionId, body }) => ({ queue: name, messageId, sessionId, body })));
    },
  };
  const telemetry = silentTelemetry();
  const outbox = new Outbox(documents, queue, clock, telemetry);
  const store = documents.forTenant(tenantId);
  const wakeUp = { queue: "outbound", messageId: "m1", sessionId: "cnv_1", body: { conversationId: "cnv_1" } } as const;
  const commit = (name: string) =>
    outbox.commit(store, "conversations", ["cnv_1"], [create(Things, name, { name })], {
      events: [closed],
      messages: [wakeUp],
    });
  const left = () => documents.sweep("conversations", "outbox", new Date(clock.now().getTime() + 1), 100);
  return { clock, documents, store, outbox, sent, state, commit, left, telemetry };
}

describe("outbox", () => {
  it("publishes what a commit brings about, in order and under one lane, and clears its entry", async () => {
    const { commit, sent, left } = harness();
    const etags = await commit("a");
    expect(etags).toHaveLength(1);
    expect(sent.map(({ queue }) => queue)).toEqual(["outbound", "events"]);
    expect(sent[1]).toMatchObject({ sessionId: "cnv_1", body: { tenantId, events: [closed] } });
    expect(await left()).toEqual([]);
  });

  it("publishes nothing of a commit that was refused", async () => {
    const { outbox, store, sent, left } = harness();
    const stale = replace(Things, "missing", { name: "x" }, "0");
    await expect(outbox.commit(store, "conversations", ["cnv_1"], [stale], { events: [closed] })).rejects.toThrow(
      "missing",
    );
    expect(sent).toEqual([]);
    expect(await left()).toEqual([]);
  });

  it("keeps the entry while the queue refuses, and the sweep sends the very same messages later", async () => {
    const { commit, sent, state, left, outbox, clock, store, telemetry } = harness();
    state.refuses = true;
    await commit("a");
    expect(await store.read(Things, ["cnv_1"], "a")).toBeDefined();
    expect(telemetry.lines).toMatchObject([{ level: "warn", message: "outbox entry left for the sweep" }]);
    expect(await left()).toHaveLength(1);

    clock.advance(30_000);
    state.refuses = false;
    expect(await outbox.sweep(60, 100)).toBe(0);
    clock.advance(31_000);
    expect(await outbox.sweep(60, 100)).toBe(1);
    expect(sent.map(({ queue, messageId }) => `${queue} ${messageId}`)).toEqual([
      "outbound m1",
      expect.stringMatching(/^events out_/),
    ]);
    expect(await left()).toEqual([]);
    expect(await outbox.sweep(60, 100)).toBe(0);
  });
});
