import { createServer } from "node:https";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { communicationServicesTransport } from "../../../shared/platform/mail/communicationServices.ts";
import { fixedClock } from "../../../shared/platform/testing/fixedClock.ts";
import { selfSignedCertificate } from "../../harness/selfSigned.ts";

const MAIL = {
  id: "ntc_00000000000000000001",
  to: "olive@example.com",
  subject: "Zoë invites you\r\nBcc: x@example.com",
  text: "Hello",
  html: "<p>Hello</p>",
};
const FROM = { name: "Cordboard", address: "DoNotReply@example.azurecomm.net" };

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What the service answers to a request; `hang` is no answer at all, `cut` a connection that ends. */
type Answer =
  | "hang"
  | "cut"
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const error = (code: string) => ({ error: { code, message: "olive@example.com is not what it should be" } });
const taken = (result: unknown): Answer[] => [
  { status: 202, body: { id: "op", status: "Running" } },
  { status: 200, body: result },
];

/** Communication Services over HTTPS, as far as a mail needs it, which answers in this order. */
async function service(...answers: Answer[]) {
  const seen: Seen[] = [];
  const { certificate: cert, key } = selfSignedCertificate();
  const server = createServer({ cert, key }, async (request, response) => {
    const { method = "", url = "", headers } = request;
    seen.push({ method, path: url, headers, body: await text(request) });
    const answer = answers.shift() ?? { status: 500 };
    if (answer === "hang") return;
    if (answer === "cut") return void request.socket.destroy();
    const location = { "operation-location": `https://${headers.host}/emails/operations/op?api-version=1` };
    const type = { "content-type": "application/json", "retry-after": "30" };
    response.writeHead(answer.status, { ...type, ...(answer.status === 202 ? location : {}), ...answer.headers });
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  const clock = fixedClock();
  const asked: unknown[] = [];
  const transport = communicationServicesTransport({
    endpoint: `https://127.0.0.1:${address.port}`,
    credential: async () => ({
      getToken: async (scopes: string | string[]) => {
        asked.push(scopes);
        return { token: "of-the-app", expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    }),
    from: FROM,
    clock,
    trusted: cert,
  });
  return { seen, clock, asked, transport, send: (number = 1) => transport.send(MAIL, { number, since: clock.now() }) };
}

describe("a mail by Communication Services", () => {
  it("is sent as the app's identity, from the domain's sender, its links left alone", async () => {
    const { send, seen, asked } = await service(...taken({ id: "op", status: "Succeeded" }));
    expect(await send()).toEqual({ outcome: "accepted" });
    const [posted] = seen;
    expect(posted).toMatchObject({ method: "POST", path: expect.stringMatching(/^\/emails:send\?api-version=2/) });
    expect(posted?.headers.authorization).toBe("Bearer of-the-app");
    expect(asked.flat()).toContain("https://communication.azure.com//.default");
    expect(JSON.parse(posted?.body ?? "")).toEqual({
      senderAddress: FROM.address,
      content: { subject: MAIL.subject, plainText: MAIL.text, html: MAIL.html },
      recipients: { to: [{ address: MAIL.to }] },
      userEngagementTrackingDisabled: true,
    });
  });

  it("says of a repeated try that it is one, and of another that it is not", async () => {
    const answers = [1, 2, 3, 4].flatMap(() => taken({ id: "op", status: "Succeeded" }));
    const { transport, clock, seen } = await service(...answers);
    const since = clock.now();
    for (const number of [1, 1, 2]) await transport.send(MAIL, { number, since });
    clock.advance(5 * 60_000);
    await transport.send(MAIL, { number: 2, since });
    const posts = seen.filter(({ method }) => method === "POST");
    const ids = posts.map(({ headers }) => headers["repeatability-request-id"]);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(ids[3]).toBeUndefined();
    expect(posts[0]?.headers).toMatchObject({
      "operation-id": ids[0],
      "repeatability-first-sent": "Sat, 21 Nov 2026 08:00:00 GMT",
    });
  });
});

describe("what the service answers", () => {
  it.each([
    ["that it is under way", taken({ id: "op", status: "Running" }), { outcome: "accepted" }],
    ["and then cannot be asked how it went", [...taken({}).slice(0, 1), { status: 429 }], { outcome: "accepted" }],
    ["and then goes away", [...taken({}).slice(0, 1), "cut"], { outcome: "accepted" }],
    [
      "and at once that it failed",
      taken({ id: "op", status: "Failed", error: { code: "EmailDroppedAllRecipientsSuppressed", message: "dropped" } }),
      { outcome: "refused", what: "mail", code: "EmailDroppedAllRecipientsSuppressed" },
    ],
    ["that a repetition's first is under way", [{ status: 409, body: error("Conflict") }], { outcome: "accepted" }],
    [
      "that a request is wrong",
      [{ status: 400, body: error("InvalidSenderAddress") }],
      { outcome: "refused", what: "mail", code: "InvalidSenderAddress" },
    ],
    [
      "that it is too much",
      [{ status: 429, body: error("TooManyRequests"), headers: { "retry-after": "120" } }],
      { outcome: "later", unsure: false, retryAfterSeconds: 120 },
    ],
    ["that it is broken", [{ status: 503, body: error("Unavailable") }], { outcome: "later", unsure: true }],
    ["nothing", ["cut"], { outcome: "later", unsure: true }],
    [
      "that the app may not",
      [{ status: 401, body: error("Denied") }],
      {
        outcome: "later",
        cause: { name: "ServiceFault", message: expect.stringMatching(/role.*Email Service Owner/) },
      },
    ],
    [
      "that there is no such resource",
      [{ status: 404, body: error("NotFound") }],
      { outcome: "later", cause: { trouble: "incomplete" } },
    ],
  ] as const)("%s: it is told as what it means, and asked once", async (_what, answers, expected) => {
    const { send, seen } = await service(...answers);
    expect(await send()).toMatchObject(expected);
    expect(seen.filter(({ method }) => method === "POST")).toHaveLength(1);
  });
});
