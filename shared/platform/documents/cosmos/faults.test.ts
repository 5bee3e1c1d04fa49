import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Clock } from "../../clock.ts";
import { CommitRejected, create, remove, replace, type TenantStore, upsert } from "../port.ts";
import { type CosmosServer, EMULATOR_KEY, startCosmosServer } from "../testing/cosmosServer.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../testing/faultProxy.ts";
import { Message, Note, tenant } from "../testing/subject.ts";
import { type CosmosDocuments, openCosmosDocuments } from "./documents.ts";

/** Real time, but nobody waits: what is waited is only counted. */
let waited = 0;
const clock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds) => {
    waited += milliseconds;
  },
};

let server: CosmosServer;
let proxy: FaultProxy;
/** Speaks to the server through the proxy; `direct` does not. */
let documents: CosmosDocuments;
let direct: CosmosDocuments;
/** As on an account with two write regions, where the SDK itself repeats a write that got 503. */
let regional: CosmosDocuments;

const UNAVAILABLE = expect.objectContaining({ code: "unavailable" });
const open = (endpoint: string, discoverEndpoints: boolean) =>
  openCosmosDocuments({
    endpoint,
    databaseName: "faults",
    key: EMULATOR_KEY,
    discoverEndpoints,
    throttleWait: 1,
    clock,
  });

beforeAll(async () => {
  server = await startCosmosServer();
  proxy = await startFaultProxy(server.port);
  documents = open(proxy.endpoint, false);
  direct = open(server.endpoint, false);
  regional = open(proxy.endpoint, true);
  await direct.ensureContainers();
});
afterAll(async () => {
  await Promise.all([documents.close(), direct.close(), regional.close()]);
  await proxy.close();
  await server.close();
});
afterEach(() => {
  expect(proxy.left()).toBe(0);
});

interface Pair {
  readonly store: TenantStore;
  readonly other: TenantStore;
}
function stores(through: CosmosDocuments = documents): Pair {
  const own = tenant("faults");
  proxy.seen();
  waited = 0;
  return { store: through.forTenant(own), other: direct.forTenant(own) };
}

const batch = (status: Fault["status"], when: Fault["when"], meanwhile?: () => Promise<void>): Fault => ({
  on: "batch",
  status,
  when,
  ...(meanwhile === undefined ? {} : { meanwhile }),
});
const put = (store: TenantStore, ...operations: Parameters<TenantStore["commit"]>[2]) =>
  store.commit("conversations", ["c"], operations);
const etagOf = async (store: TenantStore, id: string) => (await store.read(Message, ["c"], id))?.etag;

const UNSURE: readonly Fault["status"][] = [408, 500, 503, "cut"];

describe("a commit when Cosmos is throttled or in conflict with itself", () => {
  it("waits as long as 429 says, and tries again", async () => {
    const { store } = stores();
    proxy.inject({ ...batch(429, "before"), retryAfterMs: 60 }, { ...batch(429, "before"), retryAfterMs: 60 });
    const start = performance.now();
    await put(store, create(Message, "a", {}));
    expect(performance.now() - start).toBeGreaterThan(110);
    expect(proxy.seen().batch).toBe(3);
  });

  it("gives up after a bounded number of 429s, and says when to come again", async () => {
    const { store, other } = stores();
    proxy.inject(...Array.from({ length: 10 }, () => ({ ...batch(429, "before"), retryAfterMs: 1 })));
    await expect(put(store, create(Message, "a", {}))).rejects.toMatchObject({ code: "unavailable", retryAfter: 1 });
    expect(proxy.seen().batch).toBe(10);
    expect(await other.read(Message, ["c"], "a")).toBeUndefined();
  });

  it("tries again, waiting longer each time, after 449", async () => {
    const { store } = stores();
    proxy.inject(batch(449, "before"), batch(449, "before"), batch(449, "before"));
    await put(store, create(Message, "a", {}));
    expect(proxy.seen()).toMatchObject({ batch: 4, read: 0 });
    expect(waited).toBeGreaterThanOrEqual(70);
  });

  it("takes 409 and 412 after 449 or 429 for what they are, without looking", async () => {
    const { store } = stores();
    await put(store, create(Message, "a", {}));
    proxy.seen();
    proxy.inject(batch(449, "before"), { ...batch(429, "before"), retryAfterMs: 1 });
    await expect(put(store, create(Message, "a", {}))).rejects.toEqual(new CommitRejected("exists", 0));
    expect(proxy.seen().read).toBe(0);
  });

  it("takes a 412 for the whole batch as the refusal of the etag in it", async () => {
    const { store } = stores();
    const [etag = ""] = await put(store, create(Message, "a", {}));
    proxy.inject(batch(412, "before"));
    const commit = put(store, create(Message, "b", {}), replace(Message, "a", {}, etag));
    await expect(commit).rejects.toEqual(new CommitRejected("stale", 1));
  });

  it.each([401, 403])("says which role is wanting after %s, and does not try again", async (status) => {
    const { store } = stores();
    proxy.inject(batch(status, "before"));
    const denied = {
      code: "unavailable",
      cause: { trouble: "denied", message: expect.stringMatching(/Data Contributor/) },
    };
    await expect(put(store, create(Message, "a", {}))).rejects.toMatchObject(denied);
    expect(proxy.seen()).toMatchObject({ batch: 1, read: 0 });
  });

  it("does not take a full partition for a want of rights, nor for a passing thing", async () => {
    const { store } = stores();
    proxy.inject({ ...batch(403, "before"), substatus: 1014 });
    await expect(put(store, create(Message, "a", {}))).rejects.not.toMatchObject({ code: "unavailable" });
    expect(proxy.seen().batch).toBe(1);
  });

  it("needs no second look when nothing goes wrong", async () => {
    const { store } = stores();
    await put(store, create(Message, "a", {}));
    await expect(put(store, create(Message, "a", {}))).rejects.toEqual(new CommitRejected("exists", 0));
    expect(proxy.seen()).toMatchObject({ batch: 2, read: 0 });
  });
});

