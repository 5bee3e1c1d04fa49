import { describe, expect, it } from "vitest";
import { systemCaller } from "../platform/caller.ts";
import { openSqliteDocuments } from "../platform/documents/sqlite/documents.ts";
import { TenantId } from "../platform/ids.ts";
import { Outbox } from "../platform/outbox/outbox.ts";
import { openSqliteQueue } from "../platform/queue/sqlite/sqliteQueue.ts";
import { fixedClock } from "../platform/testing/fixedClock.ts";
import { silentTelemetry } from "../platform/testing/silentTelemetry.ts";
import type { Identity } from "./model.ts";
import { Contacts } from "./service.ts";

const caller = systemCaller(TenantId.parse("ten_0000000000000000000a"), "test");
const other = systemCaller(TenantId.parse("ten_0000000000000000000b"), "test");
const phone = (n: number): Identity => ({ kind: "phone", value: `3160000000${n}` });
const user = (n: number): Identity => ({ kind: "whatsapp-user", value: `NL.${n}` });

function setUp() {
  const clock = fixedClock();
  const telemetry = silentTelemetry();
  const documents = openSqliteDocuments({ file: ":memory:", clock });
  const outbox = new Outbox(documents, openSqliteQueue({ file: ":memory:", clock }), clock, telemetry);
  const instance = () => new Contacts({ documents, outbox, clock, telemetry });
  return { clock, contacts: instance(), instance };
}

describe("contacts", () => {
  it("are found by any of their identities, on every instance", async () => {
    const { contacts, instance } = setUp();
    const id = await contacts.resolve(caller, [phone(1), user(1)]);
    for (const identities of [[phone(1)], [user(1)], [user(1), phone(1)]]) {
      expect(await contacts.resolve(caller, identities)).toBe(id);
      expect(await instance().resolve(caller, identities)).toBe(id);
      expect(await instance().find(caller, identities)).toBe(id);
    }
    expect((await contacts.list(caller, { limit: 10 })).items).toHaveLength(1);
  });

  it("learn an identity that is seen beside a known one", async () => {
    const { contacts, instance } = setUp();
    const id = await contacts.resolve(caller, [phone(1)]);
    expect(await contacts.resolve(caller, [user(1), phone(1)])).toBe(id);
    expect(await instance().resolve(caller, [user(1)])).toBe(id);
    expect((await contacts.read(caller, id)).contact.identities).toEqual([phone(1), user(1)]);
  });

  it("stay two where their identities meet later; the first named decides", async () => {
    const { contacts, instance } = setUp();
    const byPhone = await contacts.resolve(caller, [phone(1)]);
    const byUser = await contacts.resolve(caller, [user(1)]);
    expect(byUser).not.toBe(byPhone);
    expect(await contacts.resolve(caller, [user(1), phone(1)])).toBe(byUser);
    expect(await instance().resolve(caller, [phone(1), user(1)])).toBe(byPhone);
    expect(await instance().resolve(caller, [phone(1)])).toBe(byPhone);
  });

  it("are one when many ask at once for someone new", async () => {
    const { contacts, instance } = setUp();
    const asked = Array.from({ length: 10 }, (_, n) =>
      (n % 2 === 0 ? contacts : instance()).resolve(caller, [phone(1), user(1)]),
    );
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    expect((await contacts.list(caller, { limit: 10 })).items).toHaveLength(1);
  });

  it("are, whoever was first, those whom everybody finds from then on", async () => {
    for (const delay of [0, 1, 2, 3, 4, 5, 6]) {
      const { contacts, instance } = setUp();
      const later = async () => {
        for (let turn = 0; turn < delay; turn++) await new Promise(setImmediate);
        return instance().resolve(caller, [user(1), phone(1)]);
      };
      const [one, two] = await Promise.all([contacts.resolve(caller, [phone(1), user(1)]), later()]);
      expect(await instance().resolve(caller, [phone(1), user(1)]), `${delay} turns later`).toBe(one);
      expect(await instance().resolve(caller, [user(1), phone(1)]), `${delay} turns later`).toBe(two);
    }
  });

  it("are each tenant's own", async () => {
    const { contacts } = setUp();
    const id = await contacts.resolve(caller, [phone(1)]);
    expect(await contacts.resolve(other, [phone(1)])).not.toBe(id);
    expect(await contacts.find(other, [phone(2)])).toBeUndefined();
    await expect(contacts.read(other, id)).rejects.toMatchObject({ code: "not-found" });
    await expect(contacts.rename(other, id, "Mine", "*")).rejects.toMatchObject({ code: "not-found" });
  });

  it("take no more identities than fit, and still find the person", async () => {
    const { contacts } = setUp();
    const id = await contacts.resolve(caller, [phone(1)]);
    for (let n = 0; n < 60; n++)
      expect(await contacts.resolve(caller, [phone(1), { kind: "email", value: `${n}@example.com` }])).toBe(id);
    expect((await contacts.read(caller, id)).contact.identities).toHaveLength(50);
    expect(await contacts.resolve(caller, [{ kind: "email", value: "59@example.com" }])).toBe(id);
  });

  it("refuse to be nobody", async () => {
    await expect(setUp().contacts.resolve(caller, [])).rejects.toMatchObject({ code: "invalid-request" });
  });

  it("are renamed by the version that was read", async () => {
    const { contacts, clock } = setUp();
    const id = await contacts.resolve(caller, [phone(1)], { name: "Ada", at: clock.now() });
    const { etag } = await contacts.read(caller, id);
    const renamed = await contacts.rename(caller, id, "Countess", etag);
    await expect(contacts.rename(caller, id, "Other", etag)).rejects.toMatchObject({ code: "stale" });
    expect((await contacts.rename(caller, id, "Lovelace", renamed.etag)).contact.name).toBe("Lovelace");
    const told = await contacts.noteChannelName(caller, id, { name: "A.", at: new Date(clock.now().getTime() + 1000) });
    expect(told.name).toBe("Lovelace");
  });

  it("are listed by name", async () => {
    const { contacts, clock } = setUp();
    for (const [n, name] of ["Grace", "Ada", "Edsger"].entries())
      await contacts.resolve(caller, [phone(n)], { name, at: clock.now() });
    const page = await contacts.list(caller, { limit: 2 });
    const rest = await contacts.list(caller, { limit: 2, cursor: page.nextCursor ?? undefined });
    expect([...page.items, ...rest.items].map(({ name }) => name)).toEqual(["Ada", "Edsger", "Grace"]);
    expect(rest.nextCursor).toBeNull();
  });
});
