import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TenantId } from "../../platform/ids.ts";
import { BEGINNING, hashOf, type Link, linked } from "./chain.ts";
import { checkChain, type Found } from "./check.ts";
import type { AuditDraft, AuditEntry, RawEntry } from "./model.ts";

const tenantId = TenantId.parse("ten_00000000000000000001");

const draft: fc.Arbitrary<AuditDraft> = fc.record({
  eventId: fc.uuid(),
  at: fc.constantFrom("2026-11-21T08:00:00.000Z", "2026-11-21T08:00:01.000Z"),
  actor: fc.record({ type: fc.constantFrom("user", "system"), id: fc.constantFrom("anna", "ben") }),
  action: fc.constantFrom("user.signed-in", "configuration.updated"),
  subject: fc.record({ type: fc.constant("users"), id: fc.constantFrom("anna", "ben") }),
  details: fc.dictionary(fc.constantFrom("field", "from", "to", "count"), fc.jsonValue({ maxDepth: 1 }), {
    maxKeys: 3,
  }),
});
const chain = (size: { minLength: number; maxLength?: number }) =>
  fc.array(draft, { maxLength: 15, ...size }).map((drafts) => {
    const entries: AuditEntry[] = [];
    let last: Link = BEGINNING;
    for (const each of drafts) {
      const entry = linked(tenantId, last, each, "2026-11-21T09:00:00.000Z");
      entries.push(entry);
      last = entry;
    }
    return entries;
  });

/** As lines of a file: nothing but the entries themselves says where they stand. */
async function* lines(entries: readonly RawEntry[]): AsyncGenerator<Found> {
  for (const entry of entries) yield { entry };
}
/** As in the store: each under the id of its place. */
async function* places(entries: readonly RawEntry[], first = 1): AsyncGenerator<Found> {
  for (const [index, entry] of entries.entries()) yield { entry, place: first + index };
}
const end = (entries: readonly AuditEntry[]) => ({ after: BEGINNING, tenantId, end: entries.at(-1) });
const raw = (entries: readonly AuditEntry[]): readonly RawEntry[] => entries;
const rehashed = (entry: RawEntry): RawEntry => ({ ...entry, hash: hashOf(entry) });

/** One change of one field of an entry, by name. */
const FIELDS = [
  "at",
  "recordedAt",
  "action",
  "eventId",
  "previousHash",
  "hash",
  "actor",
  "subject",
  "details",
  "sequence",
];
function altered(entry: RawEntry, field: string): RawEntry {
  const value = entry[field];
  if (typeof value === "number") return { ...entry, [field]: value + 1000 };
  if (field.endsWith("ash")) return { ...entry, [field]: String(value).replace(/^./, (c) => (c === "0" ? "1" : "0")) };
  if (typeof value === "string") return { ...entry, [field]: value.replace(/\d|u/, (c) => (c === "1" ? "2" : "1")) };
  return { ...entry, [field]: { ...Object(value), id: "somebody else" } };
}

