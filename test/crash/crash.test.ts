import { expect, it } from "vitest";
import { crashRounds } from "./crashRounds.ts";

/** `SEED=<seed> npx vitest run test/crash` repeats a run. */
const seed = process.env.SEED ?? String(Date.now());

it("loses, doubles and disorders nothing when it is killed ten times under load", { timeout: 180_000 }, async () => {
  const report = await crashRounds({ rounds: 10, seed });
  expect(report.differences, `Repeat with SEED=${seed}`).toEqual([]);
  // That it was at work when it was killed.
  expect(report.acknowledged).toBeGreaterThan(100);
  expect(report.sends).toBeGreaterThan(10);
});
