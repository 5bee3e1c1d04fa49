import { describe, expect, it } from "vitest";
import type { MailOutcome } from "../platform/mail/port.ts";
import type { Delivery } from "./model.ts";
import { afterTry, nextTry, whatToDo } from "./rules.ts";

const START = new Date("2026-11-21T08:00:00.000Z");
const at = (seconds: number, from: Date | string = START) => new Date(new Date(from).getTime() + seconds * 1000);
const later = (more: { unsure?: boolean; retryAfterSeconds?: number } = {}): MailOutcome => ({
  outcome: "later",
  unsure: false,
  cause: undefined,
  ...more,
});

describe("tries that are put off", () => {
  it("wait longer and longer, and end within a day of the first", () => {
    const waits: number[] = [];
    let now = START;
    let known: Delivery | undefined;
    for (;;) {
      known = afterTry(nextTry(known, now), later(), "m", now);
      if (known.dueAt === null) break;
      waits.push((Date.parse(known.dueAt) - now.getTime()) / 1000);
      now = new Date(known.dueAt);
    }
    expect(waits.slice(0, 7)).toEqual([10, 60, 300, 900, 1800, 3600, 3600]);
    expect(known).toMatchObject({
      status: "refused",
      refusal: { reason: "mail-undeliverable" },
      tries: waits.length + 1,
    });
    const seconds = (now.getTime() - START.getTime()) / 1000;
    expect(seconds).toBeLessThanOrEqual(24 * 3600);
    expect(seconds).toBeGreaterThan(22 * 3600);
  });

  it("wait as long as the provider says, within bounds", () => {
    const tried = nextTry(undefined, START);
    expect(afterTry(tried, later({ retryAfterSeconds: 120 }), "m", START).dueAt).toBe(at(120).toISOString());
    expect(afterTry(tried, later({ retryAfterSeconds: 2 }), "m", START).dueAt).toBe(at(10).toISOString());
    expect(afterTry(tried, later({ retryAfterSeconds: 1e9 }), "m", START).dueAt).toBe(at(6 * 3600).toISOString());
  });
});

describe("the number of a try", () => {
  it("stays where nobody knows what became of it, with the time at which it was first made", () => {
    const first = nextTry(undefined, START);
    const second = nextTry(afterTry(first, later({ unsure: true }), "m", at(1)), at(11));
    const third = nextTry(second, at(80));
    expect(third).toMatchObject({ number: 1, since: START.toISOString(), tries: 3, triedAt: at(80).toISOString() });
  });

  it("is another after one that was certainly not taken", () => {
    const second = nextTry(afterTry(nextTry(undefined, START), later(), "m", at(1)), at(11));
    expect(second).toMatchObject({ number: 2, since: at(11).toISOString(), tries: 2 });
  });
});

describe("a delivery of the queue", () => {
  const tried = nextTry(undefined, START);
  const first = { messageId: "m", deliveryCount: 1 };
  const again = { messageId: "m", deliveryCount: 2 };

  it("looks after a try without a result a minute later, and then repeats it", () => {
    expect(whatToDo(tried, first, at(59))).toEqual({ step: "wait", until: at(60) });
    expect(whatToDo(tried, again, at(60))).toEqual({ step: "try" });
  });

  it("leaves alone what was sent", () => {
    const sent = afterTry(tried, { outcome: "accepted" }, "m", START);
    for (const arrival of [first, again]) expect(whatToDo(sent, arrival, at(1e6))).toEqual({ step: "nothing" });
  });

  it("does not try again what was refused, unless an operator replays it, and then has a day once more", () => {
    const refused = afterTry(tried, { outcome: "refused", what: "recipient", code: 550 }, "m", START);
    expect(whatToDo(refused, again, at(1))).toEqual({ step: "refuse", reason: "recipient-refused" });
    expect(whatToDo(refused, first, at(1))).toEqual({ step: "try" });
    const look = { messageId: "another", deliveryCount: 1 };
    expect(whatToDo(refused, look, at(1))).toEqual({ step: "nothing" });
    const anew = nextTry(refused, at(100 * 3600));
    expect(anew).toMatchObject({ number: 2, tries: 1, firstTriedAt: at(100 * 3600).toISOString(), refusal: null });
  });
});
