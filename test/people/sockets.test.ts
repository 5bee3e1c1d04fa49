import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TOKEN_SECONDS } from "../../shared/platform/realtime/access.ts";
import { Installation } from "../isolation/installation.ts";
import { Organisation, type Person } from "../isolation/organisation.ts";

const ANY = { "if-match": "*" };

let installation: Installation;
let a: Organisation;
let anna: Person;

beforeEach(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
  anna = await a.newPerson("agent", "anna");
  await installation.drain();
});
afterEach(() => installation.close());

/** Seconds after now at which the sockets of Anna are closed, while queues are worked off second by second. */
async function closings(): Promise<number[]> {
  const seconds = [];
  for (let second = 0; second <= 2 * TOKEN_SECONDS; second++) {
    await installation.drain();
    if (installation.closedUsers.splice(0).includes(`${a.tenantId} anna`)) seconds.push(second);
    installation.clock.advance(1000);
  }
  return seconds;
}

const put = (next: Record<string, unknown>) =>
  a.send("PUT configuration/users/{id}", {
    params: { id: "anna" },
    headers: ANY,
    body: { name: "Anna", email: anna.email, role: "agent", ...next },
  });

/** The longest that a socket stays open that is opened by an address of before, at any time while the address is good. */
function longestOpen(closed: readonly number[]): number {
  const opened = Array.from({ length: TOKEN_SECONDS }, (_, second) => second);
  return Math.max(
    ...opened.map((second) => (closed.find((each) => each >= second) ?? Number.POSITIVE_INFINITY) - second),
  );
}

describe("the sockets of somebody who", () => {
  it.each([
    ["is deactivated", () => put({ active: false })],
    ["is deleted", () => a.send("DELETE configuration/users/{id}", { params: { id: "anna" }, headers: ANY })],
  ])("%s are closed at once, and those opened by an address of before within five seconds", async (_, end) => {
    expect((await end()).status).toBeLessThan(300);
    expect(installation.closedUsers).toContain(`${a.tenantId} anna`);
    expect(longestOpen(await closings())).toBeLessThanOrEqual(5);
  });

  it("is given another password are closed at once, and once more when no address of before is good any more", async () => {
    await put({ password: "another canary password of hers" });
    const closed = await closings();
    expect(closed).toHaveLength(2);
    expect(closed[0]).toBe(0);
    expect(closed[1]).toBeGreaterThan(TOKEN_SECONDS);
  });

  it("is renamed, or gets another role, stay open", async () => {
    await put({ name: "Another" });
    await put({ role: "supervisor" });
    expect(await closings()).toEqual([]);
  });
});
