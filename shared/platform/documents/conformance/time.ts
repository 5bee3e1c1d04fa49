import { expect, it } from "vitest";
import type { Change } from "../port.ts";
import { CommitRejected, create, remove, replace, upsert } from "../port.ts";
import { Message, Note, Session, Slug, type Subject, tenant } from "../testing/subject.ts";

const CODE = (code: string) => expect.objectContaining({ code });

/** What expires, the change feed and the sweep: all that goes by when something was written. */
export function time(subject: () => Subject): void {
  it("hides what has expired from reads, queries and sweeps, and lets its id be taken again", async () => {
    const own = subject().documents.forTenant(tenant("ttl"));
    const [etag = ""] = await own.commit(
      "identity",
      [],
      [
        create(Session, "short", { userId: "u" }, { ttl: 2 }),
        create(Session, "long", { userId: "u" }, { ttl: 1000 }),
        create(Session, "ever", { userId: "u" }),
      ],
    );
    expect(await own.read(Session, [], "short")).toBeDefined();
    await subject().pass(3);
    expect(await own.read(Session, [], "short")).toBeUndefined();
    const { items } = await own.query(Session, { partition: [], where: [{ path: "userId", op: "=", value: "u" }] });
    expect(items.map(({ id }) => id)).toEqual(["ever", "long"]);
    await expect(own.commit("identity", [], [replace(Session, "short", {}, etag)])).rejects.toEqual(
      new CommitRejected("missing", 0),
    );
    await expect(own.commit("identity", [], [remove(Session, "short")])).rejects.toEqual(
      new CommitRejected("missing", 0),
    );
    await own.commit("identity", [], [create(Session, "short", { again: true })]);
    await subject().pass(3);
    expect((await own.read(Session, [], "short"))?.value).toEqual({ again: true });
  });

  it("counts the time to live from the last write, and a write without one lives for ever", async () => {
    const own = subject().documents.forTenant(tenant("ttl"));
    await own.commit("identity", [], [create(Session, "a", {}, { ttl: 3 }), create(Session, "b", {}, { ttl: 3 })]);
    await subject().pass(2);
    await own.commit("identity", [], [upsert(Session, "a", {}, { ttl: 3 }), upsert(Session, "b", {})]);
    await subject().pass(2);
    expect(await own.read(Session, [], "a")).toBeDefined();
    await subject().pass(3);
    expect(await own.read(Session, [], "a")).toBeUndefined();
    expect(await own.read(Session, [], "b")).toBeDefined();
  });

  it("sweeps, over all tenants, one kind of documents last written before a time", async () => {
    const one = subject().documents.forTenant(tenant("sweep"));
    const two = subject().documents.forTenant(tenant("sweep"));
    await one.commit("conversations", ["c"], [create(Message, "old", { n: 1 }), create(Message, "touched", {})]);
    await two.commit("conversations", ["d"], [create(Message, "old", { n: 2 }), create(Note, "old", {})]);
    await subject().pass(3);
    const between = subject().now();
    await subject().pass(2);
    await one.commit("conversations", ["c"], [upsert(Message, "touched", {}), create(Message, "new", {})]);
    const swept = await subject().documents.sweep("conversations", "message", between, 1000);
    const mine = swept.filter(({ tenantId }) => tenantId === one.tenantId || tenantId === two.tenantId);
    const [etag] = [(await one.read(Message, ["c"], "old"))?.etag];
    expect(mine).toHaveLength(2);
    expect(mine).toContainEqual({
      tenantId: one.tenantId,
      partition: ["c"],
      kind: "message",
      id: "old",
      data: { n: 1 },
      etag,
    });
    expect(mine).toContainEqual(expect.objectContaining({ tenantId: two.tenantId, partition: ["d"], data: { n: 2 } }));
    expect(await subject().documents.sweep("conversations", "message", between, 1)).toHaveLength(1);
    for (const limit of [0, 1001])
      await expect(subject().documents.sweep("conversations", "message", between, limit)).rejects.toEqual(
        CODE("invalid-request"),
      );
  });

  /** Reads the feed until it gives nothing. */
  async function drain(after: string | undefined, limit: number): Promise<{ items: Change[]; cursor: string }> {
    const items: Change[] = [];
    let cursor = after;
    for (;;) {
      const page = await subject().documents.changes("conversations", cursor, limit);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      cursor = page.cursor;
      items.push(...page.items);
      if (page.items.length === 0) return { items, cursor };
    }
  }

  it("feeds the newest version of each changed document, in order, from where the reader was", async () => {
    const own = subject().documents.forTenant(tenant("feed"));
    const { cursor } = await drain(undefined, 1000);
    await own.commit("conversations", ["c"], [create(Message, "a", { n: 1 }), create(Message, "b", { n: 1 })]);
    await own.commit("conversations", ["c"], [upsert(Message, "a", { n: 2 }), create(Message, "c", { n: 1 })]);
    await own.commit("conversations", ["c"], [create(Message, "gone", {})]);
    await own.commit("conversations", ["c"], [remove(Message, "gone")]);
    for (const limit of [1, 2, 1000]) {
      const { items } = await drain(cursor, limit);
      expect(items.map(({ id, data }) => [id, data])).toEqual([
        ["b", { n: 1 }],
        ["a", { n: 2 }],
        ["c", { n: 1 }],
      ]);
    }
    const later = await drain(cursor, 1000);
    expect((await drain(later.cursor, 10)).items).toEqual([]);
    await own.commit("conversations", ["c"], [upsert(Message, "b", { n: 3 })]);
    const { items } = await drain(later.cursor, 10);
    const { etag = "" } = (await own.read(Message, ["c"], "b")) ?? {};
    expect(items).toEqual([
      { tenantId: own.tenantId, partition: ["c"], kind: "message", id: "b", data: { n: 3 }, etag },
    ]);
  });

  it("refuses a damaged feed cursor", async () => {
    for (const cursor of ["x", "-1", "{}", "null", "[1]", "1e3"])
      await expect(subject().documents.changes("conversations", cursor, 10)).rejects.toEqual(CODE("invalid-request"));
  });

  it("feeds and sweeps the directory with no tenant", async () => {
    const { documents } = subject();
    const id = tenant("slug");
    const before = await documents.changes("tenants", undefined, 1000);
    await documents.directory().commit("tenants", [id], [create(Slug, id, { n: 1 })]);
    const { items } = await documents.changes("tenants", before.cursor, 1000);
    expect(items).toMatchObject([{ tenantId: "", partition: [id], kind: "slug", id, data: { n: 1 } }]);
  });

  it("answers a ping", async () => {
    await expect(subject().documents.ping()).resolves.toBeUndefined();
  });
}
