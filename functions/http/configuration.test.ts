import { describe, expect, it } from "vitest";
import { AGENT, ANNA, acme, CHANNEL, MINUTE, OWN_APP, SALES } from "../testing/acme.ts";
import { PASSWORD, PUBLIC_URL } from "../testing/identityHarness.ts";

describe("items", () => {
  it("are created, read, changed in the version that was seen, and deleted", async () => {
    const { put, get, remove } = await acme();
    const created = await put(SALES, CHANNEL);
    expect(created.status).toBe(201);
    const { accessToken: _, ...open } = CHANNEL;
    expect(created.body).toEqual({
      id: "sales",
      ...open,
      secrets: { accessToken: true, appSecret: false, verifyToken: false },
      webhookUrl: `${PUBLIC_URL}/api/webhooks/whatsapp`,
      revision: 2,
      updatedAt: "2026-11-21T08:00:00.000Z",
    });
    const etag = created.headers.get("etag") ?? "";
    expect(etag).toBe('"2"');
    expect((await get(SALES)).body).toEqual(created.body);
    expect((await get(SALES)).headers.get("etag")).toBe(etag);
    const { accessToken: __, ...update } = { ...CHANNEL, name: "Sales EU" };
    expect((await put(SALES, update)).status).toBe(428);
    expect((await put(SALES, update, '"1"')).status).toBe(412);
    const changed = await put(SALES, update, etag);
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ name: "Sales EU", secrets: { accessToken: true }, revision: 3 });
    expect((await put(SALES, CHANNEL, etag)).status).toBe(412);
    expect((await remove(SALES)).status).toBe(428);
    expect((await remove(SALES, etag)).status).toBe(412);
    expect((await remove(SALES, changed.headers.get("etag") ?? "")).status).toBe(204);
    expect((await get(SALES)).status).toBe(404);
    expect((await remove(SALES, '"3"')).status).toBe(404);
    expect((await put(SALES, CHANNEL, '"3"')).status).toBe(412);
  });

  it("are only created with If-None-Match: *", async () => {
    const { send, owner } = await acme();
    const once = { token: owner.token, body: CHANNEL, headers: { "if-none-match": "*" } };
    expect((await send("PUT", SALES, once)).status).toBe(201);
    expect((await send("PUT", SALES, once)).status).toBe(412);
  });

  it("make no revision when nothing changes", async () => {
    const { put } = await acme();
    const { body } = await put(ANNA, AGENT);
    const { password: _, ...same } = AGENT;
    expect((await put(ANNA, same, "*")).body).toEqual(body);
  });

  it("are listed in pages", async () => {
    const { put, send, owner } = await acme();
    for (const id of ["a", "b", "c"]) {
      await put(`configuration/users/${id}`, { ...AGENT, email: `${id}@acme.test` });
    }
    const first = await send("GET", "configuration/users", { token: owner.token, query: { limit: "3" } });
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(["a", "b", "c"]);
    const rest = await send("GET", "configuration/users", {
      token: owner.token,
      query: { limit: "3", cursor: first.body.nextCursor },
    });
    expect(rest.body).toEqual({ items: [expect.objectContaining({ id: owner.user.id })] });
  });

  it("of another tenant are not there", async () => {
    const { put, get, remove, newTenant, send } = await acme();
    await put(SALES, CHANNEL);
    const { token } = await newTenant("bolt");
    expect((await get(SALES, token)).status).toBe(404);
    expect((await remove(SALES, "*", token)).status).toBe(404);
    expect((await get("configuration/whatsapp-channels", token)).body.items).toEqual([]);
    const { body } = await send("GET", "configuration/changes", { token });
    expect(body.items).toHaveLength(1);
  });

  it("are read by agents, and changed by those who may", async () => {
    const { put, get, withRole } = await acme();
    await put(SALES, CHANNEL);
    const [agent, admin] = [await withRole("ag", "agent"), await withRole("ad", "admin")];
    expect((await get(SALES, agent.token)).status).toBe(200);
    expect((await get("configuration/users", agent.token)).status).toBe(200);
    for (const path of [SALES, ANNA]) {
      const body = path === SALES ? CHANNEL : AGENT;
      expect((await put(path, body, "*", agent.token)).status).toBe(403);
    }
    expect((await put(SALES, CHANNEL, "*", admin.token)).status).toBe(200);
    expect((await put(ANNA, AGENT, undefined, admin.token)).status).toBe(201);
  });

  it.each(["A", "-a", "a".repeat(64), "a.b"])("have no id like %s", async (id) => {
    const { put } = await acme();
    expect((await put(`configuration/users/${id}`, AGENT)).status).toBe(404);
  });
});

