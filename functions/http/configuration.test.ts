import { describe, expect, it } from "vitest";
import { identityHarness, PASSWORD, PUBLIC_URL } from "../testing/identityHarness.ts";

const MINUTE = 60_000;
const CHANNEL = {
  name: "Sales",
  phoneNumberId: "106540352242922",
  displayPhoneNumber: "+49 30 901820",
  businessAccountId: "102290129340398",
  accessToken: "EAAG-secret-token",
};
const OWN_APP = { appSecret: "app-secret-1234", verifyToken: "verify-token-1234" };
const AGENT = { name: "Anna", email: "anna@acme.test", role: "agent", password: PASSWORD };
const SALES = "configuration/whatsapp-channels/sales";
const ANNA = "configuration/users/anna";

async function acme() {
  const harness = identityHarness();
  const owner = await harness.newTenant("acme");
  const { send } = harness;
  /** PUT and DELETE with the version they name. */
  const put = (path: string, body: unknown, ifMatch?: string, token = owner.token) =>
    send("PUT", path, { token, body, headers: ifMatch === undefined ? {} : { "if-match": ifMatch } });
  const remove = (path: string, ifMatch?: string, token = owner.token) =>
    send("DELETE", path, { token, headers: ifMatch === undefined ? {} : { "if-match": ifMatch } });
  const get = (path: string, token = owner.token) => send("GET", path, { token });
  const withRole = async (id: string, role: string) => {
    const email = `${id}@acme.test`;
    const { status } = await put(`configuration/users/${id}`, { name: id, email, role, password: PASSWORD });
    if (status !== 201) throw new Error(`PUT answered ${status}`);
    return harness.signIn("acme", email);
  };
  return { ...harness, owner, put, remove, get, withRole };
}

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

