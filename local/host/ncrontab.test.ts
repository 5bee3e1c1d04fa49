import { describe, expect, it } from "vitest";
import { parseNcrontab } from "./ncrontab.ts";

function times(expression: string, after: string, count: number): string[] {
  const schedule = parseNcrontab(expression);
  const found: string[] = [];
  let at = new Date(after);
  for (let n = 0; n < count; n++) {
    const next = schedule.next(at);
    if (next === undefined) break;
    found.push(next.toISOString());
    at = next;
  }
  return found;
}

describe("NCRONTAB", () => {
  it.each([
    ["*/15 * * * * *", ["2026-03-01T00:00:15.000Z", "2026-03-01T00:00:30.000Z"]],
    ["0 */5 * * * *", ["2026-03-01T00:05:00.000Z", "2026-03-01T00:10:00.000Z"]],
    ["0 0 9-17/4 * * *", ["2026-03-01T09:00:00.000Z", "2026-03-01T13:00:00.000Z"]],
    ["0 30 9 * Jan Mon", ["2027-01-04T09:30:00.000Z", "2027-01-11T09:30:00.000Z"]],
    // Both day fields must match, unlike in Unix cron: Fridays that are a 13th.
    ["0 0 0 13 * 5", ["2026-03-13T00:00:00.000Z", "2026-11-13T00:00:00.000Z"]],
    ["0 0 0 * * 0", ["2026-03-08T00:00:00.000Z", "2026-03-15T00:00:00.000Z"]],
  ])("%s", (expression, expected) => expect(times(expression, "2026-03-01T00:00:00Z", 2)).toEqual(expected));

  it.each(["* * * * *", "0 0 0 0 0 0 0", "@daily", "0 0 0 L * *", "0 0 0 ? * *", "0 0 0 * * 7", "61 * * * * *", ""])(
    "refuses %j, as Azure does",
    (expression) => expect(() => parseNcrontab(expression)).toThrow(),
  );
});
