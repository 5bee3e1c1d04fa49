import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Gathering } from "./gathering.ts";

describe("gathering", () => {
  it("works each thing off once, in order, one batch of a key at a time", async () => {
    const step = fc.record({ key: fc.constantFrom("a", "b"), count: fc.integer({ min: 1, max: 4 }), pause: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.scheduler(), async (steps, scheduler) => {
        const done: Record<string, number[]> = { a: [], b: [] };
        const underWay = new Set<string>();
        const gathering = new Gathering<number>(async (key, items) => {
          expect(underWay.has(key)).toBe(false);
          underWay.add(key);
          await scheduler.schedule(Promise.resolve());
          done[key]?.push(...items);
          underWay.delete(key);
        });
        const given: Record<string, number[]> = { a: [], b: [] };
        const all: Promise<void>[] = [];
        let next = 0;
        for (const { key, count, pause } of steps) {
          const items = Array.from({ length: count }, () => next++);
          given[key]?.push(...items);
          all.push(gathering.add(key, items).then(() => expect(done[key]).toEqual(expect.arrayContaining(items))));
          for (let i = 0; i < pause && scheduler.count() > 0; i++) await scheduler.waitOne();
        }
        await scheduler.waitFor(Promise.all(all));
        expect(done).toEqual(given);
      }),
      { numRuns: 100 },
    );
  });

  it("lets a batch fail for those whose it is, and for nobody else", async () => {
    const open = Promise.withResolvers<void>();
    const gathering = new Gathering<string>(async (_key, items) => {
      await open.promise;
      if (items.includes("bad")) throw new Error("no");
    });
    const outcomes = Promise.allSettled([
      gathering.add("a", ["bad"]),
      gathering.add("a", ["good"]),
      gathering.add("b", ["good"]),
    ]);
    open.resolve();
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    await gathering.add("a", ["good"]);
  });
});