describe("whatsapp-channels", () => {
  it("keep secrets encrypted, and give them to those who send", async () => {
    const { put, configuration, owner, documents } = await acme();
    await put(SALES, { ...CHANNEL, ...OWN_APP });
    const { items } = await documents.changes("configuration", undefined, 1000);
    for (const secret of [CHANNEL.accessToken, ...Object.values(OWN_APP)])
      expect(JSON.stringify(items)).not.toContain(secret);
    expect(await configuration.whatsappChannel(owner.tenant.id, "sales")).toEqual({
      tenantId: owner.tenant.id,
      channelId: "sales",
      ...CHANNEL,
      ...OWN_APP,
    });
    expect(await configuration.whatsappChannel(owner.tenant.id, "support")).toBeUndefined();
  });

  it("hear of a change at once where it was made, and within ten seconds elsewhere", async () => {
    const { put, configuration, newConfiguration, owner, clock } = await acme();
    await put(SALES, CHANNEL);
    const elsewhere = newConfiguration();
    const tokens = async () =>
      Promise.all(
        [configuration, elsewhere].map(
          async (each) => (await each.whatsappChannel(owner.tenant.id, "sales"))?.accessToken,
        ),
      );
    expect(await tokens()).toEqual([CHANNEL.accessToken, CHANNEL.accessToken]);
    await put(SALES, { ...CHANNEL, accessToken: "new" }, "*");
    expect(await tokens()).toEqual(["new", CHANNEL.accessToken]);
    clock.advance(10_000);
    expect(await tokens()).toEqual(["new", "new"]);
  });

  it("are found by number and by key, and have a webhook of their own with an app of their own", async () => {
    const { put, get, configuration, owner } = await acme();
    expect(await configuration.channelByPhoneNumberId(CHANNEL.phoneNumberId)).toBeUndefined();
    await put(SALES, CHANNEL);
    const address = { tenantId: owner.tenant.id, channelId: "sales" };
    expect(await configuration.channelByPhoneNumberId(CHANNEL.phoneNumberId)).toEqual(address);
    const { body } = await put(SALES, { ...CHANNEL, ...OWN_APP }, "*");
    const [, key = ""] =
      /^https:\/\/cordboard\.test\/api\/webhooks\/whatsapp\/([\w-]{32})$/.exec(body.webhookUrl) ?? [];
    expect(await configuration.channelByWebhookKey(key)).toMatchObject({
      ...address,
      ...OWN_APP,
      phoneNumberId: CHANNEL.phoneNumberId,
    });
    expect(await configuration.channelByWebhookKey("guess")).toBeUndefined();
    await put(SALES, { ...CHANNEL, name: "Renamed" }, "*");
    expect((await get(SALES)).body.webhookUrl).toBe(body.webhookUrl);
  });

  it("have a number each, in the whole installation, until they give it up", async () => {
    const { put, remove, newTenant, configuration, clock } = await acme();
    const bolt = await newTenant("bolt");
    await put(SALES, CHANNEL);
    const support = "configuration/whatsapp-channels/support";
    for (const taken of [await put(support, CHANNEL), await put(SALES, CHANNEL, undefined, bolt.token)]) {
      expect(taken.status).toBe(409);
      expect(taken.body).toMatchObject({ code: "phone-number-taken", errors: [{ path: "body.phoneNumberId" }] });
    }
    clock.advance(9 * MINUTE);
    expect((await put(SALES, CHANNEL, undefined, bolt.token)).status).toBe(409);
    await put(SALES, { ...CHANNEL, phoneNumberId: "99999" }, "*");
    expect((await put(SALES, CHANNEL, undefined, bolt.token)).status).toBe(201);
    expect((await remove(SALES, "*")).status).toBe(204);
    expect((await put(support, { ...CHANNEL, phoneNumberId: "99999" })).status).toBe(201);
    expect(await configuration.channelByPhoneNumberId("99999")).toMatchObject({ channelId: "support" });
  });

  it("take over a number that a crash left claimed", async () => {
    const { put, directory, clock, owner } = await acme();
    const entry = { tenantId: owner.tenant.id, channelId: "crashed", claimedAt: clock.now().toISOString() };
    await directory.claim("whatsapp-phone-number-id", CHANNEL.phoneNumberId, entry);
    expect((await put(SALES, CHANNEL)).status).toBe(409);
    clock.advance(6 * MINUTE);
    const fresh = await put(SALES, CHANNEL);
    expect(fresh.status).toBe(201);
  });

  it.each([
    ["accessToken", { accessToken: undefined }],
    ["verifyToken", { appSecret: OWN_APP.appSecret }],
    ["appSecret", { verifyToken: OWN_APP.verifyToken }],
    ["phoneNumberId", { phoneNumberId: "+49" }],
  ])("are refused without a right %s", async (field, wrong) => {
    const { put } = await acme();
    const { status, body } = await put(SALES, { ...CHANNEL, ...wrong });
    expect(status).toBe(400);
    expect(body.errors[0].path).toBe(`body.${field}`);
  });

  it("show their health, tell of news only, and recover with a new token", async () => {
    const { put, get, remove, configuration, events, owner } = await acme();
    await put(SALES, CHANNEL);
    const fail = () => configuration.setChannelHealth(owner.tenant.id, "sales", "failing", "Token invalid");
    await fail();
    await fail();
    const news = () => events.filter(({ type }) => type === "channel.health-changed");
    expect(news()).toMatchObject([{ subject: "sales", data: { channelId: "sales", health: { state: "failing" } } }]);
    expect((await get(SALES)).body.health).toEqual({
      state: "failing",
      reason: "Token invalid",
      since: "2026-11-21T08:00:00.000Z",
    });
    expect((await get(SALES)).body.revision).toBe(2);
    expect((await put(SALES, CHANNEL, '"2"')).body.health.state).toBe("healthy");
    expect(news()).toHaveLength(2);
    await remove(SALES, "*");
    expect((await put(SALES, CHANNEL)).body.health).toBeUndefined();
  });
});

