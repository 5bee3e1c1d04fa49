import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attempts, FamilyTokens } from "./model.ts";
import { ATTEMPTS_WINDOW, countAttempt, REFRESH_GRACE, showToken, slugCandidates, slugFrom } from "./rules.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** One refresh by some tab: when, how long each way takes, and whether the answer gets lost. */
interface Trip {
  readonly gap: number;
  readonly there: number;
  readonly back: number;
  readonly lost: boolean;
}

/** The server's side of a family, and every token it ever gave out. */
class Family {
  readonly issued = ["t0"];
  tokens: FamilyTokens = { offered: [{ hash: "t0", at: 0 }], spent: [] };

  /** The next token, or undefined when the family ended. */
  show(token: string, now: number): string | undefined {
    const next = `t${this.issued.length}`;
    const shown = showToken(this.tokens, token, next, now);
    if (typeof shown === "string") return undefined;
    this.tokens = shown;
    this.issued.push(next);
    return next;
  }
}

/** Lets tabs that share one jar make their trips; resolves to the tokens that were refused, and how it ended. */
function browse(trips: readonly Trip[]) {
  const family = new Family();
  const refused: string[] = [];
  let jar = "t0";
  let end = 0;
  const agenda: { at: number; run: (at: number) => void }[] = [];
  const later = (at: number, run: (at: number) => void) => agenda.push({ at, run });
  const go = (trip: Trip) => (start: number) => {
    const token = jar;
    later(start + trip.there, (handled) => {
      const next = family.show(token, handled);
      if (next === undefined) refused.push(token);
      else if (trip.lost) later(handled + 5 * SECOND, go({ ...trip, lost: false }));
      else
        later(handled + trip.back, () => {
          jar = next;
        });
    });
  };
  let start = 0;
  for (const trip of trips) {
    start += trip.gap;
    later(start, go(trip));
  }
  while (agenda.length > 0) {
    agenda.sort((a, b) => a.at - b.at);
    const event = agenda.shift();
    if (event === undefined) break;
    end = event.at;
    event.run(event.at);
  }
  return { family, refused, jar, end };
}

const leg = fc.oneof(fc.constant(10), fc.integer({ min: 0, max: 15 * SECOND }));
const trips = fc.array(
  fc.record({
    gap: fc.oneof(
      fc.integer({ min: 0, max: 2 * SECOND }),
      fc.integer({ min: 0, max: 90 * SECOND }),
      fc.constantFrom(9 * MINUTE, 12 * 60 * MINUTE),
    ),
    there: leg,
    back: leg,
    lost: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

describe("refresh tokens", () => {
  it("never sign out tabs that share a jar, however their trips cross, linger or get lost", () => {
    fc.assert(
      fc.property(trips, (each) => {
        expect(browse(each).refused).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it("tell a replay: once the jar's token was used and the grace is over, every older one ends the family", () => {
    fc.assert(
      fc.property(trips, fc.nat(), (each, pick) => {
        const { family, jar, end } = browse(each);
        const newest = family.show(jar, end + 10 * MINUTE);
        const old = family.issued.filter((token) => token !== newest);
        const replayed = old[pick % old.length] ?? "";
        expect(showToken(family.tokens, replayed, "next", end + 10 * MINUTE + REFRESH_GRACE + 1)).toBe("replayed");
      }),
    );
  });

  it("find out two who hold copies, unless they refresh within the grace of each other each time", () => {
    const apart = fc.integer({ min: REFRESH_GRACE + 1, max: 10 * MINUTE });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 * MINUTE }), apart, apart, (first, second, third) => {
        const family = new Family();
        let now = 10 * MINUTE;
        const owner = family.show("t0", now);
        now += first;
        const thief = family.show("t0", now);
        if (thief === undefined) {
          expect(first).toBeGreaterThan(REFRESH_GRACE);
          return;
        }
        now += second;
        expect(family.show(owner ?? "", now)).toBeDefined();
        now += third;
        expect(family.show(thief, now)).toBeUndefined();
      }),
    );
  });

  it("stay few, and too many at once are put off without harm", () => {
    const family = new Family();
    for (let i = 0; i < 99; i++) expect(family.show("t0", 1000)).toBeDefined();
    expect(family.show("t0", 1000)).toBeDefined();
    expect(showToken(family.tokens, "t0", "more", 1000)).toBe("crowded");
    const later = showToken(family.tokens, "t5", "next", 10 * MINUTE);
    expect(later).toMatchObject({ offered: [{ hash: "next" }] });
  });
});

describe("tries at an account", () => {
  const now = new Date("2026-11-21T08:00:00Z");
  const count = (known: Attempts | undefined, address: string, at = now) => {
    const counted = countAttempt(known, address, at);
    return "attempts" in counted ? counted.attempts : counted.retryAfter;
  };

  it("are ten from one address and a hundred from all, within the window", () => {
    let known: Attempts | undefined;
    for (let i = 0; i < 100; i++) {
      const next = count(known, `address ${Math.floor(i / 10)}`);
      if (typeof next === "number") throw new Error(`Refused the try ${i}`);
      known = next;
      if (i === 9) expect(count(known, "address 0")).toBe(ATTEMPTS_WINDOW / 1000);
    }
    expect(count(known, "fresh address")).toBe(ATTEMPTS_WINDOW / 1000);
    const after = new Date(now.getTime() + ATTEMPTS_WINDOW);
    expect(count(known, "address 0", after)).toMatchObject({ total: 1 });
  });
});

describe("slugs", () => {
  it.each([
    ["Acmé GmbH & Co.", "acme-gmbh-co"],
    ["  Straße 7 ", "strasse-7"],
    ["東京", "organization"],
    [`${"x".repeat(39)} yy`, "x".repeat(39)],
  ])("of %s", (name, slug) => {
    expect(slugFrom(name)).toBe(slug);
  });

  it("are valid for any name, with any suffix", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (name) => {
        for (const slug of slugCandidates(slugFrom(name), "0a1b2c"))
          expect(slug).toMatch(/^[a-z0-9][a-z0-9-]{0,46}[a-z0-9]$/);
      }),
    );
  });
});
