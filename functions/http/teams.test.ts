import { describe, expect, it } from "vitest";
import { systemCaller } from "../../shared/platform/caller.ts";
import { AGENT, ANNA, acme } from "../testing/acme.ts";

const SALES = "configuration/teams/sales";
const SUPPORT = "configuration/teams/support";

async function acmeWithPeople() {
  const harness = await acme();
  for (const id of ["anna", "ben", "cleo"])
    await harness.put(`configuration/users/${id}`, { ...AGENT, name: id, email: `${id}@acme.test` });
  const membersOf = async (team: string) => (await harness.get(team)).body.members;
  return { ...harness, membersOf };
}

describe("teams", () => {
  it("hold users once each, and are shown with them", async () => {
    const { put, get } = await acmeWithPeople();
    const { status, body } = await put(SALES, { name: " Sales ", members: ["ben", "anna", "ben"] });
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: "sales", name: "Sales", members: ["ben", "anna"] });
    await put(SUPPORT, { name: "Support", members: ["anna"] });
    expect((await get(ANNA)).body.teams).toEqual(["sales", "support"]);
    const { body: all } = await get("configuration/users");
    const teams = all.items.map(({ teams }: { teams: string[] }) => teams);
    expect(teams).toEqual([["sales", "support"], ["sales"], [], []]);
  });

  it("have none who is not there", async () => {
    const { put } = await acmeWithPeople();
    const { status, body } = await put(SALES, { name: "Sales", members: ["anna", "nobody", "ben"] });
    expect([status, body.errors]).toEqual([400, [{ path: "body.members.1", message: "There is no such user" }]]);
  });

  it("are made by those who manage users", async () => {
    const { put, withRole } = await acmeWithPeople();
    const { token } = await withRole("sue", "supervisor");
    expect((await put(SALES, { name: "Sales", members: [] }, undefined, token)).status).toBe(403);
  });

  it("are at most a hundred, of at most five hundred", async () => {
    const { put } = await acme();
    for (let i = 0; i < 100; i++) await put(`configuration/teams/t${i}`, { name: "T", members: [] });
    expect((await put(SALES, { name: "Sales", members: [] })).body.code).toBe("too-many-items");
    const members = Array.from({ length: 501 }, (_, i) => `u${i}`);
    expect((await put("configuration/teams/t7", { name: "T", members }, "*")).status).toBe(400);
  });

  it("lose who is deleted, by a change of their own, and keep who is deactivated", async () => {
    const { put, remove, get, membersOf, events } = await acmeWithPeople();
    await put(SALES, { name: "Sales", members: ["anna", "ben"] });
    await put(SUPPORT, { name: "Support", members: ["anna"] });
    await put(ANNA, { ...AGENT, password: undefined, active: false }, "*");
    expect(await membersOf(SALES)).toEqual(["anna", "ben"]);
    await remove(ANNA, "*");
    expect([await membersOf(SALES), await membersOf(SUPPORT)]).toEqual([["ben"], []]);
    const { body } = await get("configuration/changes");
    expect(body.items.slice(-3)).toMatchObject([
      { kind: "users", id: "anna", action: "deleted" },
      { kind: "teams", id: "sales", action: "updated", by: { type: "system", name: "teams" } },
      { kind: "teams", id: "support", action: "updated" },
    ]);
    const told = events.filter(({ type }) => type.startsWith("team."));
    expect(told.map(({ type, subject }) => [type, subject])).toEqual([
      ["team.created", "sales"],
      ["team.created", "support"],
      ["team.changed", "sales"],
      ["team.changed", "support"],
    ]);
  });

  it("do not lose the namesake of somebody who was deleted before they came", async () => {
    const { put, remove, get, membersOf, configuration, owner } = await acmeWithPeople();
    await put(SALES, { name: "Sales", members: ["anna", "ben"] });
    await put(SUPPORT, { name: "Support", members: ["ben"] });
    await remove(ANNA, "*");
    const { body } = await get("configuration/changes");
    const { revision } = body.items.find(({ action }: { action: string }) => action === "deleted");
    await put(ANNA, AGENT);
    expect((await get(ANNA)).body.teams).toEqual([]);
    await put(SUPPORT, { name: "Support", members: ["ben", "anna"] }, "*");
    const caller = systemCaller(owner.tenant.id, "events");
    await configuration.settle(caller, caller.actor, "users", revision);
    expect(await membersOf(SUPPORT)).toEqual(["ben", "anna"]);
  });
});