describe("a chain", () => {
  it("is whole as it was written, from the beginning and from any entry on", async () => {
    await fc.assert(
      fc.asyncProperty(chain({ minLength: 0 }), fc.nat(14), async (entries, from) => {
        expect(await checkChain(lines(entries), end(entries))).toMatchObject({ checked: entries.length });
        const part = await checkChain(lines(entries.slice(from)), {});
        expect(part).toMatchObject({ checked: Math.max(0, entries.length - from) });
        expect(part.broken).toBeUndefined();
      }),
    );
  });

  it("tells which entry was changed, be its hash made anew or not", async () => {
    const any = fc.tuple(chain({ minLength: 1 }), fc.nat(), fc.constantFrom(...FIELDS), fc.boolean());
    await fc.assert(
      fc.asyncProperty(any, async ([entries, which, field, anew]) => {
        const index = which % entries.length;
        const victim = altered(entries[index] ?? {}, field);
        fc.pre(!(anew && field === "hash"));
        const tampered = raw(entries).with(index, anew ? rehashed(victim) : victim);
        const inStore = await checkChain(places(tampered), end(entries));
        const reason = anew && field === "sequence" ? "reordered" : "changed";
        expect(inStore.broken).toEqual({ sequence: index + 1, reason });
        const inFile = await checkChain(lines(tampered), end(entries));
        if (field === "sequence") expect(inFile.broken?.sequence).toBe(index + 1);
        else expect(inFile.broken).toEqual({ sequence: index + 1, reason: "changed" });
      }),
      { numRuns: 400 },
    );
  });

  it("tells of anything that was added to an entry, or taken from it", async () => {
    await fc.assert(
      fc.asyncProperty(chain({ minLength: 1 }), fc.nat(), async (entries, which) => {
        const index = which % entries.length;
        const entry: RawEntry = { ...entries[index] };
        const { details: _, ...less } = entry;
        for (const other of [{ ...entry, approvedBy: "the boss" }, less, {}])
          expect((await checkChain(places(raw(entries).with(index, other)), end(entries))).broken).toEqual({
            sequence: index + 1,
            reason: "changed",
          });
      }),
    );
  });

  it("tells which entries are missing", async () => {
    const any = fc.tuple(chain({ minLength: 2 }), fc.nat(), fc.integer({ min: 1, max: 3 }));
    await fc.assert(
      fc.asyncProperty(any, async ([entries, which, count]) => {
        const index = which % (entries.length - 1);
        const left = entries.toSpliced(index, Math.min(count, entries.length - 1 - index));
        const { broken } = await checkChain(lines(left), end(entries));
        expect(broken).toEqual({ sequence: index + 1, reason: "missing" });
      }),
    );
  });

  it("tells that its last entries are gone", async () => {
    await fc.assert(
      fc.asyncProperty(chain({ minLength: 1 }), fc.nat(), async (entries, which) => {
        const left = entries.slice(0, which % entries.length);
        const { broken } = await checkChain(lines(left), end(entries));
        expect(broken).toEqual({ sequence: left.length + 1, reason: "truncated" });
      }),
    );
  });

  it("tells which entries changed places", async () => {
    await fc.assert(
      fc.asyncProperty(chain({ minLength: 2 }), fc.nat(), fc.nat(), async (entries, one, other) => {
        const [a, b] = [one % entries.length, other % entries.length].toSorted((x, y) => x - y);
        const [first, second] = [entries[a ?? 0], entries[b ?? 0]];
        fc.pre(a !== b && a !== undefined && b !== undefined && first !== undefined && second !== undefined);
        const swapped = entries.with(a, second).with(b, first);
        const expected = { sequence: a + 1, reason: "reordered" };
        expect((await checkChain(lines(swapped), end(entries))).broken).toEqual(expected);
        expect((await checkChain(places(swapped), end(entries))).broken).toEqual(expected);
      }),
    );
  });

  it("tells which entry was put in, also one that follows its neighbour, or is another tenant's", async () => {
    await fc.assert(
      fc.asyncProperty(chain({ minLength: 1 }), fc.nat(), draft, async (entries, which, more) => {
        const index = which % entries.length;
        const before = index === 0 ? BEGINNING : (entries[index - 1] ?? BEGINNING);
        const fitting = linked(tenantId, before, more, "2026-11-21T09:00:00.000Z");
        const two = [fitting, entries[index] ?? fitting];
        for (const copies of [two, two.toReversed()]) {
          const { broken } = await checkChain(lines(entries.toSpliced(index, 1, ...copies)), end(entries));
          // At the end of the chain nothing follows it that could tell which of the two is false.
          const reason = index === entries.length - 1 ? expect.stringMatching(/inserted|changed/) : "inserted";
          expect(broken).toEqual({ sequence: index + 1, reason });
        }
        const foreign = linked(TenantId.parse("ten_00000000000000000002"), before, more, "2026-11-21T09:00:00.000Z");
        const exchanged = await checkChain(places(entries.with(index, foreign)), end(entries));
        expect(exchanged.broken).toEqual({ sequence: index + 1, reason: "inserted" });
      }),
    );
  });

  it("that was made anew from an entry on tells nothing by itself: for that there are checkpoints", async () => {
    await fc.assert(
      fc.asyncProperty(chain({ minLength: 2 }), fc.nat(), async (entries, which) => {
        const index = which % entries.length;
        const forged: AuditEntry[] = [];
        let last: Link = BEGINNING;
        for (const [
          at,
          { sequence: _s, previousHash: _p, hash: _h, tenantId: _t, recordedAt, ...rest },
        ] of entries.entries()) {
          const entry = linked(tenantId, last, at === index ? { ...rest, action: "nothing" } : rest, recordedAt);
          forged.push(entry);
          last = entry;
        }
        expect((await checkChain(lines(forged), end(forged))).broken).toBeUndefined();
        const kept = new Map(entries.map(({ sequence, hash }) => [sequence, hash]));
        const checkpoint = entries.length;
        const { broken } = await checkChain(lines(forged), {
          ...end(forged),
          each: ({ sequence, hash }) =>
            sequence === checkpoint && kept.get(sequence) !== hash ? { sequence, reason: "rewritten" } : undefined,
        });
        expect(broken).toEqual({ sequence: checkpoint, reason: "rewritten" });
      }),
    );
  });
});
