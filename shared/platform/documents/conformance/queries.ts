import { beforeAll, describe, expect, it } from "vitest";
import { type Condition, create, type Page, type Query, type TenantStore } from "../port.ts";
import { Contact, Message, Note, Setting, type Subject, tenant } from "../testing/subject.ts";

const CODE = (code: string) => expect.objectContaining({ code });

type Value = Record<string, unknown>;

async function allPages(store: TenantStore, from: typeof Message, query: Query): Promise<string[]> {
  const found: string[] = [];
  let page: Page<Value> = await store.query(from, query);
  for (;;) {
    const { items, nextCursor } = page;
    found.push(...items.map(({ id, partition }) => [...partition, id].join("/")));
    if (nextCursor === undefined) return found;
    expect(items).toHaveLength(query.limit ?? 50);
    page = await store.query(from, { ...query, cursor: nextCursor });
  }
}

/** One document for each kind of value a path can have. */
const VALUES: Readonly<Record<string, unknown>> = {
  text: "open",
  upper: "Open",
  empty: "",
  digits: "2",
  two: 2,
  ten: 10,
  minus: -1.5,
  zero: 0,
  yes: true,
  no: false,
  null: null,
  list: ["open", 2, null, true],
  map: { open: 2 },
};

function conditions(subject: () => Subject): void {
  let store: TenantStore;
  beforeAll(async () => {
    store = subject().documents.forTenant(tenant("conditions"));
    const documents = Object.entries(VALUES).map(([id, status]) =>
      create(Message, id, { status, deep: { in: status } }),
    );
    await store.commit(
      "conversations",
      ["c"],
      [...documents, create(Message, "missing", {}), create(Note, "text", VALUES)],
    );
  });

  const cases: [Condition["op"], Condition["value"], string[]][] = [
    ["=", "open", ["text"]],
    ["=", 2, ["two"]],
    ["=", 0, ["zero"]],
    ["=", true, ["yes"]],
    ["=", false, ["no"]],
    ["=", null, ["null"]],
    ["!=", "open", Object.keys(VALUES).filter((id) => id !== "text")],
    ["!=", 2, Object.keys(VALUES).filter((id) => id !== "two")],
    ["!=", false, Object.keys(VALUES).filter((id) => id !== "no")],
    ["!=", null, Object.keys(VALUES).filter((id) => id !== "null")],
    ["<", 2, ["minus", "zero"]],
    ["<=", 2, ["minus", "zero", "two"]],
    [">", 0, ["ten", "two"]],
    [">=", -1.5, ["minus", "ten", "two", "zero"]],
    ["<", "a", ["digits", "empty", "upper"]],
    [">", "Open", ["text"]],
    [">=", "", ["digits", "empty", "text", "upper"]],
    ["in", ["open", 2, true, null, 99], ["null", "text", "two", "yes"]],
    ["in", ["2"], ["digits"]],
    ["in", [], []],
    ["contains", "open", ["list"]],
    ["contains", 2, ["list"]],
    ["contains", null, ["list"]],
    ["contains", true, ["list"]],
    ["contains", false, []],
    ["contains", "2", []],
  ];
  it.each(["status", "deep.in"].flatMap((path) => cases.map((each) => [path, ...each] as const)))(
    "%s %s %j",
    async (path, op, value, expected) => {
      const condition = { path, op, value } as Condition;
      for (const partition of [["c"], []]) {
        const { items } = await store.query(Message, { partition, where: [condition] });
        expect(items.map(({ id }) => id)).toEqual([...expected].sort());
      }
    },
  );

  it("joins conditions by and, and takes the document's id as a path", async () => {
    const where: Condition[] = [
      { path: "status", op: ">=", value: 0 },
      { path: "id", op: "!=", value: "ten" },
      { path: "id", op: "in", value: ["ten", "two", "zero", 4] },
      { path: "id", op: "<", value: "z" },
    ];
    const { items } = await store.query(Message, { partition: ["c"], where });
    expect(items.map(({ id }) => id)).toEqual(["two"]);
  });

  it("has no order among other types than strings and numbers", async () => {
    for (const value of [null, true])
      await expect(
        store.query(Message, { partition: [], where: [{ path: "status", op: "<", value }] }),
      ).rejects.toBeInstanceOf(TypeError);
  });

  it.each(["a b", "a'", 'a"]', "", ".", "a..b", "1", "a-b"])("refuses the path %j", async (path) => {
    const query = { partition: [], where: [{ path, op: "=", value: 1 } as const] };
    await expect(store.query(Message, query)).rejects.toBeInstanceOf(TypeError);
  });

  it("orders null before numbers before strings, and leaves out what has no such value", async () => {
    const ascending = ["null", "minus", "zero", "two", "ten", "empty", "digits", "upper", "text"];
    for (const partition of [["c"], []])
      for (const limit of [1, 2, 50]) {
        const order = async (direction: "asc" | "desc") =>
          allPages(store, Message, { partition, limit, orderBy: { path: "status", direction } });
        expect(await order("asc")).toEqual(ascending.map((id) => `c/${id}`));
        expect(await order("desc")).toEqual(ascending.map((id) => `c/${id}`).reverse());
      }
  });
}

