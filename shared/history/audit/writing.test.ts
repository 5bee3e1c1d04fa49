import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../platform/clock.ts";
import { type DocumentStore, type Documents, remove } from "../../platform/documents/port.ts";
import { openSqliteDocuments } from "../../platform/documents/sqlite/documents.ts";
import { Problem } from "../../platform/errors.ts";
import { TenantId } from "../../platform/ids.ts";
import { fixedClock } from "../../platform/testing/fixedClock.ts";
import { BEGINNING } from "./chain.ts";
import { checkChain, type Found } from "./check.ts";
import { type AuditDraft, AuditDues, AuditEntries, AuditHeads } from "./model.ts";
import { ChainWriter } from "./writing.ts";

const acme = TenantId.parse("ten_00000000000000000001");
const bolt = TenantId.parse("ten_00000000000000000002");
const DAY = 24 * 60 * 60 * 1000;

const event = (id: string, at = "2026-11-21T08:00:00.000Z"): AuditDraft => ({
  eventId: id,
  at,
  actor: { type: "user", id: "anna" },
  action: "user.signed-in",
  subject: { type: "user", id: "anna" },
  details: {},
});

function harness() {
  const clock = fixedClock();
  const documents = openSqliteDocuments({ file: ":memory:", clock });
  const skewed = (by: number): Clock => ({ ...clock, now: () => new Date(clock.now().getTime() + by) });
  const writer = (by = 0, on: Documents = documents) => new ChainWriter(on, skewed(by));
  const entries = async (tenantId: TenantId) =>
    (await documents.forTenant(tenantId).query(AuditEntries, { partition: [], limit: 1000 })).items;
  const months = async (tenantId: TenantId) =>
    (await documents.forTenant(tenantId).query(AuditHeads, { partition: [] })).items;
  async function recorded(tenantId: TenantId): Promise<string[]> {
    const items = await entries(tenantId);
    async function* found(): AsyncGenerator<Found> {
      for (const { id, value } of items) yield { place: Number(id), entry: value };
    }
    const heads = await months(tenantId);
    const end = heads.at(-1)?.value;
    expect(await checkChain(found(), { after: BEGINNING, tenantId, end })).toMatchObject({ checked: items.length });
    expect(end?.sequence ?? 0).toBe(items.length);
    for (const { partition, value } of items) {
      const [month] = partition;
      const head = heads.find(({ id }) => id === month)?.value;
      if (head !== undefined && head.sequence === value.sequence) expect(head.hash).toBe(value.hash);
    }
    return items.map(({ value }) => String(value.eventId));
  }
  return { clock, documents, writer, recorded, entries, months };
}

/** Some of whose commits fail, before they are done or after. */
function unsure(documents: Documents, fails: () => "before" | "after" | undefined): Documents {
  const commit =
    (store: DocumentStore): DocumentStore["commit"] =>
    async (...args) => {
      const side = fails();
      if (side === "before") throw new Problem("unavailable");
      const etags = await store.commit(...args);
      if (side === "after") throw new Problem("unavailable");
      return etags;
    };
  return {
    ...documents,
    forTenant: (tenantId) => {
      const store = documents.forTenant(tenantId);
      return { ...store, commit: commit(store) };
    },
  };
}

