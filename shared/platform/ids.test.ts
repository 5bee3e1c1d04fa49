import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivedId, idOf, newId, TenantId } from "./ids.ts";

const at = (milliseconds: number) => new Date(milliseconds);

describe("ids", () => {
  it("sort by the time they were made", () => {
    const times = fc.integer({ min: 0, max: 35_000_000_000_000 });
    fc.assert(
      fc.property(times, times, (a, b) => {
        const [first, second] = [newId("msg", at(Math.min(a, b))), newId("msg", at(Math.max(a, b) + 1))];
        expect(first < second).toBe(true);
      }),
    );
  });

  it("differ even within a millisecond, and are of their kind", () => {
    const ids = Array.from({ length: 10_000 }, () => newId("ten", at(1_795_000_000_000)));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(TenantId.safeParse(id).success).toBe(true);
  });

  it("are derived from their parts, and from where one ends and the next begins", () => {
    expect(derivedId("msg", "a", "bc")).toBe(derivedId("msg", "a", "bc"));
    expect(derivedId("msg", "a", "bc")).not.toBe(derivedId("msg", "ab", "c"));
    expect(derivedId("msg", 1)).toBe(derivedId("msg", "1"));
    expect(idOf("msg").safeParse(derivedId("msg", "wamid.ABC/+=")).success).toBe(true);
  });

  it("stay what they are: a changed derivation would let replays in a second time", () => {
    expect(derivedId("msg", "demo", "wamid.HBgLMzE2")).toBe("msg_kt1nzf6zjsynsa4b6dse");
  });
});
