import { describe, expect, it } from "vitest";
import { isEmojiOnly, textParts } from "./textParts.ts";

describe("textParts", () => {
  it("finds addresses and leaves the sentence's marks out", () => {
    expect(textParts("See https://a.example/x?y=1, or (http://b.example).")).toEqual([
      { kind: "text", text: "See " },
      { kind: "link", text: "https://a.example/x?y=1", href: "https://a.example/x?y=1" },
      { kind: "text", text: ", or (" },
      { kind: "link", text: "http://b.example", href: "http://b.example" },
      { kind: "text", text: ")." },
    ]);
  });

  it("makes no link of anything but http and https", () => {
    expect(textParts("javascript:alert(1) data:text/html,x")).toHaveLength(1);
    expect(textParts("https://")).toEqual([{ kind: "text", text: "https://" }]);
    expect(textParts("")).toEqual([]);
  });
});

describe("isEmojiOnly", () => {
  it.each([
    ["👍", true],
    ["👨‍👩‍👧 🇩🇪", true],
    ["👍👍👍👍", false],
    ["ok 👍", false],
    ["12", false],
    ["", false],
  ])("%j: %s", (text, expected) => {
    expect(isEmojiOnly(text)).toBe(expected);
  });
});