describe("users", () => {
  it("sign in with what was set, never show it, and lose the old password with the new", async () => {
    const { put, get, signIn, send } = await acme();
    const { body } = await put(ANNA, AGENT);
    expect(Object.keys(body).sort()).toEqual(["active", "email", "id", "name", "revision", "role", "updatedAt"]);
    expect((await get(ANNA)).body).toEqual(body);
    const anna = await signIn("acme", AGENT.email);
    expect(anna.user).toEqual({ id: "anna", name: "Anna", email: AGENT.email, role: "agent" });
    await put(ANNA, { ...AGENT, password: "another long password" }, "*");
    expect((await send("POST", "auth/refresh", { jar: anna.jar })).status).toBe(401);
    await expect(signIn("acme", AGENT.email)).rejects.toThrow("401");
    await signIn("acme", AGENT.email, "another long password");
  });

  it("keep the session in which they change their own password", async () => {
    const { put, owner, send, signIn } = await acme();
    const elsewhere = await signIn("acme", owner.email);
    const path = `configuration/users/${owner.user.id}`;
    const input = { name: "Olive", email: owner.email, role: "owner", password: "another long password" };
    expect((await put(path, input, "*")).status).toBe(200);
    expect((await send("POST", "auth/refresh", { jar: owner.jar })).status).toBe(200);
    expect((await send("POST", "auth/refresh", { jar: elsewhere.jar })).status).toBe(401);
  });

  it("are out at their next refresh once inactive, also when they come back, and their sockets close", async () => {
    const { put, withRole, send, closedUsers } = await acme();
    const { jar } = await withRole("anna", "agent");
    const { password: _, ...anna } = AGENT;
    await put(ANNA, { ...anna, active: false }, "*");
    expect(closedUsers).toEqual(["anna"]);
    await put(ANNA, anna, "*");
    expect((await send("POST", "auth/refresh", { jar })).status).toBe(401);
  });

  it("refresh into the role they have by then", async () => {
    const { put, withRole, send } = await acme();
    const { jar } = await withRole("anna", "admin");
    const { password: _, ...anna } = AGENT;
    await put(ANNA, anna, "*");
    const { body } = await send("POST", "auth/refresh", { jar });
    expect(body.user.role).toBe("agent");
    expect((await put(SALES, CHANNEL, undefined, body.accessToken)).status).toBe(403);
  });

  it("have an address each, free again once given up, and the same one in another tenant", async () => {
    const { put, remove, newTenant } = await acme();
    await put(ANNA, AGENT);
    const ben = "configuration/users/ben";
    const taken = await put(ben, { ...AGENT, email: "ANNA@acme.test" });
    expect(taken.status).toBe(409);
    expect(taken.body).toMatchObject({ code: "email-taken", errors: [{ path: "body.email" }] });
    const bolt = await newTenant("bolt");
    expect((await put(ANNA, AGENT, undefined, bolt.token)).status).toBe(201);
    await put(ANNA, { ...AGENT, email: "anna2@acme.test" }, "*");
    expect((await put(ben, AGENT)).status).toBe(201);
    expect((await remove(ben, "*")).status).toBe(204);
    expect((await put(ANNA, AGENT, "*")).status).toBe(200);
  });

  it("take one address once, whoever asks at the same time", async () => {
    const { put } = await acme();
    const answers = await Promise.all(["a", "b", "c", "d"].map((id) => put(`configuration/users/${id}`, AGENT)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it("do not get in by the sessions of a namesake who was deleted", async () => {
    const { put, remove, withRole, send } = await acme();
    const { jar } = await withRole("anna", "admin");
    await remove(ANNA, "*");
    expect((await put(ANNA, AGENT)).status).toBe(201);
    expect((await send("POST", "auth/refresh", { jar })).status).toBe(401);
  });

  it("need a password to begin with", async () => {
    const { put } = await acme();
    const { password: _, ...anna } = AGENT;
    const { status, body } = await put(ANNA, anna);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ path: "body.password", message: "Required on creation" }]);
  });

  it("always have an owner, also when two owners demote each other", async () => {
    const { put, remove, owner, withRole, get } = await acme();
    const self = `configuration/users/${owner.user.id}`;
    const input = { name: "Olive", email: owner.email, role: "owner" };
    for (const refused of [
      await put(self, { ...input, role: "admin" }, "*"),
      await put(self, { ...input, active: false }, "*"),
      await remove(self, "*"),
    ]) {
      expect(refused.status).toBe(409);
      expect(refused.body.code).toBe("last-owner");
    }
    const second = await withRole("second", "owner");
    const answers = await Promise.all([
      put(self, { ...input, role: "admin" }, "*", second.token),
      put("configuration/users/second", { name: "S", email: "second@acme.test", role: "admin" }, "*"),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { body } = await get("configuration/users");
    expect(body.items.filter(({ role }: { role: string }) => role === "owner")).toHaveLength(1);
  });

  it("are made, changed and removed as owners by owners only", async () => {
    const { put, remove, owner, withRole } = await acme();
    const admin = await withRole("admin", "admin");
    const self = `configuration/users/${owner.user.id}`;
    const input = { name: "Olive", email: owner.email, role: "admin", password: "taken over by admin" };
    for (const refused of [
      await put(self, input, "*", admin.token),
      await put(self, { ...input, role: "owner" }, "*", admin.token),
      await put("configuration/users/admin", { ...AGENT, email: "admin@acme.test", role: "owner" }, "*", admin.token),
      await put("configuration/users/fresh", { ...AGENT, role: "owner" }, undefined, admin.token),
      await remove(self, "*", admin.token),
    ])
      expect(refused.status).toBe(403);
    await withRole("second", "owner");
    expect((await remove("configuration/users/second", "*", admin.token)).status).toBe(403);
    expect((await remove("configuration/users/second", "*")).status).toBe(204);
  });
});