describe("a write that a crash ends anywhere", () => {
  it.each([
    [SALES, { ...CHANNEL, ...OWN_APP }, { ...CHANNEL, name: "Sales EU", phoneNumberId: "777777" }],
    [ANNA, AGENT, { ...AGENT, email: "anna2@acme.test", password: "another long password" }],
  ])("is completed by writing %s again", async (path, created, changed) => {
    for (const after of [false, true]) {
      for (let commit = 1; commit <= 6; commit++) {
        const { put, get, remove, crash, clock } = await acme();
        const crashing = async (write: () => Promise<unknown>) => {
          Object.assign(crash, { inCommit: commit, after });
          await write();
          crash.inCommit = undefined;
        };
        await crashing(() => put(path, created));
        const exists = (await get(path)).status === 200;
        expect((await put(path, created, exists ? "*" : undefined)).status).toBe(exists ? 200 : 201);
        await crashing(() => put(path, changed, "*"));
        expect((await put(path, changed, "*")).status).toBe(200);
        const { password: _, accessToken: __, ...shown } = { password: "", accessToken: "", ...changed };
        expect((await get(path)).body).toMatchObject(shown);
        await crashing(() => remove(path, "*"));
        expect([204, 404]).toContain((await remove(path, "*")).status);
        clock.advance(6 * MINUTE);
        const elsewhere = path.replace(/\w+$/, "elsewhere");
        expect((await put(elsewhere, created)).status).toBe(201);
        expect((await put(elsewhere, changed, "*")).status).toBe(200);
      }
    }
  });
});

describe("changes", () => {
  it("number every write, tell before and after, and hold no secret", async () => {
    const { put, remove, send, owner } = await acme();
    await put(SALES, { ...CHANNEL, ...OWN_APP });
    await put(SALES, { ...CHANNEL, name: "Sales EU" }, "*");
    await remove(SALES, "*");
    await put(ANNA, AGENT);
    const { body } = await send("GET", "configuration/changes", { token: owner.token, query: { after: "1" } });
    expect(body.revision).toBe(5);
    expect(body.items).toMatchObject([
      { revision: 2, kind: "whatsapp-channels", id: "sales", action: "created", before: null },
      { revision: 3, action: "updated", before: { name: "Sales" }, after: { name: "Sales EU" } },
      { revision: 4, action: "deleted", before: { name: "Sales EU" }, after: null, secretsChanged: [] },
      { revision: 5, kind: "users", id: "anna", action: "created", secretsChanged: ["password"] },
    ]);
    expect(body.items[0].secretsChanged).toEqual(["accessToken", "appSecret", "verifyToken"]);
    expect(body.items[0].by).toEqual({ type: "user", userId: owner.user.id });
    const text = JSON.stringify(body);
    for (const secret of [CHANNEL.accessToken, OWN_APP.appSecret, OWN_APP.verifyToken, PASSWORD, "$argon2", "v1."])
      expect(text).not.toContain(secret);
  });

  it("commit with their event", async () => {
    const { put, events, owner } = await acme();
    await put(SALES, CHANNEL);
    expect(events.at(-1)).toMatchObject({
      type: "configuration.changed",
      tenantId: owner.tenant.id,
      data: { kind: "whatsapp-channels", id: "sales", action: "created", revision: 2 },
    });
  });

  it("are numbered without gaps when many are made at once", async () => {
    const { put, send, owner } = await acme();
    const ids = Array.from({ length: 25 }, (_, i) => `u${i}`);
    const answers = await Promise.all(
      ids.map((id) => put(`configuration/users/${id}`, { ...AGENT, email: `${id}@acme.test` })),
    );
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 201));
    const { body } = await send("GET", "configuration/changes", { token: owner.token });
    expect(body.items.map(({ revision }: { revision: number }) => revision)).toEqual(
      Array.from({ length: 26 }, (_, i) => i + 1),
    );
  });

  it("let one of two through who change the same version", async () => {
    const { put } = await acme();
    await put(ANNA, AGENT);
    const { password: _, ...anna } = AGENT;
    const names = ["Anna A", "Anna B", "Anna C"];
    const answers = await Promise.all(names.map((name) => put(ANNA, { ...anna, name }, '"2"')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });

  it("are waited for until the time is up", async () => {
    const { send, owner, clock } = await acme();
    const before = clock.now().getTime();
    const query = { after: "1", wait: "20" };
    const { status, body } = await send("GET", "configuration/changes", { token: owner.token, query });
    expect({ status, body }).toEqual({ status: 200, body: { items: [], revision: 1 } });
    expect(clock.now().getTime() - before).toBe(20_000);
    const tooLong = await send("GET", "configuration/changes", { token: owner.token, query: { wait: "26" } });
    expect(tooLong.status).toBe(400);
  });
});
