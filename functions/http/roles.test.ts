import { describe, expect, it } from "vitest";
import { PERMISSIONS, ROLE_PERMISSIONS } from "../../shared/platform/caller.ts";
import { AGENT, ANNA, acme } from "../testing/acme.ts";

const HR = "configuration/roles/hr";
const READER = { name: "Reader", permissions: ["conversations.read", "configuration.read"] };
/** Agents and what they need to be managed. */
const STAFF = { name: "Staff", permissions: [...ROLE_PERMISSIONS.agent, "users.manage"] };
const { password: _, ...WITHOUT_PASSWORD } = AGENT;

async function acmeWithRoles() {
  const harness = await acme();
  const { put, send, withRole } = harness;
  expect((await put("configuration/roles/reader", READER)).status).toBe(201);
  expect((await put(HR, STAFF)).status).toBe(201);
  const giveAnna = (role: string, token?: string) => put(ANNA, { ...WITHOUT_PASSWORD, role }, "*", token);
  const me = async (token: string) => (await send("GET", "me", { token })).body;
  return { ...harness, giveAnna, me, anna: await withRole("anna", "reader") };
}

describe("custom roles", () => {
  it("are sets, in the order of the catalogue, and have at least one permission", async () => {
    const { put, get } = await acme();
    const twice = { name: " Reader ", permissions: [...READER.permissions, "conversations.read"] };
    expect((await put(HR, twice)).body).toEqual({
      id: "hr",
      revision: 2,
      updatedAt: expect.any(String),
      name: "Reader",
      permissions: ["configuration.read", "conversations.read"],
    });
    expect((await get("configuration/roles")).body.items).toHaveLength(1);
    for (const permissions of [[], ["conversations.write"], ["*"], undefined])
      expect((await put(HR, { ...READER, permissions }, "*")).status).toBe(400);
  });

  it("leave the built-in roles what they are", async () => {
    const { put } = await acme();
    for (const id of ["owner", "admin", "supervisor", "agent"]) {
      const { status, body } = await put(`configuration/roles/${id}`, READER);
      expect([status, body.code]).toEqual([409, "role-reserved"]);
    }
  });

  it("decide what who has one may do, also at doors, and are told by the token", async () => {
    const { anna, get, put, me } = await acmeWithRoles();
    expect(anna.user.role).toBe("reader");
    expect(await me(anna.token)).toMatchObject({ role: "reader", permissions: READER.permissions.toSorted() });
    const [, payload = ""] = anna.token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    expect(claims).toMatchObject({ role: "reader", scope: "configuration.read conversations.read" });
    expect((await get("configuration/users", anna.token)).status).toBe(200);
    expect((await put(HR, STAFF, "*", anna.token)).status).toBe(403);
  });

  it("reach who has one at the next refresh, and no token with what was taken away is good any more", async () => {
    const { anna, put, get, send } = await acmeWithRoles();
    await put("configuration/roles/reader", { ...READER, permissions: ["conversations.read"] }, "*");
    expect((await get("configuration/users", anna.token)).status).toBe(401);
    const { body } = await send("POST", "auth/refresh", { jar: anna.jar });
    expect((await get("configuration/users", body.accessToken)).body.code).toBe("forbidden");
    await put("configuration/roles/reader", READER, "*");
    const again = await send("POST", "auth/refresh", { jar: anna.jar });
    expect((await get("configuration/users", again.body.accessToken)).status).toBe(200);
  });

  it("cannot be deleted while somebody has them", async () => {
    const { remove, giveAnna, get } = await acmeWithRoles();
    const refused = await remove("configuration/roles/reader", "*");
    expect([refused.status, refused.body.code]).toEqual([409, "role-in-use"]);
    await giveAnna("agent");
    expect((await remove("configuration/roles/reader", "*")).status).toBe(204);
    expect((await get("configuration/roles/reader")).status).toBe(404);
    const gone = await giveAnna("reader");
    expect(gone.body.errors).toEqual([{ path: "body.role", message: "There is no such role" }]);
  });

  it("tell of their changes with what they were before", async () => {
    const { put, remove, events } = await acme();
    await put(HR, READER);
    await put(HR, READER, "*");
    await put(HR, STAFF, "*");
    await remove(HR, "*");
    const told = events.filter(({ type }) => type.startsWith("role."));
    const reader = { name: "Reader", permissions: READER.permissions.toSorted() };
    expect(told).toMatchObject([
      { type: "role.created", subject: "hr", data: { roleId: "hr", ...reader } },
      { type: "role.changed", data: { name: "Staff", before: reader } },
      { type: "role.deleted", data: { roleId: "hr", name: "Staff" } },
    ]);
  });

  it("are at most a hundred", async () => {
    const { put } = await acme();
    for (let i = 0; i < 100; i++) expect((await put(`configuration/roles/r${i}`, READER)).status).toBe(201);
    expect((await put(HR, READER)).body.code).toBe("too-many-items");
    expect((await put("configuration/roles/r7", STAFF, "*")).status).toBe(200);
  });
});

describe("permissions", () => {
  it("are given by those who have them only, by any way", async () => {
    const { put, giveAnna, remove, withRole, owner } = await acmeWithRoles();
    const staff = await withRole("staff", "hr");
    await withRole("boss", "admin");
    const boss = "configuration/users/boss";
    const input = { name: "Boss", email: "boss@acme.test" };
    const more = { name: "More", permissions: [...STAFF.permissions, "data.export"] };
    const tried = [
      await giveAnna("admin", staff.token),
      await giveAnna("owner", staff.token),
      await put("configuration/users/new", { ...AGENT, email: "new@acme.test", role: "admin" }, undefined, staff.token),
      await put(boss, { ...input, role: "agent" }, "*", staff.token),
      await put(boss, { ...input, role: "admin", password: "known to the staff" }, "*", staff.token),
      await put(boss, { ...input, email: "staff2@acme.test", role: "admin" }, "*", staff.token),
      await remove(boss, "*", staff.token),
      await put(HR, more, "*", staff.token),
      await put("configuration/roles/mine", more, undefined, staff.token),
      await put(`configuration/users/${owner.user.id}`, { ...input, role: "owner" }, "*", staff.token),
    ];
    expect(tried.map(({ status, body }) => [status, body.code])).toEqual(tried.map(() => [403, "forbidden"]));
    expect((await giveAnna("hr", staff.token)).status).toBe(200);
    expect((await giveAnna("agent", staff.token)).status).toBe(200);
    expect((await put("configuration/roles/mine", READER, undefined, staff.token)).status).toBe(201);
  });

  it("of all kinds together make nobody an owner", async () => {
    const { put, withRole } = await acme();
    await put(HR, { name: "Everything", permissions: PERMISSIONS });
    const everything = await withRole("all", "hr");
    const { status } = await put(ANNA, { ...AGENT, role: "owner" }, undefined, everything.token);
    expect(status).toBe(403);
    expect((await put(ANNA, { ...AGENT, role: "admin" }, undefined, everything.token)).status).toBe(201);
  });
});
