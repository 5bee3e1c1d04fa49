import { describe, expect, it } from "vitest";
import { Deliveries, type Notice, noticeMessage } from "../../shared/notices/model.ts";
import { Notices } from "../../shared/notices/service.ts";
import { openSqliteDocuments } from "../../shared/platform/documents/sqlite/documents.ts";
import { TenantId } from "../../shared/platform/ids.ts";
import type { MailOutcome } from "../../shared/platform/mail/port.ts";
import { runDelivery } from "../../shared/platform/queue/handler.ts";
import { Parked, recordParkedIn, SYSTEM_TENANT } from "../../shared/platform/queue/parked.ts";
import { openSqliteQueue } from "../../shared/platform/queue/sqlite/sqliteQueue.ts";
import { faults } from "../../shared/platform/testing/faults.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { memoryMail } from "../../shared/platform/testing/memoryMail.ts";
import { silentTelemetry } from "../../shared/platform/testing/silentTelemetry.ts";
import { servicesWith } from "../testing/servicesWith.ts";
import { jobs } from "./jobs.ts";

const TENANT = TenantId.parse("ten_0000000000000000000a");
const OTHER = TenantId.parse("ten_0000000000000000000b");
const TO = "olive@example.com";
const NOTICE: Notice = {
  template: "password-reset",
  name: "Olive",
  organization: "Blue Bikes",
  link: "https://cordboard.test/#/reset?token=secret-token",
  expiresAt: "2026-11-21T20:00:00.000Z",
};
const REFUSED: MailOutcome = { outcome: "refused", what: "recipient", code: 550 };
const BUSY: MailOutcome = { outcome: "later", unsure: false, cause: new Error("421 try again") };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The queue, its function and what it stands on, with a transport that does as it is told. */
function setUp({ withMail = true } = {}) {
  const clock = fixedClock();
  const telemetry = silentTelemetry();
  const documents = openSqliteDocuments({ file: ":memory:", clock });
  const queue = openSqliteQueue({ file: ":memory:", clock });
  const mail = memoryMail();
  const context = { telemetry, clock, recordParked: recordParkedIn(documents, clock) };

  function instance(fault = faults()) {
    const notices = new Notices({
      documents: fault.documents(documents),
      queue: fault.queue(queue),
      clock,
      telemetry,
      mail: withMail ? fault.mail(mail) : undefined,
    });
    return servicesWith({ notices });
  }

  /** One delivery, as the host works it off; false when none is due. */
  async function deliver(services = instance()): Promise<boolean> {
    const session = await queue.acceptNextSession("jobs");
    const [delivery] = (await session?.receive(1)) ?? [];
    if (session === undefined || delivery === undefined) return false;
    try {
      await runDelivery(jobs, delivery.body, delivery, services, context);
      await session.complete(delivery);
    } catch {
      await session.abandon(delivery, "failed");
    }
    await session.close();
    return true;
  }

  async function drain(services = instance()): Promise<void> {
    while (await deliver(services));
  }

  /** Lets what was put off come. */
  async function waitFor(milliseconds: number): Promise<void> {
    for (const end = clock.now().getTime() + milliseconds; clock.now().getTime() < end; ) {
      clock.advance(10_000);
      await drain();
    }
  }

  const send = (id = "reset-1", { tenantId = TENANT, to = TO, notice = NOTICE } = {}) => {
    const { queue: name, ...message } = noticeMessage(tenantId, to, notice, id);
    return queue.send(name, [message]);
  };
  const parked = async () => {
    const { items } = await documents.forTenant(SYSTEM_TENANT).query(Parked, { partition: ["2026-11"] });
    return items.map(({ value }) => value.reason);
  };
  const known = async () => (await documents.forTenant(TENANT).query(Deliveries, { partition: [] })).items;
  const everything = async () =>
    JSON.stringify([(await documents.changes("identity", undefined, 1000)).items, telemetry.lines]);
  return { clock, telemetry, queue, mail, instance, deliver, drain, waitFor, send, parked, known, everything };
}

describe("a notice", () => {
  it("is sent in words, to whom it is for", async () => {
    const h = setUp();
    await h.send();
    await h.drain();
    expect(h.mail.sent).toMatchObject([{ to: TO, subject: "Choose a new password for Blue Bikes" }]);
    expect(h.mail.sent[0]?.text).toContain("token=secret-token");
    expect((await h.known()).map(({ value }) => value.status)).toEqual(["sent"]);
  });

  it("is sent once, however often it is put on the queue", async () => {
    const h = setUp();
    for (let day = 0; day < 5; day++) {
      await h.send();
      await h.drain();
      h.clock.advance(DAY + MINUTE);
    }
    expect(h.mail.sent).toHaveLength(1);
  });

  it("is another for another occasion, person, tenant or template", async () => {
    const h = setUp();
    await h.send("one");
    await h.send("two");
    await h.send("one", { to: "ann@example.com" });
    await h.send("one", { tenantId: OTHER });
    await h.send("one", { notice: { ...NOTICE, template: "verify-email" } });
    await h.drain();
    expect(new Set(h.mail.sent.map(({ id }) => id)).size).toBe(5);
  });

  it("leaves no address, name or token in documents or logs", async () => {
    const h = setUp();
    h.mail.outcomes.push(BUSY, REFUSED);
    await h.send();
    await h.drain();
    await h.waitFor(MINUTE);
    expect(h.telemetry.lines.length).toBeGreaterThan(1);
    expect(await h.everything()).not.toMatch(/olive|example\.com|Blue Bikes|secret-token|password/i);
  });
});

