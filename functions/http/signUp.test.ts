import { describe, expect, it } from "vitest";
import { identityHarness, PASSWORD } from "../testing/identityHarness.ts";

const MINUTE = 60_000;
const ACME = { organization: "Acmé GmbH & Co.", name: "Olive Owner", email: "Olive@Acme.test", password: PASSWORD };

describe("sign-up", () => {
  it("makes a trial tenant and its owner, and signs them in", async () => {
    const { send, clock, events } = identityHarness();
    const { status, body, cookies } = await send("POST", "auth/sign-up", { body: ACME });
    expect(status).toBe(201);
    expect(body).toEqual({
      accessToken: expect.any(String),
      expiresIn: 600,
      tenant: {
        id: expect.stringMatching(/^ten_/),
        name: "Acmé GmbH & Co.",
        slug: "acme-gmbh-co",
        status: "trial",
        trialEndsAt: new Date(clock.now().getTime() + 14 * 24 * 60 * MINUTE).toISOString(),
      },
      user: { id: expect.stringMatching(/^usr_/), name: "Olive Owner", email: "olive@acme.test", role: "owner" },
    });
    expect(cookies).toEqual([
      {
        name: "cordboard_refresh",
        value: expect.any(String),
        path: "/api/auth",
        maxAge: 30 * 24 * 3600,
        httpOnly: true,
        secure: true,
        sameSite: "Strict",
      },
    ]);
    expect(events.map(({ type, tenantId }) => [type, tenantId])).toEqual([
      ["configuration.changed", body.tenant.id],
      ["tenant.signed-up", body.tenant.id],
    ]);
    const me = await send("GET", "me", { token: body.accessToken });
    expect(me.body).toMatchObject({ user: body.user, tenant: body.tenant, role: "owner" });
    expect(me.body.permissions).toContain("tenant.manage");
  });

  it("gives a taken derived slug a suffix, and refuses a taken one that was asked for", async () => {
    const { send } = identityHarness();
    const first = await send("POST", "auth/sign-up", { body: { ...ACME, organization: "Acme" } });
    const second = await send("POST", "auth/sign-up", { body: { ...ACME, organization: "ACME!" } });
    expect([first.body.tenant.slug, second.body.tenant.slug]).toEqual(["acme", "acme-2"]);
    const third = await send("POST", "auth/sign-up", { body: { ...ACME, slug: "Acme" } });
    expect(third.status).toBe(409);
    expect(third.body).toMatchObject({ code: "slug-taken", errors: [{ path: "body.slug" }] });
  });

  it("frees a slug that a crash left without an organisation, after a while", async () => {
    const { send, directory, clock } = identityHarness();
    const gone = { tenantId: (await identityHarness().newTenant("elsewhere")).tenant.id };
    await directory.claim("slug", "acme", { ...gone, claimedAt: clock.now().toISOString() });
    const body = { ...ACME, slug: "acme" };
    expect((await send("POST", "auth/sign-up", { body })).status).toBe(409);
    clock.advance(6 * MINUTE);
    expect((await send("POST", "auth/sign-up", { body })).status).toBe(201);
    clock.advance(60 * MINUTE);
    expect((await send("POST", "auth/sign-up", { body })).status).toBe(409);
  });

  it("leaves nothing in the way of the next try, wherever a crash ends it", async () => {
    const outcomes: string[] = [];
    for (const after of [false, true]) {
      for (let commit = 1; commit <= 5; commit++) {
        const { send, crash, clock } = identityHarness();
        const body = { ...ACME, slug: "acme" };
        Object.assign(crash, { inCommit: commit, after });
        const first = await send("POST", "auth/sign-up", { body });
        crash.inCommit = undefined;
        clock.advance(6 * MINUTE);
        const again = await send("POST", "auth/sign-up", { body });
        const login = await send("POST", "auth/login", {
          body: { tenant: "acme", email: ACME.email, password: PASSWORD },
        });
        expect(login.status).toBe(200);
        outcomes.push(`${first.status} ${again.status}`);
      }
    }
    // Slug, credential, organisation, outbox, session: until the organisation stands, the second try makes it.
    expect(outcomes).toEqual([
      ...["503 201", "503 201", "503 201", "201 409", "503 409"],
      ...["503 201", "503 201", "503 409", "201 409", "503 409"],
    ]);
  });

  it.each([
    ["password", "elevenchars"],
    ["password", "x".repeat(257)],
    ["email", "nobody"],
    ["organization", "  "],
    ["slug", "-a"],
  ])("refuses a wrong %s", async (field, value) => {
    const { send } = identityHarness();
    const { status, body } = await send("POST", "auth/sign-up", { body: { ...ACME, [field]: value } });
    expect(status).toBe(400);
    expect(body.errors[0].path).toBe(`body.${field}`);
  });
});

describe("sign-up under an Idempotency-Key", () => {
  const headers = { "idempotency-key": "9b2f" };

  it("makes one organisation, however often it is asked for, and signs in to it", async () => {
    const { send, events } = identityHarness();
    const first = await send("POST", "auth/sign-up", { body: ACME, headers });
    const second = await send("POST", "auth/sign-up", { body: ACME, headers });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toMatchObject({ tenant: first.body.tenant, user: first.body.user });
    expect((await send("GET", "me", { token: second.body.accessToken })).status).toBe(200);
    expect(events.filter(({ type }) => type === "tenant.signed-up")).toHaveLength(1);
    const [one, twin] = await Promise.all(
      [1, 2].map(() => send("POST", "auth/sign-up", { body: { ...ACME, slug: "twins" }, headers })),
    );
    expect([one?.status, twin?.status]).toEqual([201, 201]);
    expect(one?.body.tenant).toEqual(twin?.body.tenant);
  });

  it("opens nobody else's organisation", async () => {
    const { send } = identityHarness();
    const first = await send("POST", "auth/sign-up", { body: ACME, headers });
    const guess = await send("POST", "auth/sign-up", { body: { ...ACME, password: "not the right one" }, headers });
    expect([guess.status, guess.body.code]).toEqual([401, "invalid-credentials"]);
    const other = await send("POST", "auth/sign-up", { body: { ...ACME, email: "other@acme.test" }, headers });
    expect(other.status).toBe(201);
    expect(other.body.tenant.id).not.toBe(first.body.tenant.id);
  });
});