function paging(subject: () => Subject): void {
  let store: TenantStore;
  const partitions = ["p1", "p2", "p3"];
  beforeAll(async () => {
    store = subject().documents.forTenant(tenant("paging"));
    for (const partition of partitions)
      await store.commit(
        "contacts",
        [partition],
        ["b", "a", "c"].map((id) => create(Contact, id, { name: id === "c" ? "last" : "same" })),
      );
    await subject()
      .documents.forTenant(tenant("paging"))
      .commit("contacts", ["p1"], [create(Contact, "foreign", { name: "same" })]);
  });
  const all = (...ids: string[]) => ids.flatMap((id) => partitions.map((partition) => `${partition}/${id}`));

  it.each([1, 2, 4, 50])(
    "gives everything once over pages of %i, also where ids and values are the same",
    async (limit) => {
      expect(await allPages(store, Contact, { partition: [], limit })).toEqual(all("a", "b", "c"));
      const descending = { path: "id", direction: "desc" } as const;
      expect(await allPages(store, Contact, { partition: [], limit, orderBy: descending })).toEqual(
        all("a", "b", "c").reverse(),
      );
      const byName = { path: "name", direction: "asc" } as const;
      expect(await allPages(store, Contact, { partition: [], limit, orderBy: byName })).toEqual(all("c", "a", "b"));
      const byNameDown = { path: "name", direction: "desc" } as const;
      expect(await allPages(store, Contact, { partition: [], limit, orderBy: byNameDown })).toEqual(
        all("c", "a", "b").reverse(),
      );
      expect(await allPages(store, Contact, { partition: ["p2"], limit, orderBy: byNameDown })).toEqual([
        "p2/b",
        "p2/a",
        "p2/c",
      ]);
    },
  );

  it("pages on correctly while documents come and go", async () => {
    const own = subject().documents.forTenant(tenant("moving"));
    const put = (id: string) => own.commit("configuration", [], [create(Setting, id, {})]);
    for (const id of ["b", "d", "f"]) await put(id);
    const first = await own.query(Setting, { partition: [], limit: 2 });
    await put("a");
    await put("e");
    const second = await own.query(Setting, { partition: [], limit: 2, cursor: first.nextCursor ?? "" });
    expect(first.items.map(({ id }) => id)).toEqual(["b", "d"]);
    expect(second.items.map(({ id }) => id)).toEqual(["e", "f"]);
    expect(second.nextCursor).toBeUndefined();
  });

  it("refuses a cursor of another query, another tenant, or one that was tampered with", async () => {
    const { nextCursor = "" } = await store.query(Contact, { partition: [], limit: 1 });
    const other = subject().documents.forTenant(tenant("other"));
    const refused = CODE("invalid-request");
    await expect(other.query(Contact, { partition: [], cursor: nextCursor })).rejects.toEqual(refused);
    await expect(store.query(Contact, { partition: ["p1"], cursor: nextCursor })).rejects.toEqual(refused);
    await expect(
      store.query(Contact, { partition: [], orderBy: { path: "name", direction: "asc" }, cursor: nextCursor }),
    ).rejects.toEqual(refused);
    const where = [{ path: "name", op: "=", value: "same" } as const];
    await expect(store.query(Contact, { partition: [], where, cursor: nextCursor })).rejects.toEqual(refused);
    for (const cursor of ["", "x", "bnVsbA", nextCursor.slice(3), `${nextCursor}x`, "W10", "eyJ9"])
      await expect(store.query(Contact, { partition: [], cursor })).rejects.toEqual(refused);
    expect((await store.query(Contact, { partition: [], limit: 5, cursor: nextCursor })).items).toHaveLength(5);
  });

  it("takes limits from 1 to 1000, and orders only by what is indexed", async () => {
    for (const limit of [0, -1, 1.5, 1001, Number.NaN])
      await expect(store.query(Contact, { partition: [], limit })).rejects.toEqual(CODE("invalid-request"));
    const orderBy = { path: "text", direction: "asc" } as const;
    await expect(store.query(Contact, { partition: [], orderBy })).rejects.toBeInstanceOf(TypeError);
    expect((await store.query(Contact, { partition: [], limit: 1000 })).items).toHaveLength(9);
  });

  it("gives 50 documents by default", async () => {
    const own = subject().documents.forTenant(tenant("default"));
    const many = Array.from({ length: 51 }, (_, n) => create(Setting, `s${n}`, {}));
    await own.commit("configuration", [], many);
    const page = await own.query(Setting, { partition: [] });
    expect(page.items).toHaveLength(50);
    expect(page.nextCursor).toBeDefined();
  });
}

export function queries(subject: () => Subject): void {
  describe("conditions", () => conditions(subject));
  describe("pages", () => paging(subject));
}
