import { describe, expect, it } from "vitest";
import { DEADLINES, DeadlineExceeded, inTime, timeFor, within } from "./deadlines.ts";

const never = () => new Promise<never>(() => undefined);

describe("the time for a call", () => {
  it("is its deadline, or another that was given", () => {
    expect(timeFor("provider")).toBe(DEADLINES.provider);
    expect(timeFor("queue", 100)).toBe(100);
  });

  it("is what is left to the invocation, where that is less, and never more by an inner one", async () => {
    await within(1000, async () => {
      expect(timeFor("provider")).toBeLessThanOrEqual(1000);
      expect(timeFor("provider")).toBeGreaterThan(500);
      await within(60_000, async () => expect(timeFor("provider")).toBeLessThanOrEqual(1000));
      await within(10, async () => expect(timeFor("provider")).toBeLessThanOrEqual(10));
    });
    expect(timeFor("provider")).toBe(DEADLINES.provider);
  });
});

describe("a call in time", () => {
  it("answers, or throws what it throws", async () => {
    expect(await inTime("queue", async () => "sent")).toBe("sent");
    await expect(inTime("queue", () => Promise.reject(new TypeError("refused")))).rejects.toThrow("refused");
  });

  it("is given up when it is not answered, and told so", async () => {
    let told: unknown;
    const work = (signal: AbortSignal) => {
      signal.addEventListener("abort", () => {
        told = signal.reason;
      });
      return never();
    };
    await expect(inTime("queue", work, 20)).rejects.toThrow(/No answer of queue within 20 ms/);
    expect(told).toBeInstanceOf(DeadlineExceeded);
  });

  it("is not begun when no time is left", async () => {
    let begun = false;
    const late = within(0, () =>
      inTime("queue", async () => {
        begun = true;
      }),
    );
    await expect(late).rejects.toBeInstanceOf(DeadlineExceeded);
    expect(begun).toBe(false);
  });
});
