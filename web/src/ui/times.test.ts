import { describe, expect, it } from "vitest";
import { dayWords, durationWords, lengthWords, sizeWords, snoozeChoices, timeWords } from "./times.ts";

const now = new Date(2026, 10, 21, 12, 0, 0);
const before = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

describe("timeWords", () => {
  it.each([
    [before(0.5), "now"],
    [before(-5), "now"],
    [before(1), "1 min"],
    [before(59.9), "59 min"],
    [before(60), "1 h"],
    [before(23 * 60 + 59), "23 h"],
  ])("is relative under a day: %s", (at, words) => {
    expect(timeWords(at, now)).toBe(words);
  });

  it("names the weekday within a week and the year only of other years", () => {
    expect(timeWords(before(2 * 1440), now)).toMatch(/^\p{L}+\.?$/u);
    expect(timeWords(before(30 * 1440), now)).not.toContain("2026");
    expect(timeWords(before(400 * 1440), now)).toContain("2025");
  });
});

describe("dayWords", () => {
  it("goes by the calendar and not by hours", () => {
    expect(dayWords(new Date(2026, 10, 21, 0, 1), now)).toBe("Today");
    expect(dayWords(new Date(2026, 10, 20, 23, 59), now)).toBe("Yesterday");
    expect(dayWords(new Date(2026, 10, 19, 23, 59), now)).toContain("19");
  });
});

describe("lengths", () => {
  it.each([
    [10_000, "1 min"],
    [80 * 60_000, "1 h 20 min"],
    [2 * 3_600_000, "2 h"],
    [23.5 * 3_600_000, "23 h"],
    [72 * 3_600_000, "3 days"],
  ])("%d ms is %s", (milliseconds, words) => {
    expect(lengthWords(milliseconds)).toBe(words);
  });

  it.each([
    [0, "0:00"],
    [7.6, "0:08"],
    [130, "2:10"],
    [3730, "1:02:10"],
  ])("%d s is %s", (seconds, words) => {
    expect(durationWords(seconds)).toBe(words);
  });

  it.each([
    [12, "12 B"],
    [340 * 1024, "340 KB"],
    [1.25 * 1024 * 1024, "1.3 MB"],
  ])("%d bytes are %s", (bytes, words) => {
    expect(sizeWords(bytes)).toBe(words);
  });
});

describe("snoozeChoices", () => {
  it("never offers today's Monday", () => {
    const monday = new Date(2026, 10, 23, 8);
    expect(snoozeChoices(monday)[2]?.until).toEqual(new Date(2026, 10, 30, 9));
    expect(snoozeChoices(now)[2]?.until).toEqual(new Date(2026, 10, 23, 9));
    expect(snoozeChoices(new Date(2026, 10, 22, 8))[2]?.until).toEqual(new Date(2026, 10, 23, 9));
  });
});
