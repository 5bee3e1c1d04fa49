import { describe, expect, it } from "vitest";
import { acme, MINUTE } from "../testing/acme.ts";

const SCOPES = ["configuration.read", "reports.read"];
const KEY = { name: "Reports", scopes: SCOPES };
const LIST = "configuration/whatsapp-channels";

async function withKeys() {
  const harness = await acme();
  const { owner, send } = harness;
  const make = async (body: object = KEY, token = owner.token, headers = {}) => {
    const answer = await send("POST", "api-keys", { token, body, headers });
    return { ...answer.body, status: answer.status, code: answer.body.code };
  };
  const rotate = (id: string, graceSeconds: number, token = owner.token, headers = {}) =>
    send("POST", `api-keys/${id}/rotate`, { token, body: { graceSeconds }, headers });
  const revoke = (id: string, token = owner.token) => send("DELETE", `api-keys/${id}`, { token });
  const list = async () => (await send("GET", "api-keys", { token: owner.token })).body.items;
  const use = async (key: string, path = LIST) => {
    const { status, body } = await send("GET", path, { token: key });
    return [status, body?.code, body?.detail];
  };
  return { ...harness, make, rotate, revoke, list, use };
}

describe("an API key", () => {
  it("is told once, names where it belongs, and is kept as a hash", async () => {
    const { make, list, documents, owner } = await withKeys();
    const { status, key, ...made } = await make();
    expect(status).toBe(201);
    expect(key).toMatch(/^cbk_[0-9a-z]{20}_[0-9a-z]{20}_[0-9a-z]{40}_[0-9a-f]{8}$/);
    expect(key.startsWith(`${made.prefix}_`)).toBe(true);
    expect(key).toContain(owner.tenant.id.slice(4));
    const [listed] = await list();
    expect(listed).toEqual({
      id: made.id,
      prefix: made.prefix,
      ...KEY,
      createdAt: "2026-11-21T08:00:00.000Z",
      createdBy: owner.user.id,
      expiresAt: null,
      lastUsedAt: null,
      rotatedAt: null,
      graceEndsAt: null,
    });
    const stored = JSON.stringify((await documents.changes("identity", undefined, 1000)).items);
    expect(stored).not.toContain(key);
    expect(stored).not.toContain(key.split("_")[3]);
  });

  it("opens what its scopes name, and nothing else", async () => {
    const { make, use, send } = await withKeys();
    const { key } = await make();
    expect(await use(key)).toEqual([200, undefined, undefined]);
    const users = await send("PUT", "configuration/users/anna", { token: key, body: {} });
    expect([users.status, users.body.code]).toEqual([403, "forbidden"]);
    expect((await use(key, "api-keys"))[0]).toBe(403);
  });

  it("acts under its own name", async () => {
    const { make, put, get } = await withKeys();
    const { key, id } = await make({ name: "Setup", scopes: ["configuration.read", "configuration.write"] });
    const channel = {
      name: "Sales",
      phoneNumberId: "106540352242922",
      displayPhoneNumber: "+49 30 901820",
      businessAccountId: "102290129340398",
      accessToken: "EAAG-secret-token",
    };
    expect((await put("configuration/whatsapp-channels/sales", channel, undefined, key)).status).toBe(201);
    const { body } = await get("configuration/changes", key);
    expect(body.items.at(-1).by).toEqual({ type: "key", keyId: id });
  });

  it("has no more scopes than its maker, and rights to give rights from an owner only", async () => {
    const { make, withRole } = await withKeys();
    const admin = (await withRole("ada", "admin")).token;
    const refused = { status: 403, code: "forbidden" };
    expect(await make({ name: "x", scopes: ["users.manage"] }, admin)).toMatchObject(refused);
    expect(await make({ name: "x", scopes: ["tenant.manage"] }, admin)).toMatchObject(refused);
    expect(await make({ name: "x", scopes: ["audit.read"] }, admin)).toMatchObject({ status: 201 });
    expect(await make({ name: "x", scopes: ["users.manage", "tenant.manage"] })).toMatchObject({ status: 201 });
    const supervisor = (await withRole("sue", "supervisor")).token;
    expect(await make(KEY, supervisor)).toMatchObject(refused);
  });

  it("does not raise whoever rotates it above what they may", async () => {
    const { make, rotate, revoke, withRole } = await withKeys();
    const admin = (await withRole("ada", "admin")).token;
    const { id } = await make({ name: "x", scopes: ["tenant.manage"] });
    const { status, body } = await rotate(id, 0, admin);
    expect([status, body.code]).toEqual([403, "forbidden"]);
    expect((await revoke(id, admin)).status).toBe(204);
  });

  it("makes no other key, whatever its scopes, and may revoke", async () => {
    const { make, rotate, revoke } = await withKeys();
    const { key, id } = await make({ name: "x", scopes: ["users.manage", "reports.read"] });
    expect(await make(KEY, key)).toMatchObject({ status: 403, code: "forbidden" });
    expect((await rotate(id, 0, key)).status).toBe(403);
    expect((await revoke(id, key)).status).toBe(204);
  });

  it.each([
    [{ ...KEY, scopes: [] }],
    [{ ...KEY, scopes: ["everything"] }],
    [{ ...KEY, name: " " }],
    [{ ...KEY, expiresAt: "2026-11-21T07:59:59.000Z" }],
    [{ ...KEY, expiresAt: "tomorrow" }],
    [{ ...KEY, key: "mine" }],
  ])("is not made of %j", async (body) => {
    const { make } = await withKeys();
    expect(await make(body)).toMatchObject({ status: 400, code: "invalid-request" });
  });

  it("ends at its time", async () => {
    const { make, use, clock, events, send } = await withKeys();
    const { key, id } = await make({ ...KEY, expiresAt: "2026-11-21T08:10:00.000Z" });
    clock.advance(10 * MINUTE - 1);
    expect((await use(key))[0]).toBe(200);
    clock.advance(1);
    expect(await use(key)).toEqual([401, "unauthenticated", "This API key does not count. It has expired."]);
    expect(events.map(({ type }) => type)).not.toContain("api-key.revoked");
    expect((await send("GET", "api-keys", { token: key })).headers.get("www-authenticate")).toBe("Bearer");
    expect(id).toMatch(/^key_/);
  });

  it("is revoked at once here, and within 5 s where it is known", async () => {
    const { make, use, revoke, newMachines, clock, list } = await withKeys();
    const elsewhere = newMachines();
    const { key, id } = await make();
    expect(await elsewhere.authenticate(key, "1.1.1.1")).toMatchObject({ actor: { type: "key", keyId: id } });
    expect((await revoke(id)).status).toBe(204);
    expect(await use(key)).toEqual([401, "unauthenticated", "This API key does not count. It was revoked."]);
    clock.advance(5000);
    await expect(elsewhere.authenticate(key, "1.1.1.1")).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await list()).toEqual([]);
    expect((await revoke(id)).status).toBe(404);
  });

  it("keeps its former secret for the grace, to the millisecond, and no longer than a later one says", async () => {
    const { make, use, rotate, clock, list } = await withKeys();
    const { key: first, id } = await make();
    const { body } = await rotate(id, 60);
    expect(body).toMatchObject({ id, rotatedAt: "2026-11-21T08:00:00.000Z", graceEndsAt: "2026-11-21T08:01:00.000Z" });
    clock.advance(MINUTE - 1);
    expect([await use(first), await use(body.key)].map(([status]) => status)).toEqual([200, 200]);
    clock.advance(1);
    expect((await use(first))[2]).toMatch(/rotated/);
    const third = (await rotate(id, 3600)).body.key;
    const fourth = (await rotate(id, 0)).body.key;
    const statuses = [first, body.key, third, fourth].map(async (key) => (await use(key))[0]);
    expect(await Promise.all(statuses)).toEqual([401, 401, 401, 200]);
    expect((await list())[0].graceEndsAt).toBe(null);
  });

  it("has at most four former secrets at once", async () => {
    const { make, rotate } = await withKeys();
    const { id } = await make();
    for (let n = 0; n < 4; n++) expect((await rotate(id, 60)).status).toBe(200);
    expect((await rotate(id, 60)).body).toMatchObject({ status: 409, code: "conflict" });
    expect((await rotate(id, 0)).status).toBe(200);
    expect((await rotate(id, 7 * 24 * 3600 + 1)).status).toBe(400);
  });

  it("is made, and rotated, once under one idempotency key", async () => {
    const { make, rotate, list, owner } = await withKeys();
    const once = { "idempotency-key": "once" };
    const { id } = await make(KEY, owner.token, once);
    expect(await make(KEY, owner.token, once)).toMatchObject({ status: 409, code: "conflict" });
    expect(await list()).toHaveLength(1);
    expect((await rotate(id, 60, owner.token, once)).status).toBe(200);
    expect((await rotate(id, 60, owner.token, once)).body.code).toBe("conflict");
    expect((await rotate(id, 60, owner.token, { "idempotency-key": "again" })).status).toBe(200);
  });

  it("is one of at most a hundred, however many are made at once", async () => {
    const { make, list, revoke } = await withKeys();
    for (let n = 0; n < 95; n++) expect((await make({ ...KEY, name: `${n}` })).status).toBe(201);
    const last = await Promise.all(Array.from({ length: 10 }, () => make()));
    expect(last.map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 201, 201, 409, 409, 409, 409, 409]);
    expect(last.find(({ status }) => status === 409).code).toBe("too-many-items");
    const { id } = (await list())[0];
    await revoke(id);
    expect((await make()).status).toBe(201);
  });

  it("is told of by events, without a secret and with whence it came", async () => {
    const { make, rotate, revoke, events, owner } = await withKeys();
    const { key, id } = await make();
    const rotated = (await rotate(id, 60)).body.key;
    await revoke(id);
    const told = events.filter(({ type }) => type.startsWith("api-key."));
    const actor = { type: "user", userId: owner.user.id };
    expect(told).toMatchObject([
      { type: "api-key.created", subject: id, actor, data: { keyId: id, ...KEY, expiresAt: null } },
      { type: "api-key.rotated", subject: id, actor, data: { keyId: id, name: "Reports", graceSeconds: 60 } },
      { type: "api-key.revoked", subject: id, actor, data: { keyId: id, name: "Reports" } },
    ]);
    const text = JSON.stringify(told);
    for (const secret of [key, rotated]) expect(text).not.toContain(secret.split("_")[3]);
  });
});
