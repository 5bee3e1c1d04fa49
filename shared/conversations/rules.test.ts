import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MessageContent } from "./content.ts";
import type { MessageStatus, StoredMessage } from "./model.ts";
import {
  givesUp,
  MAX_ATTEMPTS,
  paceAfterSend,
  paceDelay,
  RECIPIENT_BURST,
  RECIPIENT_INTERVAL_MS,
  retryAt,
} from "./pace.ts";
import { isWindowOpen, position, preview, type StatusChange, withStatus } from "./rules.ts";

const NOW = new Date("2026-11-21T08:00:00.000Z");

const outbound: StoredMessage = {
  id: "msg_00000000000000000001",
  conversationId: "cnv_00000000000000000001",
  direction: "outbound",
  type: "text",
  text: "Hello",
  status: "sent",
  sentAt: NOW.toISOString(),
  statusAt: { sent: NOW.toISOString() },
  author: "usr_1",
  replyTo: null,
  reactions: [],
  position: position(NOW.toISOString(), 1),
  providerId: "wamid.1",
  attempts: [],
  sendingSince: null,
  retiredProviderIds: [],
};

const change = (status: MessageStatus, second: number): StatusChange => ({
  status,
  at: new Date(NOW.getTime() + second * 1000).toISOString(),
  providerId: "wamid.1",
  error: status === "failed" ? { code: "whatsapp:1", message: "No", remedy: "none" } : undefined,
});

describe("statuses", () => {
  it.each<[readonly MessageStatus[], MessageStatus]>([
    [["delivered", "sent"], "delivered"],
    [["read", "delivered", "sent"], "read"],
    [["failed"], "failed"],
    [["failed", "delivered"], "delivered"],
    [["delivered", "failed"], "delivered"],
    [["read", "failed"], "read"],
  ])("%j ends as %s", (statuses, ends) => {
    const end = statuses.reduce<StoredMessage>(
      (message, status, n) => withStatus(message, change(status, n)),
      outbound,
    );
    expect(end.status).toBe(ends);
    expect(end.error === undefined).toBe(ends !== "failed");
    expect(Object.keys(end.statusAt).toSorted()).toEqual([...new Set(["sent", ...statuses])].toSorted());
  });

  it("depend neither on order nor on number", () => {
    const all = (["sent", "delivered", "read", "failed"] as const).map((status, n) => change(status, n + 1));
    const some = fc.subarray(all, { minLength: 1 });
    fc.assert(
      fc.property(
        some.chain((set) => fc.tuple(fc.constant(set), fc.array(fc.constantFrom(...set)))),
        ([set, more]) => {
          const inOrder = set.reduce(withStatus, outbound);
          const repeated = [...more, ...set.toReversed(), ...more].reduce(withStatus, outbound);
          expect(repeated).toEqual(inOrder);
          expect(withStatus(repeated, set[0] ?? change("sent", 0))).toBe(repeated);
        },
      ),
    );
  });

  it("touch neither inbound messages nor notes", () => {
    for (const direction of ["inbound", "note"] as const) {
      const message = { ...outbound, direction, status: null };
      expect(withStatus(message, change("read", 1))).toBe(message);
    }
  });
});

describe("the window", () => {
  it("is open until its last millisecond, and on channels without one always", () => {
    const windowExpiresAt = new Date(NOW.getTime() + 1).toISOString();
    expect(isWindowOpen({ channel: "whatsapp", windowExpiresAt }, NOW)).toBe(true);
    expect(isWindowOpen({ channel: "whatsapp", windowExpiresAt: NOW.toISOString() }, NOW)).toBe(false);
    expect(isWindowOpen({ channel: "whatsapp", windowExpiresAt: null }, NOW)).toBe(false);
    expect(isWindowOpen({ channel: "email", windowExpiresAt: null }, NOW)).toBe(true);
  });
});

describe("previews", () => {
  const media = { id: "med_1", status: "stored", mimeType: "image/png", fileName: "plan.pdf" } as const;
  it.each<[MessageContent, string]>([
    [{ type: "text", text: " a\n\n b " }, "a b"],
    [{ type: "image", media }, "Photo"],
    [{ type: "image", media, caption: "us" }, "us"],
    [{ type: "document", media }, "plan.pdf"],
    [{ type: "audio", media, voice: true }, "Voice message"],
    [{ type: "unsupported", providerType: "order" }, "Unsupported message"],
  ])("%j", (content, shown) => {
    expect(preview(content)).toBe(shown);
  });

  it("never exceed 160 characters nor cut one in two", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (text) => {
        const shown = preview({ type: "text", text });
        expect(shown.length).toBeLessThanOrEqual(160);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("pace", () => {
  it("lets through a burst and then one each interval, whatever the tries", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 100 }), (gaps) => {
        let pace: ReturnType<typeof paceAfterSend> | null = null;
        let now = NOW.getTime();
        const sent: number[] = [];
        for (const gap of gaps) {
          now += gap;
          if (paceDelay(pace, new Date(now)) > 0) continue;
          pace = paceAfterSend(pace, new Date(now));
          sent.push(now);
        }
        for (const [first, start] of sent.entries())
          for (const [offset, at] of sent.slice(first).entries())
            expect(offset + 1).toBeLessThanOrEqual(RECIPIENT_BURST + (at - start) / RECIPIENT_INTERVAL_MS + 1e-6);
      }),
    );
  });

  it("says truly when the next one may go", () => {
    let pace = paceAfterSend(null, NOW);
    for (let n = 1; n < RECIPIENT_BURST; n++) pace = paceAfterSend(pace, NOW);
    const delay = paceDelay(pace, NOW);
    expect(delay).toBe(RECIPIENT_INTERVAL_MS);
    expect(paceDelay(pace, new Date(NOW.getTime() + delay))).toBe(0);
    expect(paceDelay(pace, new Date(NOW.getTime() + delay - 1))).toBeGreaterThan(0);
  });

  it("backs off further each time, at least as long as the provider says, at most an hour by itself", () => {
    const waits = Array.from({ length: 30 }, (_, n) => retryAt(n + 1, 6, NOW).getTime() - NOW.getTime());
    expect(waits[0]).toBe(6000);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits.at(-1)).toBe(60 * 60 * 1000);
    expect(retryAt(1, 7200, NOW).getTime() - NOW.getTime()).toBe(7_200_000);
    expect(givesUp(MAX_ATTEMPTS, NOW.toISOString(), NOW)).toBe(true);
    expect(givesUp(1, NOW.toISOString(), new Date(NOW.getTime() + 25 * 60 * 60 * 1000))).toBe(true);
    expect(givesUp(1, NOW.toISOString(), NOW)).toBe(false);
  });
});
