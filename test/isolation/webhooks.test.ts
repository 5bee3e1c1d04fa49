import { createHmac } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageWebhook, signed, statusWebhook, text } from "../harness/whatsapp.ts";
import type { Answer } from "./answer.ts";
import { INSTALLATION, Installation, routeNamed } from "./installation.ts";
import { leavesOf, objectsOf, withValue } from "./leaves.ts";
import { Organisation } from "./organisation.ts";

const SHARED = "POST webhooks/whatsapp";
const KEYED = "POST webhooks/whatsapp/{key}";

let installation: Installation;
let a: Organisation;
let b: Organisation;

beforeAll(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
  b = await Organisation.make(installation, "beta");
});
afterAll(() => installation.close());

const customer = { phone: "4915199999999", name: "Somebody" };
let wamids = 0;

function said(business = a.business) {
  return messageWebhook(business, customer, {
    wamid: `wamid.odd.${++wamids}`,
    at: installation.clock.now(),
    content: text("hello"),
  });
}

function post(route: string, raw: string | Uint8Array, signature: string | undefined, key?: string): Promise<Answer> {
  const headers = signature === undefined ? {} : { "x-hub-signature-256": signature };
  return installation.send(routeNamed(route), { raw, headers, ...(key === undefined ? {} : { params: { key } }) });
}

function signatureOf(raw: string | Uint8Array, secret: string, algorithm = "sha256"): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(raw).digest("hex")}`;
}

async function everything(): Promise<string> {
  await installation.drain();
  return `${await installation.snapshot(a.tenantId)}\n${await installation.snapshot(b.tenantId)}`;
}

describe("a webhook that is not signed by whom it should be", () => {
  it("is refused, and stores nothing", async () => {
    const raw = JSON.stringify(said());
    const right = signatureOf(raw, INSTALLATION.appSecret);
    const before = await everything();
    const wrong = [
      undefined,
      "",
      "sha256=",
      "sha256",
      right.slice(0, -1),
      right.slice("sha256=".length),
      `${right}00`,
      `${right},${right}`,
      `sha256=${"0".repeat(64)}`,
      signatureOf(`${raw} `, INSTALLATION.appSecret),
      signatureOf(raw, ""),
      signatureOf(raw, "another secret"),
      signatureOf(raw, a.secrets.appSecret),
      signatureOf(raw, INSTALLATION.appSecret, "sha1"),
    ];
    for (const signature of wrong) {
      const answer = await post(SHARED, raw, signature);
      expect([answer.status, answer.code], signature).toEqual([401, "invalid-signature"]);
    }
    for (const secret of [INSTALLATION.appSecret, b.secrets.appSecret]) {
      const answer = await post(KEYED, raw, signatureOf(raw, secret), a.webhookKey);
      expect([answer.status, answer.code]).toEqual([401, "invalid-signature"]);
    }
    expect(await everything()).toBe(before);
  });

  it("is refused for a key that nobody has", async () => {
    const raw = JSON.stringify(said());
    const answer = await post(KEYED, raw, signatureOf(raw, a.secrets.appSecret), "x".repeat(32));
    expect([answer.status, answer.code]).toEqual([404, "not-found"]);
  });
});

describe("a tenant's own app", () => {
  it("speaks for its own number, and for no other tenant's", async () => {
    const before = await installation.snapshot(a.tenantId);
    for (const business of [a.business, { ...a.business, phoneNumberId: `9${a.business.phoneNumberId}` }, b.business]) {
      const raw = JSON.stringify(said(business));
      const answer = await post(KEYED, raw, signatureOf(raw, b.secrets.appSecret), b.webhookKey);
      expect(answer.status).toBe(200);
    }
    await installation.drain();
    expect(await installation.snapshot(a.tenantId)).toBe(before);
  });

  it("cannot change the state of another tenant's message", async () => {
    const { conversation: id, message } = a.talk;
    const before = await installation.snapshot(a.tenantId);
    const own = { ...b.business, phoneNumberId: `9${b.business.phoneNumberId}` };
    const status = {
      wamid: "wamid.sent.1",
      at: installation.clock.now(),
      status: "read",
      reference: `${id}:${message}`,
    };
    const raw = JSON.stringify(statusWebhook(own, customer, status));
    expect((await post(KEYED, raw, signatureOf(raw, b.secrets.appSecret), b.webhookKey)).status).toBe(200);
    await installation.drain();
    expect(await installation.snapshot(a.tenantId)).toBe(before);
  });
});

describe("a signed webhook", () => {
  it("that is no JSON is malformed, and stores nothing", async () => {
    const before = await everything();
    for (const raw of ["", "{", "nul", Buffer.from([0x22, 0xff, 0x22])]) {
      const answer = await post(SHARED, raw, signatureOf(raw, INSTALLATION.appSecret));
      expect([answer.status, answer.code]).toEqual([400, "malformed-json"]);
    }
    expect(await everything()).toBe(before);
  });

  it("that is too large is refused", async () => {
    const raw = Buffer.alloc(routeNamed(SHARED).maxBodyBytes + 1, 32);
    const answer = await post(SHARED, raw, signatureOf(raw, INSTALLATION.appSecret));
    expect([answer.status, answer.code]).toEqual([413, "too-large"]);
  });

  it("for a number that nobody has is parked, and not lost", async () => {
    const { body, headers } = signed(said({ ...a.business, phoneNumberId: "10000" }), INSTALLATION.appSecret);
    const before = (await installation.parked("inbound")).length;
    expect((await installation.send(routeNamed(SHARED), { raw: body, headers })).status).toBe(200);
    await installation.drain();
    const parked = await installation.parked("inbound");
    expect(parked.length).toBe(before + 1);
    expect(parked.at(-1)?.reason).toContain("unknown-phone-number");
  });

  it("that is odd in any place is taken or left, and hinders nothing after it", async () => {
    const base = said();
    const places = [...leavesOf(base).map(({ path }) => path), ...objectsOf(base)].filter(({ length }) => length > 0);
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }),
      fc.constantFrom("", "\u0000", "\ud800", -1, 1e21),
    );
    const parked = (await installation.parked("inbound")).length;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), odd, async (path, value) => {
        const payload = withValue(withValue(base, pathOfWamid(base), `wamid.odd.${++wamids}`), path, value);
        expect((await a.webhook(payload)).status).toBe(200);
      }),
      { numRuns: 300 },
    );
    await installation.drain();
    // Only those whose number became one that nobody has.
    const reasons = (await installation.parked("inbound")).slice(parked).map(({ reason }) => reason);
    expect(reasons.filter((reason) => !/unknown-phone-number/.test(reason))).toEqual([]);
    await a.newTalk();
    const { items } = await a.contacts();
    expect(items.length).toBeGreaterThan(2);
    for (const queue of ["outbound", "media", "events"] as const) expect(await installation.parked(queue)).toEqual([]);
  });
});

function pathOfWamid(payload: unknown) {
  const found = leavesOf(payload).find(({ value }) => String(value).startsWith("wamid."));
  if (found === undefined) throw new Error("The payload has no message");
  return found.path;
}

describe("in the whole run", () => {
  it("nothing was stored that a store may not bear", async () => {
    expect(await installation.unstorable(a.tenantId)).toEqual([]);
  });

  it("no secret was told, and nothing private was logged", () => {
    expect(installation.watch.leaks).toEqual([]);
  });
});
