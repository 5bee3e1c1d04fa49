import { expect, it } from "vitest";
import { z } from "zod";
import { Problem } from "../../errors.ts";
import { CommitRejected, collection, create, type Operation, remove, replace, upsert } from "../port.ts";
import { Contact, Message, Note, Session, Setting, Slug, type Subject, tenant } from "../testing/subject.ts";

const CODE = (code: string) => expect.objectContaining({ code });

export function writes(subject: () => Subject): void {
  const store = () => subject().documents.forTenant(tenant("writes"));
  const etagOf = async (promise: Promise<readonly string[]>): Promise<string> => (await promise)[0] ?? "";

  it("gives back what was created, with its place and etag", async () => {
    const own = store();
    const value = { text: "Grüße 👋", deep: { list: [1, null, "x"], no: false } };
    const [etag] = await own.commit("conversations", ["c1"], [create(Message, "m1", value)]);
    expect(await own.read(Message, ["c1"], "m1")).toEqual({ id: "m1", partition: ["c1"], value, etag });
    expect(etag).toMatch(/^[A-Za-z0-9-]+$/);
  });

  it("finds nothing under another kind, id, partition or tenant", async () => {
    const own = store();
    await own.commit("conversations", ["c1"], [create(Message, "m1", {})]);
    expect(await own.read(Note, ["c1"], "m1")).toBeUndefined();
    expect(await own.read(Message, ["c1"], "m2")).toBeUndefined();
    expect(await own.read(Message, ["c2"], "m1")).toBeUndefined();
    expect(await store().read(Message, ["c1"], "m1")).toBeUndefined();
  });

  it("keeps the same id apart in two partitions and two kinds", async () => {
    const own = store();
    await own.commit("conversations", ["c1"], [create(Message, "m", { at: 1 }), create(Note, "m", { at: 2 })]);
    await own.commit("conversations", ["c2"], [create(Message, "m", { at: 3 })]);
    expect((await own.read(Message, ["c1"], "m"))?.value).toEqual({ at: 1 });
    expect((await own.read(Note, ["c1"], "m"))?.value).toEqual({ at: 2 });
    expect((await own.read(Message, ["c2"], "m"))?.value).toEqual({ at: 3 });
  });

  it("refuses to create twice, and keeps the first", async () => {
    const own = store();
    await own.commit("configuration", [], [create(Setting, "s", { first: true })]);
    const again = own.commit("configuration", [], [create(Setting, "s", { first: false })]);
    await expect(again).rejects.toEqual(new CommitRejected("exists", 0));
    expect((await own.read(Setting, [], "s"))?.value).toEqual({ first: true });
  });

  it("changes the etag at every write, and takes only the current one for replace", async () => {
    const own = store();
    const first = await etagOf(own.commit("configuration", [], [create(Setting, "s", { n: 1 })]));
    const second = await etagOf(own.commit("configuration", [], [replace(Setting, "s", { n: 1 }, first)]));
    const third = await etagOf(own.commit("configuration", [], [upsert(Setting, "s", { n: 1 })]));
    expect(new Set([first, second, third]).size).toBe(3);
    for (const stale of [first, second, "nonsense", "../x", ""])
      await expect(own.commit("configuration", [], [replace(Setting, "s", { n: 2 }, stale)])).rejects.toEqual(
        new CommitRejected("stale", 0),
      );
    expect(await own.read(Setting, [], "s")).toMatchObject({ value: { n: 1 }, etag: third });
  });

  it("refuses to replace or remove what is not there", async () => {
    const own = store();
    const missing = new CommitRejected("missing", 0);
    await expect(own.commit("configuration", [], [replace(Setting, "s", {}, "1")])).rejects.toEqual(missing);
    await expect(own.commit("configuration", [], [remove(Setting, "s")])).rejects.toEqual(missing);
    await expect(own.commit("configuration", [], [remove(Setting, "s", "1")])).rejects.toEqual(missing);
  });

  it("removes with and without an etag, and answers with no etag", async () => {
    const own = store();
    const [a = "", b = ""] = await own.commit(
      "configuration",
      [],
      [create(Setting, "a", {}), create(Setting, "b", {})],
    );
    await expect(own.commit("configuration", [], [remove(Setting, "a", b)])).rejects.toEqual(
      new CommitRejected("stale", 0),
    );
    expect(await own.commit("configuration", [], [remove(Setting, "a", a), remove(Setting, "b")])).toEqual(["", ""]);
    expect(await own.read(Setting, [], "a")).toBeUndefined();
    expect(await own.read(Setting, [], "b")).toBeUndefined();
  });

  it("gives a new etag to what is created again after its removal", async () => {
    const own = store();
    const first = await etagOf(own.commit("configuration", [], [create(Setting, "s", {})]));
    await own.commit("configuration", [], [remove(Setting, "s")]);
    const second = await etagOf(own.commit("configuration", [], [create(Setting, "s", {})]));
    expect(second).not.toBe(first);
  });

  it("writes all of a commit or nothing, and names the operation that was to blame", async () => {
    const own = store();
    const old = await etagOf(own.commit("contacts", ["k"], [create(Contact, "taken", { n: 0 })]));
    const failing = [
      upsert(Contact, "x", { n: 1 }),
      replace(Contact, "taken", { n: 1 }, old),
      create(Contact, "y", { n: 1 }),
      remove(Contact, "none"),
      create(Contact, "taken2", { n: 1 }),
    ];
    await expect(own.commit("contacts", ["k"], failing)).rejects.toEqual(new CommitRejected("missing", 3));
    expect(await own.read(Contact, ["k"], "x")).toBeUndefined();
    expect(await own.read(Contact, ["k"], "y")).toBeUndefined();
    expect(await own.read(Contact, ["k"], "taken")).toMatchObject({ value: { n: 0 }, etag: old });
  });

  it("lets a failing commit not hurt those made at the same time", async () => {
    const own = store();
    await own.commit("conversations", ["c"], [create(Message, "taken", {})]);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        own.commit("conversations", ["c"], [create(Note, `n${n}`, {}), create(Message, n % 2 ? `m${n}` : "taken", {})]),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(results.map((_, n) => (n % 2 ? "fulfilled" : "rejected")));
    const { items } = await own.query(Note, { partition: ["c"] });
    expect(items.map(({ id }) => id).sort()).toEqual(Array.from({ length: 10 }, (_, n) => `n${2 * n + 1}`).sort());
  });

  it("lets exactly one of many win the same id or etag", async () => {
    const own = store();
    const creating = Array.from({ length: 8 }, (_, n) =>
      own.commit("contacts", ["k"], [create(Contact, "one", { n })]),
    );
    const created = (await Promise.allSettled(creating)).filter(({ status }) => status === "fulfilled");
    expect(created).toHaveLength(1);
    const etag = (await own.read(Contact, ["k"], "one"))?.etag ?? "";
    const replacing = Array.from({ length: 8 }, (_, n) =>
      own.commit("contacts", ["k"], [replace(Contact, "one", { n }, etag)]),
    );
    const replaced = (await Promise.allSettled(replacing)).filter(({ status }) => status === "fulfilled");
    expect(replaced).toHaveLength(1);
  });

  it("takes 100 operations and no more, and no empty commit", async () => {
    const own = store();
    const many = (count: number): Operation[] =>
      Array.from({ length: count }, (_, n) => create(Message, `m${n}`, { n }));
    await expect(own.commit("conversations", ["c"], many(101))).rejects.toEqual(CODE("too-large"));
    expect(await own.commit("conversations", ["c"], many(100))).toHaveLength(100);
    await expect(own.commit("conversations", ["c"], [])).rejects.toBeInstanceOf(TypeError);
  });

  it("takes an item of nearly 2 MB, and nothing larger in one commit", async () => {
    const own = store();
    const text = "é".repeat(1_047_000);
    await own.commit("contacts", ["k"], [create(Contact, "large", { text })]);
    expect((await own.read(Contact, ["k"], "large"))?.value).toEqual({ text });
    const larger = create(Contact, "larger", { text: "é".repeat(1_048_577) });
    await expect(own.commit("contacts", ["k"], [larger])).rejects.toEqual(CODE("too-large"));
    const half = { text: "x".repeat(1_050_000) };
    const two = [create(Contact, "a", half), create(Contact, "b", half)];
    await expect(own.commit("contacts", ["k"], two)).rejects.toEqual(CODE("too-large"));
    expect(await own.read(Contact, ["k"], "a")).toBeUndefined();
  });

  it.each(["", "a/b", "a\\b", "a?b", "a#b", "a\u0000", "line\nbreak", "blank ", "x".repeat(1024), "é".repeat(510)])(
    "refuses the id %j",
    async (id) => {
      const own = store();
      await expect(own.commit("contacts", ["k"], [create(Contact, id, {})])).rejects.toEqual(CODE("invalid-request"));
      await expect(own.read(Contact, ["k"], id)).rejects.toEqual(CODE("invalid-request"));
    },
  );

  it.each(["a b", "a:b", "%2F", "ä'\"", "wamid.HBgL==", "<x@y.z>", "a+b&c=d", "😀", "x".repeat(900)])(
    "takes the id %j",
    async (id) => {
      const own = store();
      await own.commit("contacts", ["p/q?#é"], [create(Contact, id, { id })]);
      expect(await own.read(Contact, ["p/q?#é"], id)).toMatchObject({ id, partition: ["p/q?#é"], value: { id } });
    },
  );

  it("refuses partitions of the wrong shape, other stores' containers and twice the same document", async () => {
    const own = store();
    const one = [create(Contact, "a", {})];
    await expect(own.commit("contacts", [], one)).rejects.toBeInstanceOf(TypeError);
    await expect(own.commit("contacts", ["a", "b"], one)).rejects.toBeInstanceOf(TypeError);
    await expect(own.commit("contacts", [""], one)).rejects.toEqual(CODE("invalid-request"));
    await expect(own.commit("contacts", ["x".repeat(2049)], one)).rejects.toEqual(CODE("invalid-request"));
    await expect(own.commit("contacts", ["a"], [...one, ...one])).rejects.toBeInstanceOf(TypeError);
    await expect(own.commit("tenants", ["a"], [create(Slug, "a", {})])).rejects.toBeInstanceOf(TypeError);
    await expect(own.read(Slug, ["a"], "a")).rejects.toBeInstanceOf(TypeError);
    const directory = subject().documents.directory();
    await expect(directory.commit("contacts", ["a"], one)).rejects.toBeInstanceOf(TypeError);
  });

  it("refuses a time to live that is none, or where the container has none", async () => {
    const own = store();
    for (const ttl of [0, -1, 1.5, Number.NaN, 2 ** 31])
      await expect(own.commit("identity", [], [create(Session, "s", {}, { ttl })])).rejects.toBeInstanceOf(TypeError);
    await expect(own.commit("contacts", ["k"], [create(Contact, "s", {}, { ttl: 5 })])).rejects.toBeInstanceOf(
      TypeError,
    );
  });

  it("fails, and not quietly, on a stored value that does not fit its schema", async () => {
    const own = store();
    await own.commit("contacts", ["k"], [create(Contact, "a", { name: 1 })]);
    const strict = collection("contacts", "contact", z.object({ name: z.string() }));
    const error: unknown = await own.read(strict, ["k"], "a").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Problem);
    expect(error).toEqual(CODE("internal"));
    await expect(own.query(strict, { partition: [] })).rejects.toEqual(CODE("internal"));
  });

  it("keeps the directory apart, each document in a partition of its own", async () => {
    const directory = subject().documents.directory();
    const id = tenant("slug");
    const [etag = ""] = await directory.commit("tenants", [id], [create(Slug, id, { n: 1 })]);
    expect(await directory.read(Slug, [id], id)).toEqual({ id, partition: [id], value: { n: 1 }, etag });
    await expect(directory.commit("tenants", [id], [create(Slug, id, {})])).rejects.toEqual(
      new CommitRejected("exists", 0),
    );
    await expect(directory.commit("tenants", ["other"], [create(Slug, id, {})])).rejects.toBeInstanceOf(TypeError);
    await directory.commit("tenants", [id], [replace(Slug, id, { n: 2 }, etag)]);
    const { items } = await directory.query(Slug, { partition: [], where: [{ path: "id", op: "=", value: id }] });
    expect(items).toMatchObject([{ id, partition: [id], value: { n: 2 } }]);
    expect((await directory.query(Slug, { partition: [id] })).items).toHaveLength(1);
  });
}