describe.each(UNSURE)("a commit that met %s", (status) => {
  it("is written by the retry when the server had not seen it", async () => {
    const { store, other } = stores();
    proxy.inject(batch(status, "before"));
    const [etag] = await put(store, create(Message, "a", { n: 1 }));
    expect(await other.read(Message, ["c"], "a")).toMatchObject({ value: { n: 1 }, etag });
  });

  it("succeeds, with the right etags, when the server had written it", async () => {
    const { store, other } = stores();
    const [etag = ""] = await put(other, create(Message, "b", {}), create(Message, "d", {}));
    proxy.inject(batch(status, "after"));
    const etags = await put(
      store,
      create(Message, "a", { n: 1 }),
      replace(Message, "b", { n: 1 }, etag),
      upsert(Message, "c", { n: 1 }),
      remove(Message, "d"),
    );
    expect(etags).toEqual([await etagOf(other, "a"), await etagOf(other, "b"), await etagOf(other, "c"), ""]);
    expect(await etagOf(other, "d")).toBeUndefined();
  });

  it("succeeds when the server had replaced a document, and is not called stale", async () => {
    const { store, other } = stores();
    const [etag = ""] = await put(other, create(Message, "a", { n: 1 }));
    proxy.inject(batch(status, "after"), batch(status, "before"));
    expect(await put(store, replace(Message, "a", { n: 2 }, etag))).toEqual([await etagOf(other, "a")]);
    expect((await other.read(Message, ["c"], "a"))?.value).toEqual({ n: 2 });
  });

  it("succeeds though another has written over a part of it since", async () => {
    const { store, other } = stores();
    const meanwhile = async () => {
      await put(other, upsert(Message, "a", { n: 2 }));
    };
    proxy.inject(batch(status, "after", meanwhile));
    const [first, second] = await put(store, create(Message, "a", { n: 1 }), create(Note, "a", { n: 1 }));
    expect(first).not.toBe(await etagOf(other, "a"));
    expect(second).toBe((await other.read(Note, ["c"], "a"))?.etag);
    await expect(put(store, replace(Message, "a", {}, first ?? ""))).rejects.toEqual(new CommitRejected("stale", 0));
  });

  it("is not called refused when another has written over all of it since: that cannot be known", async () => {
    const { store, other } = stores();
    const meanwhile = async () => {
      await put(other, upsert(Message, "a", { n: 2 }));
    };
    proxy.inject(batch(status, "after", meanwhile));
    await expect(put(store, create(Message, "a", { n: 1 }))).rejects.toEqual(UNAVAILABLE);
    await expect(put(store, create(Message, "a", { n: 1 }))).rejects.toEqual(new CommitRejected("exists", 0));
  });

  it("is not called written when another was first", async () => {
    const { store, other } = stores();
    const meanwhile = async () => {
      await put(other, create(Message, "a", { n: 2 }));
    };
    proxy.inject(batch(status, "before", meanwhile));
    await expect(put(store, create(Message, "a", { n: 1 }))).rejects.toEqual(UNAVAILABLE);
    expect((await other.read(Message, ["c"], "a"))?.value).toEqual({ n: 2 });
  });

  it("is refused when a document still bears the etag it would have replaced", async () => {
    const { store, other } = stores();
    const [etag = ""] = await put(other, create(Message, "a", {}), create(Message, "taken", {}));
    proxy.inject(batch(status, "before"));
    const commit = put(store, replace(Message, "a", { n: 1 }, etag), create(Message, "taken", {}));
    await expect(commit).rejects.toEqual(new CommitRejected("exists", 1));
  });

  it("cannot know who removed what it removed", async () => {
    const { store, other } = stores();
    await put(other, create(Message, "a", {}));
    proxy.inject(batch(status, "after"));
    await expect(put(store, remove(Message, "a"))).rejects.toEqual(UNAVAILABLE);
    await put(other, create(Message, "a", {}));
    proxy.inject(batch(status, "before"));
    expect(await put(store, remove(Message, "a"))).toEqual([""]);
  });

  it("is unavailable after a bounded number of tries", async () => {
    const { store } = stores();
    proxy.inject(...Array.from({ length: 6 }, () => batch(status, "before")));
    await expect(put(store, create(Message, "a", {}))).rejects.toEqual(UNAVAILABLE);
    expect(proxy.seen().batch).toBe(6);
  });
});

