import { expect, it } from "vitest";
import { type Change, create, remove, type TenantStore } from "../port.ts";
import { Contact, Message, Note, Session, Setting, type Subject, tenant } from "../testing/subject.ts";

const names = (found: readonly Change[]) =>
  found.map(({ partition, kind, id }) => [...partition, kind, id].join("/")).toSorted();

export function inventory(subject: () => Subject): void {
  const store = () => subject().documents.forTenant(tenant("inventory"));

  it("has the documents of every kind and partition of one tenant's in one container", async () => {
    const [own, other] = [store(), store()];
    for (const each of [own, other]) {
      await each.commit("conversations", ["c1"], [create(Message, "m", { n: 1 }), create(Note, "m", {})]);
      await each.commit("conversations", ["c2"], [create(Message, "m", {})]);
      await each.commit("configuration", [], [create(Setting, "s", {})]);
    }
    const found = await own.inventory("conversations", [], 100);
    expect(names(found)).toEqual(["c1/message/m", "c1/note/m", "c2/message/m"]);
    const [message] = found.filter(({ partition, kind }) => partition[0] === "c1" && kind === "message");
    expect(message).toEqual({
      tenantId: own.tenantId,
      partition: ["c1"],
      kind: "message",
      id: "m",
      data: { n: 1 },
      etag: (await own.read(Message, ["c1"], "m"))?.etag,
    });
    expect(names(await own.inventory("configuration", [], 100))).toEqual(["setting/s"]);
    expect(await own.inventory("contacts", [], 100)).toEqual([]);
  });

  it("leaves kinds out, and what has expired", async () => {
    const own = store();
    const expiring = create(Session, "gone", { userId: "a" }, { ttl: 1 });
    await own.commit("identity", [], [expiring, create(Session, "there", { userId: "a" }, { ttl: 1000 })]);
    await own.commit("configuration", [], [create(Setting, "s", {})]);
    await subject().pass(2);
    expect(names(await own.inventory("identity", [], 100))).toEqual(["session/there"]);
    expect(await own.inventory("identity", ["other", "session"], 100)).toEqual([]);
    expect(names(await own.inventory("configuration", ["session"], 100))).toEqual(["setting/s"]);
  });

  it("is over once all that it gives is removed, a hundred at a time", async () => {
    const own = store();
    for (const contact of ["a", "b", "c"])
      await own.commit(
        "contacts",
        [contact],
        Array.from({ length: 60 }, (_, n) => create(Contact, String(n), {})),
      );
    const rounds: number[] = [];
    for (;;) {
      const found = await own.inventory("contacts", [], 100);
      if (found.length === 0) break;
      rounds.push(found.length);
      await removeAll(own, found);
    }
    expect(rounds).toEqual([100, 80]);
  });

  it("is asked for in numbers that one commit takes, and in one's own containers", async () => {
    for (const limit of [0, 101, 1.5, Number.NaN])
      await expect(store().inventory("contacts", [], limit)).rejects.toBeInstanceOf(TypeError);
    await expect(store().inventory("tenants", [], 1)).rejects.toBeInstanceOf(TypeError);
  });
}

async function removeAll(store: TenantStore, found: readonly Change[]): Promise<void> {
  for (const [contact = "", some] of Map.groupBy(found, ({ partition }) => partition[0]))
    await store.commit(
      "contacts",
      [contact],
      some.map(({ id }) => remove(Contact, id)),
    );
}
