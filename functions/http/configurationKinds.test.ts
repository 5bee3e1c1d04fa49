import { describe, expect, it } from "vitest";
import { AGENT, ANNA, acme, CHANNEL, MINUTE, OWN_APP, SALES } from "../testing/acme.ts";

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