describe("a notice that is not taken", () => {
  it("comes again through the queue until it is, with the same id", async () => {
    const h = setUp();
    h.mail.outcomes.push(BUSY, BUSY, BUSY);
    await h.send();
    await h.drain();
    expect(h.mail.sent).toHaveLength(0);
    await h.waitFor(9 * MINUTE);
    expect(h.mail.sent).toHaveLength(1);
    expect(h.mail.sent[0]?.attempt.number).toBe(4);
    expect(await h.parked()).toEqual([]);
  });

  it("is parked with its reason when it is refused, after one try", async () => {
    const h = setUp();
    h.mail.outcomes.push(REFUSED);
    await h.send();
    await h.drain();
    expect(h.mail.sent).toHaveLength(0);
    expect(await h.parked()).toEqual(["recipient-refused"]);
    expect(await h.queue.deadLetters.list("jobs", 10)).toHaveLength(1);
    await h.queue.deadLetters.replay("jobs");
    await h.drain();
    expect(h.mail.sent).toHaveLength(1);
  });

  it("is parked after a day, unless its link ends before", async () => {
    const h = setUp();
    const lasting = { ...NOTICE, template: "invitation", invitedBy: "Ann", role: "agent" } as const;
    await h.send("short");
    await h.send("long", { notice: { ...lasting, expiresAt: "2026-11-29T08:00:00.000Z" } });
    h.mail.outcomes.push(...Array.from({ length: 1000 }, () => BUSY));
    await h.drain();
    await h.waitFor(DAY);
    expect(await h.parked()).toEqual(["mail-undeliverable"]);
    expect(h.telemetry.lines.filter(({ fields }) => fields?.reason === "expired")).toHaveLength(1);
    expect(await h.deliver()).toBe(false);
  });

  it("is not sent where mail is switched off, and the log says so", async () => {
    const h = setUp({ withMail: false });
    await h.send();
    await h.drain();
    expect(h.telemetry.lines).toMatchObject([{ message: "a notice was not sent", fields: { reason: "mail-off" } }]);
    expect(await h.parked()).toEqual([]);
  });
});

describe("a notice whose sending is broken off", () => {
  const CALLS = ["documents.read", "documents.commit", "mail", "documents.commit"];

  it("asks this of the outside", async () => {
    const h = setUp();
    const fault = faults();
    await h.send();
    await h.deliver(h.instance(fault));
    expect(fault.calls()).toEqual(CALLS);
  });

  const cuts = CALLS.flatMap((call, at) => (["before", "after"] as const).map((side) => ({ at, side, call })));
  it.each(cuts)("$side call $at, $call, is sent by whoever comes next", async ({ at, side }) => {
    const h = setUp();
    await h.send();
    const fault = faults();
    const session = await h.queue.acceptNextSession("jobs");
    const [delivery] = (await session?.receive(1)) ?? [];
    if (delivery === undefined) throw new Error("Nothing was due");
    const { reached } = fault.stop(at, side);
    const context = { telemetry: h.telemetry, clock: h.clock, recordParked: async () => undefined };
    // Never settles: this process is gone, and its lane stays locked until the lock ends.
    void runDelivery(jobs, delivery.body, delivery, h.instance(fault), context);
    await reached;
    await h.waitFor(3 * MINUTE);
    const wasTaken = (at === 2 && side === "after") || at === 3;
    const isRecorded = at === 3 && side === "after";
    expect(h.mail.sent).toHaveLength(wasTaken && !isRecorded ? 2 : 1);
    // A repetition is the same mail, and the same try where nobody knows of the first.
    expect(new Set(h.mail.sent.map(({ id, attempt }) => `${id} ${attempt.number} ${attempt.since}`)).size).toBe(1);
    expect(await h.deliver()).toBe(false);
    expect((await h.known()).map(({ value }) => value.status)).toEqual(["sent"]);
  });

  it("is left to whoever tries it, while they may still be at it", async () => {
    const h = setUp();
    await h.send();
    const session = await h.queue.acceptNextSession("jobs");
    const [delivery] = (await session?.receive(1)) ?? [];
    if (delivery === undefined) throw new Error("Nothing was due");
    const slow = faults();
    const { reached, resume } = slow.stop(2, "before");
    const context = { telemetry: h.telemetry, clock: h.clock, recordParked: async () => undefined };
    const first = runDelivery(jobs, delivery.body, delivery, h.instance(slow), context);
    await reached;
    await runDelivery(jobs, delivery.body, { ...delivery, deliveryCount: 2 }, h.instance(), context);
    expect(h.mail.sent).toHaveLength(0);
    resume();
    await first;
    await session?.complete(delivery);
    await session?.close();
    await h.waitFor(3 * MINUTE);
    expect(h.mail.sent).toHaveLength(1);
  });
});

describe("a job that nobody knows", () => {
  it("is parked", async () => {
    const h = setUp();
    await h.queue.send("jobs", [
      { messageId: "a", sessionId: "a", body: { job: "make-coffee", tenantId: TENANT } },
      { messageId: "b", sessionId: "b", body: { job: "notice", tenantId: TENANT } },
    ]);
    await h.drain();
    expect(await h.parked()).toEqual([
      expect.stringMatching(/^invalid body: job /),
      expect.stringMatching(/^invalid body: id .*to .*notice/),
    ]);
  });
});
