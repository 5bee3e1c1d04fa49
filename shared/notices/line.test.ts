import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { line, shown } from "./line.ts";

describe("a name as it is shown", () => {
  it.each([
    ["Zoë O'Neill-Çelik", "Zoë O'Neill-Çelik"],
    ["  a\r\nBcc: b@example.com\u2028\u2029\u0085x ", "a Bcc: b@\u2060example.\u2060com x"],
    ["nul\u0000 bell\u0007 tab\t", "nul bell tab"],
    ["\u202Emoc.live\u202C \u2066x\u2069 so\u00ADft", "moc.\u2060live x soft"],
    ["half a pair \uD83D", "half a pair \uFFFD"],
    ["می\u200Cخواهم", "می\u200Cخواهم"],
    ["👩\u200D👩\u200D👧 & co", "👩\u200D👩\u200D👧 & co"],
    ["", "(no name)"],
    [" \u200B\u202E\n", "(no name)"],
    ["You won! https://evil.example/x?y", "You won! https:\u2060//evil.\u2060example/x?y"],
    ["www.evil.example", "www.\u2060evil.\u2060example"],
    ["Prof. Dr. No, Inc.", "Prof. Dr. No, Inc."],
  ])("of %j is %j", (name, expected) => {
    expect(shown(name)).toBe(expected);
  });

  it("is cut to 80 characters as people count them", () => {
    expect(shown("x".repeat(80))).toBe("x".repeat(80));
    expect(shown("x".repeat(81))).toBe(`${"x".repeat(80)}…`);
    expect(shown("👩‍👩‍👧".repeat(81))).toBe(`${"👩‍👩‍👧".repeat(80)}…`);
    expect(shown(`${" ".repeat(5000)}x`)).toMatch(/…$/);
  });

  it("is one line without anything unseen, whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const text = shown(name).replaceAll("\u2060", "");
        expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u);
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toBe("");
      }),
    );
  });
});

describe("a line", () => {
  it("tells our words from what was put in", () => {
    expect(line`${"Ann"} has ${2} days`).toEqual([
      { text: "Ann", said: true },
      { text: " has ", said: false },
      { text: "2", said: true },
      { text: " days", said: false },
    ]);
  });
});
