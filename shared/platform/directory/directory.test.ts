import { describe, expect, it } from "vitest";
import { openSqliteDocuments } from "../documents/sqlite/documents.ts";
import { TenantId } from "../ids.ts";
import { fixedClock } from "../testing/fixedClock.ts";
import { Directory } from "./directory.ts";

const one = TenantId.parse("ten_00000000000000000001");
const two = TenantId.parse("ten_00000000000000000002");
const open = () => new Directory(openSqliteDocuments({ file: ":memory:", clock: fixedClock() }));

describe("directory", () => {
  it("gives an address to the first who claims it, also when they claim it again", async () => {
    const directory = open();
    expect(await directory.claim("slug", "acme", { tenantId: one })).toBe(true);
    expect(await directory.claim("slug", "acme", { tenantId: one })).toBe(true);
    expect(await directory.claim("slug", "acme", { tenantId: two })).toBe(false);
    expect(await directory.find("slug", "acme")).toEqual({ tenantId: one });
  });

  it("keeps a phone number with one channel, even within a tenant", async () => {
    const directory = open();
    await directory.claim("whatsapp-phone-number-id", "1", { tenantId: one, channelId: "sales" });
    expect(await directory.claim("whatsapp-phone-number-id", "1", { tenantId: one, channelId: "support" })).toBe(false);
  });

  it("releases only what is the tenant's own, and kinds do not mix", async () => {
    const directory = open();
    await directory.claim("slug", "acme", { tenantId: one });
    await directory.release("slug", "acme", { tenantId: two });
    expect(await directory.find("slug", "acme")).toBeDefined();
    expect(await directory.find("webhook-key", "acme")).toBeUndefined();
    await directory.release("slug", "acme", { tenantId: one });
    expect(await directory.claim("slug", "acme", { tenantId: two })).toBe(true);
  });
});

describe("the directory's reminders", () => {
  const claimed = async (slugs: Readonly<Record<string, typeof one>>, reviewAt?: string) => {
    const directory = open();
    for (const [slug, tenantId] of Object.entries(slugs))
      await directory.claim("slug", slug, { tenantId, ...(reviewAt === undefined ? {} : { reviewAt }) });
    return directory;
  };
  const dueBefore = async (directory: Directory, time: string) =>
    (await directory.due(new Date(time), undefined)).items.map(({ slug }) => slug);

  it("find tenants by when they are due, and nobody without one", async () => {
    const directory = await claimed({ acme: one }, "2026-11-21T00:00:00.000Z");
    await directory.claim("slug", "bolt", { tenantId: two });
    await directory.claim("whatsapp-phone-number-id", "1", { tenantId: one, channelId: "sales" });
    expect(await dueBefore(directory, "2026-11-21T00:00:00.000Z")).toEqual([]);
    const { items } = await directory.due(new Date("2026-11-21T00:00:00.001Z"), undefined);
    expect(items).toEqual([{ tenantId: one, slug: "acme", reviewAt: "2026-11-21T00:00:00.000Z" }]);
  });

  it("move, also sooner only, and go", async () => {
    const directory = await claimed({ acme: one }, "2026-11-21T00:00:00.000Z");
    await directory.remind("acme", one, "2026-11-25T00:00:00.000Z");
    expect(await dueBefore(directory, "2026-11-24T00:00:00.000Z")).toEqual([]);
    await directory.remind("acme", one, "2026-11-28T00:00:00.000Z", "sooner");
    expect(await dueBefore(directory, "2026-11-26T00:00:00.000Z")).toEqual(["acme"]);
    await directory.remind("acme", one, "2026-11-22T00:00:00.000Z", "sooner");
    expect(await dueBefore(directory, "2026-11-23T00:00:00.000Z")).toEqual(["acme"]);
    await directory.remind("acme", one, undefined);
    expect(await dueBefore(directory, "2027-01-01T00:00:00.000Z")).toEqual([]);
    await directory.remind("acme", one, "2026-11-28T00:00:00.000Z", "sooner");
    expect(await dueBefore(directory, "2026-11-29T00:00:00.000Z")).toEqual(["acme"]);
  });

  it("are nobody else's to move, and leave the claim as it was", async () => {
    const directory = await claimed({ acme: one }, "2026-11-21T00:00:00.000Z");
    await directory.remind("acme", two, "2026-11-28T00:00:00.000Z");
    await directory.remind("nobody", two, "2026-11-28T00:00:00.000Z");
    expect(await dueBefore(directory, "2026-11-22T00:00:00.000Z")).toEqual(["acme"]);
    expect(await directory.find("slug", "acme")).toEqual({ tenantId: one, reviewAt: "2026-11-21T00:00:00.000Z" });
  });

  it("come in pages", async () => {
    const directory = open();
    for (let n = 0; n < 1001; n++)
      await directory.claim("slug", `t${n}`, { tenantId: one, reviewAt: "2026-11-21T00:00:00.000Z" });
    const first = await directory.due(new Date("2026-12-01T00:00:00.000Z"), undefined);
    const second = await directory.due(new Date("2026-12-01T00:00:00.000Z"), first.nextCursor);
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([1000, 1, undefined]);
    expect(new Set([...first.items, ...second.items].map(({ slug }) => slug)).size).toBe(1001);
  });
});

describe("the directory's tenants", () => {
  it("are listed by slug, and nothing else is", async () => {
    const directory = open();
    await directory.claim("slug", "bolt", { tenantId: two });
    await directory.claim("slug", "acme", { tenantId: one });
    await directory.claim("webhook-key", "x", { tenantId: one, channelId: "sales" });
    const { items } = await directory.tenants(undefined);
    expect(items.map(({ slug, tenantId }) => [slug, tenantId]).toSorted()).toEqual([
      ["acme", one],
      ["bolt", two],
    ]);
  });

  it("give back all they have but the slug", async () => {
    const directory = open();
    for (const tenantId of [one, two]) {
      await directory.claim("slug", `slug-of-${tenantId}`, { tenantId });
      for (let n = 0; n < 120; n++)
        await directory.claim("whatsapp-phone-number-id", `${tenantId}-${n}`, { tenantId, channelId: "sales" });
      await directory.claim("webhook-key", `key-of-${tenantId}`, { tenantId, channelId: "sales" });
    }
    const rounds: number[] = [];
    for (let released = -1; released !== 0; rounds.push(released)) released = await directory.releaseAny(one);
    expect(rounds.reduce((sum, each) => sum + each, 0)).toBe(121);
    expect(await directory.find("slug", `slug-of-${one}`)).toBeDefined();
    expect(await directory.find("webhook-key", `key-of-${one}`)).toBeUndefined();
    expect(await directory.find("whatsapp-phone-number-id", `${two}-7`)).toBeDefined();
    expect(await directory.find("webhook-key", `key-of-${two}`)).toBeDefined();
  });
});