describe("a tenant's chain", () => {
  it("has each event once, in one order, however many append at once, late, twice, and with what clocks", async () => {
    const step = fc.record({
      at: fc.nat(2),
      tenant: fc.constantFrom(acme, bolt),
      ids: fc.array(fc.nat(25), { minLength: 1, maxLength: 4 }),
      days: fc.constantFrom(0, 0, 0, 1, 9, 40),
      happened: fc.constantFrom(0, 0, -1, -35),
    });
    const fault = fc.constantFrom(...Array<undefined>(12).fill(undefined), "before" as const, "after" as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.infiniteStream(fault),
        fc.tuple(
          fc.constant(0),
          fc.integer({ min: -DAY / 2, max: DAY / 2 }),
          fc.integer({ min: -DAY / 2, max: DAY / 2 }),
        ),
        async (steps, faults, skews) => {
          const { clock, documents, writer, recorded } = harness();
          const unreliable = unsure(documents, () => faults.next().value);
          const writers = skews.map((by) => writer(by, unreliable));
          const given = new Map([acme, bolt].map((tenantId) => [tenantId, new Set<string>()]));
          let work: Promise<void>[] = [];
          const untilDone = async (append: () => Promise<void>) => {
            // As a queue does.
            for (let delivery = 0; delivery < 60; delivery++)
              if (
                await append().then(
                  () => true,
                  () => false,
                )
              )
                return;
            throw new Error("Never recorded");
          };
          for (const { at, tenant, ids, days, happened } of steps) {
            if (days > 0) {
              await Promise.all(work);
              work = [];
              clock.advance(days * DAY);
            }
            const when = new Date(clock.now().getTime() + happened * DAY).toISOString();
            const drafts = ids.map((id) => event(`evt_${id}`, when));
            for (const { eventId } of drafts) given.get(tenant)?.add(eventId);
            work.push(untilDone(() => writers[at]?.append(tenant, drafts) ?? Promise.resolve()));
          }
          await Promise.all(work);
          for (const [tenantId, ids] of given)
            expect((await recorded(tenantId)).toSorted()).toEqual([...ids].toSorted());
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is appended to by many at once in few commits", async () => {
    const { documents, writer, recorded } = harness();
    let commits = 0;
    const counting = unsure(documents, () => {
      commits++;
      return undefined;
    });
    const here = writer(0, counting);
    const ids = Array.from({ length: 100 }, (_, n) => `evt_${n}`);
    await Promise.all(ids.map((id) => here.append(acme, [event(id)])));
    expect((await recorded(acme)).toSorted()).toEqual(ids.toSorted());
    // The beginning, and three times forty at most.
    expect(commits).toBe(4);
  });

  it("goes from month to month, also over months without a word, and never back", async () => {
    const { clock, writer, recorded, months, entries } = harness();
    await writer().append(acme, [event("evt_1")]);
    clock.advance(100 * DAY);
    const [ahead, behind] = [writer(), writer(-40 * DAY)];
    await ahead.append(acme, [event("evt_2", clock.now().toISOString())]);
    await behind.append(acme, [event("evt_3", clock.now().toISOString())]);
    expect(await recorded(acme)).toEqual(["evt_1", "evt_2", "evt_3"]);
    expect((await months(acme)).map(({ id, value }) => [id, value.sequence, value.next])).toEqual([
      ["0000-00", 0, "2026-11"],
      ["2026-11", 1, "2027-03"],
      ["2027-03", 3, undefined],
    ]);
    expect((await entries(acme)).map(({ partition }) => partition[0])).toEqual(["2026-11", "2027-03", "2027-03"]);
  });

  it("knows an event of months ago again", async () => {
    const { clock, writer, recorded } = harness();
    await writer().append(acme, [event("evt_1")]);
    clock.advance(70 * DAY);
    await writer().append(acme, [event("evt_2", clock.now().toISOString())]);
    await writer().append(acme, [event("evt_1"), event("evt_3")]);
    expect(await recorded(acme)).toEqual(["evt_1", "evt_2", "evt_3"]);
  });

  it("begins anew once it was erased", async () => {
    const { documents, writer, recorded } = harness();
    const here = writer();
    await here.append(acme, [event("evt_1")]);
    const store = documents.forTenant(acme);
    for (const month of ["0000-00", "2026-11"]) await store.commit("history", [month], [remove(AuditHeads, month)]);
    await store.commit(
      "history",
      ["2026-11"],
      [remove(AuditEntries, "0000000000000001"), remove(AuditDues, "2026-11")],
    );
    await here.append(acme, [event("evt_2")]);
    expect(await recorded(acme)).toEqual(["evt_2"]);
  });

  it("is left alone when others append all the time", async () => {
    const { documents, writer } = harness();
    const other = writer();
    let n = 0;
    const racing: Documents = {
      ...documents,
      forTenant: (tenantId) => {
        const store = documents.forTenant(tenantId);
        return {
          ...store,
          commit: async (...args) => {
            await other.append(acme, [event(`evt_other_${n++}`)]);
            return store.commit(...args);
          },
        };
      },
    };
    await expect(writer(0, racing).append(acme, [event("evt_mine")])).rejects.toMatchObject({ code: "unavailable" });
  });
});