describe("a commit that the SDK itself has tried twice", () => {
  it("is known as our own, though only the SDK saw the first answer", async () => {
    const { store, other } = stores(regional);
    await store.read(Message, ["c"], "a");
    proxy.seen();
    proxy.inject(batch(503, "after"));
    const [etag] = await put(store, create(Message, "a", { n: 1 }));
    expect(etag).toBe(await etagOf(other, "a"));
    expect(proxy.seen()).toMatchObject({ batch: 2, read: 1 });
  });
});

describe("reads, queries and the feed", () => {
  const kinds = ["read", "query", "feed"] as const;
  const run = {
    read: ({ store }: Pair) => store.read(Message, ["c"], "a"),
    query: async ({ store }: Pair) => {
      expect((await store.query(Message, { partition: ["c"] })).items).toHaveLength(1);
      return (await store.query(Message, { partition: [] })).items[0];
    },
    feed: async () => (await documents.changes("conversations", undefined, 1000)).items.at(-1),
  };
  it.each(kinds.flatMap((on) => [408, 449, 503, "cut" as const].map((status) => [on, status] as const)))(
    "%s is tried again after %s",
    async (on, status) => {
      const pair = stores();
      await put(pair.other, create(Message, "a", { n: 1 }));
      proxy.inject(
        { on, status, when: "after" },
        ...(status === "cut" ? [] : [{ on, status, when: "before" } as const]),
      );
      expect(await run[on](pair)).toMatchObject({ id: "a" });
    },
  );

  it.each(kinds)("%s waits as 429 says", async (on) => {
    const pair = stores();
    await put(pair.other, create(Message, "a", {}));
    proxy.inject({ on, status: 429, retryAfterMs: 5, when: "before" });
    expect(await run[on](pair)).toMatchObject({ id: "a" });
  });

  it.each(kinds)("%s is unavailable after bounded retries", async (on) => {
    const pair = stores();
    await put(pair.other, create(Message, "a", {}));
    proxy.inject(...Array.from({ length: 6 }, (): Fault => ({ on, status: 503, when: "before" })));
    await expect(run[on](pair)).rejects.toEqual(UNAVAILABLE);
  });

  it.each(kinds)("%s says which role is wanting after 403", async (on) => {
    const pair = stores();
    await put(pair.other, create(Message, "a", {}));
    proxy.inject({ on, status: 403, when: "before" });
    await expect(run[on](pair)).rejects.toMatchObject({ code: "unavailable", cause: { trouble: "denied" } });
  });

  it("does not take a missing container for a missing document", async () => {
    const pair = stores();
    proxy.inject({ on: "read", status: 404, substatus: 1003, when: "before" });
    await expect(run.read(pair)).rejects.toMatchObject({ trouble: "incomplete" });
  });

  it("does not take a replica that lags behind for a missing document", async () => {
    const pair = stores();
    await put(pair.other, create(Message, "a", {}));
    proxy.inject({ on: "read", status: 404, substatus: 1002, when: "before" });
    expect(await run.read(pair)).toBeDefined();
  });

  it("drains the empty pages that come before the full ones", async () => {
    const pair = stores();
    await put(pair.other, create(Message, "a", {}));
    await pair.store.query(Message, { partition: ["c"] });
    expect(proxy.seen().query).toBe(2);
  });
});

describe("any run of faults", () => {
  const fault = fc.record({
    status: fc.constantFrom<Fault["status"]>(408, 429, 449, 500, 503, "cut"),
    when: fc.constantFrom<Fault["when"]>("before", "after"),
  });
  it("never reports refused what was written, nor written what was not", async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 5 }), fc.boolean(), async (faults, taken) => {
        const { store, other } = stores();
        const id = `m${number++}`;
        if (taken) await put(other, create(Message, id, { by: "other" }));
        // 429 and 449 say that nothing was written, so they never come after the work was done.
        const line = faults.map(
          ({ status, when }): Fault => ({
            ...batch(status, status === 429 || status === 449 ? "before" : when),
            retryAfterMs: 1,
          }),
        );
        proxy.inject(...line);
        const result: unknown = await put(store, create(Message, id, { by: "us" }), create(Note, id, {})).then(
          () => "written",
          (error: unknown) => error,
        );
        const found = (await other.read(Message, ["c"], id))?.value;
        const note = await other.read(Note, ["c"], id);
        expect(note !== undefined).toBe(found?.by === "us");
        if (result === "written") expect(found).toEqual({ by: "us" });
        else if (result instanceof CommitRejected) expect(found).toEqual({ by: "other" });
        else expect(result).toEqual(UNAVAILABLE);
        // Five faults are within the retries: without a rival the commit succeeds.
        if (!taken) expect(result).toBe("written");
        proxy.drop();
      }),
      { numRuns: 60 },
    );
  });
});
