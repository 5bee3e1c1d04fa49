import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { inWords } from "../../../shared/notices/templates.ts";
import { everyNotice } from "../../../shared/notices/testing/notices.ts";
import { within } from "../../../shared/platform/deadlines.ts";
import type { Mail, MailTransport } from "../../../shared/platform/mail/port.ts";
import { smtpTransport } from "../../../shared/platform/mail/smtp.ts";
import { selfSignedCertificate } from "../../harness/selfSigned.ts";
import { smtpServer } from "./smtpServer.ts";

const FROM = { name: "Cordboard", address: "no-reply@cordboard.test" };
const MAIL: Mail = {
  id: "ntc_00000000000000000001",
  to: "olive@example.com",
  subject: "Choose a new password for Blue Bikes",
  text: "Hello Olive,\n\nLine 2\n.\n",
  html: "<p>Hello Olive,</p>",
};
const FIRST = { number: 1, since: new Date("2026-11-21T08:00:00.000Z") };

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serverWith(options: Parameters<typeof smtpServer>[0] = {}) {
  const server = await smtpServer(options);
  open.push(server.close);
  return server;
}

function transportTo(url: string, trusted?: string): MailTransport {
  const transport = smtpTransport({ url, from: FROM, ...(trusted === undefined ? {} : { trusted }) });
  open.push(transport.close);
  return transport;
}

/** Headers by name in lower case, unfolded; each name once. */
function headersOf(raw: string): Map<string, string> {
  const [head = ""] = raw.split("\r\n\r\n", 1);
  const lines = head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const headers = lines.map((each) => [
    each.slice(0, each.indexOf(":")).toLowerCase(),
    each.slice(each.indexOf(":") + 2),
  ]);
  expect(new Set(headers.map(([name]) => name)).size, "a header that comes twice").toBe(headers.length);
  return new Map(headers.map(([name = "", value = ""]) => [name, value]));
}

/** Encoded words of a header as text (RFC 2047). */
function decoded(header: string): string {
  const words = header.replace(/\?=\s+=\?/g, "?==?");
  return words.replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
    kind.toUpperCase() === "B" ? Buffer.from(text, "base64").toString() : fromQuoted(text.replaceAll("_", " ")),
  );
}

function fromQuoted(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

/** The parts of a mail, decoded, by their type. */
function partsOf(raw: string): Map<string, string> {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] ?? "";
  const parts = raw.split(`--${boundary}`).slice(1, -1);
  return new Map(
    parts.map((part) => {
      const at = part.indexOf("\r\n\r\n");
      const [head, body] = [part.slice(0, at), part.slice(at + 4).replace(/\r\n$/, "")];
      const type = /content-type: ([\w/]+)/i.exec(head)?.[1] ?? "";
      const encoding = /content-transfer-encoding: ([\w-]+)/i.exec(head)?.[1] ?? "7bit";
      const text =
        encoding === "base64"
          ? Buffer.from(body, "base64").toString()
          : encoding === "quoted-printable"
            ? fromQuoted(body)
            : body;
      return [type, text.replaceAll("\r\n", "\n")];
    }),
  );
}

describe("a mail by SMTP", () => {
  it("comes as text and HTML, from and to whom it should, with an id of ours, and asks for no automatic answer", async () => {
    const server = await serverWith();
    expect(await transportTo(`smtp://${server.host}`).send(MAIL, FIRST)).toEqual({ outcome: "accepted" });
    const [mail] = server.received;
    expect(mail).toMatchObject({ from: FROM.address, to: [MAIL.to] });
    const headers = headersOf(mail?.raw ?? "");
    expect(headers.get("from")).toBe("Cordboard <no-reply@cordboard.test>");
    expect(headers.get("to")).toBe(MAIL.to);
    expect(headers.get("subject")).toBe(MAIL.subject);
    expect(headers.get("message-id")).toBe(`<${MAIL.id}@cordboard.test>`);
    expect(headers.get("auto-submitted")).toBe("auto-generated");
    expect(headers.get("content-type")).toMatch(/^multipart\/alternative/);
    expect([...partsOf(mail?.raw ?? "")]).toEqual([
      ["text/plain", MAIL.text],
      ["text/html", MAIL.html],
    ]);
  });

  it("keeps its Message-ID when it is tried again", async () => {
    const server = await serverWith();
    const transport = transportTo(`smtp://${server.host}`);
    for (const number of [1, 2]) await transport.send(MAIL, { ...FIRST, number });
    const ids = server.received.map(({ raw }) => headersOf(raw).get("message-id"));
    expect(ids).toEqual([`<${MAIL.id}@cordboard.test>`, `<${MAIL.id}@cordboard.test>`]);
  });

  it("uses one connection for many, and a new one when the server has ended it", async () => {
    const server = await serverWith();
    const transport = transportTo(`smtp://${server.host}`);
    for (let i = 0; i < 5; i++) await transport.send({ ...MAIL, id: `ntc_${i}` }, FIRST);
    expect(server.commands.filter((command) => command === "connect")).toHaveLength(1);
    server.hangUp();
    // At first it may not have heard of it yet.
    await expect.poll(() => transport.send(MAIL, FIRST)).toEqual({ outcome: "accepted" });
    expect(server.commands.filter((command) => command === "connect")).toHaveLength(2);
  });

  it.each(
    everyNotice({ name: "Zoë\r\nBcc: evil@example.com", organization: "<b>שלום</b>\nX: y", other: "😀".repeat(5000) }),
  )("carries $template with hostile names as it was written, and in no other header", async (notice) => {
    const server = await serverWith();
    const words = inWords(notice);
    await transportTo(`smtp://${server.host}`).send({ ...MAIL, ...words }, FIRST);
    const raw = server.received[0]?.raw ?? "";
    const headers = headersOf(raw);
    expect(decoded(headers.get("subject") ?? "")).toBe(words.subject);
    expect([...headers.keys()].toSorted()).toEqual([
      "auto-submitted",
      "content-type",
      "date",
      "from",
      "message-id",
      "mime-version",
      "subject",
      "to",
    ]);
    expect([...partsOf(raw).values()]).toEqual([words.text, words.html]);
    expect(server.received[0]?.to).toEqual([MAIL.to]);
  });

  it.each(["a subject\r\nBcc: evil@example.com", "a\nb", "a\rb", "a\u0000b", "a\u2028b"])(
    "lets a subject of %j begin no header, should it come to that",
    async (subject) => {
      const server = await serverWith();
      await transportTo(`smtp://${server.host}`).send({ ...MAIL, subject }, FIRST);
      const raw = server.received[0]?.raw ?? "";
      expect(headersOf(raw).has("bcc")).toBe(false);
      expect(server.received[0]?.to).toEqual([MAIL.to]);
    },
  );
});

describe("what the server says", () => {
  it.each([
    ["rcptTo", 550, { outcome: "refused", what: "recipient", code: 550 }],
    ["rcptTo", 553, { outcome: "refused", what: "recipient", code: 553 }],
    ["mailFrom", 550, { outcome: "refused", what: "mail", code: 550 }],
    ["data", 554, { outcome: "refused", what: "mail", code: 554 }],
    ["rcptTo", 450, { outcome: "later", unsure: false }],
    ["rcptTo", 452, { outcome: "later", unsure: false }],
    ["mailFrom", 451, { outcome: "later", unsure: false }],
    ["data", 451, { outcome: "later", unsure: false }],
    ["mailFrom", 530, { outcome: "later", unsure: false }],
  ] as const)("%s %d is told as what it means", async (command, code, expected) => {
    const server = await serverWith();
    server.answer({ [command]: code });
    const transport = transportTo(`smtp://${server.host}`);
    expect(await transport.send(MAIL, FIRST)).toMatchObject(expected);
    server.answer({});
    expect(await transport.send(MAIL, FIRST)).toEqual({ outcome: "accepted" });
  });

  it("is unknown when it goes away after the whole mail", async () => {
    const server = await serverWith();
    server.answer({ silentAfterData: true });
    expect(await transportTo(`smtp://${server.host}`).send(MAIL, FIRST)).toMatchObject({
      outcome: "later",
      unsure: true,
    });
    expect(server.commands.filter((command) => command === "data")).toHaveLength(1);
  });

  it("may be that the password is wrong, which is no fault of the mail", async () => {
    const { certificate: cert, key } = selfSignedCertificate();
    const server = await serverWith({ secure: true, cert, key, login: { user: "ann", password: "p@ss:w/rd" } });
    const wrong = transportTo(`smtps://ann:wrong@${server.host}`, cert);
    expect(await wrong.send(MAIL, FIRST)).toMatchObject({ outcome: "later", cause: { code: "EAUTH" } });
    const right = transportTo(`smtps://ann:${encodeURIComponent("p@ss:w/rd")}@${server.host}`, cert);
    expect(await right.send(MAIL, FIRST)).toEqual({ outcome: "accepted" });
    expect(server.received).toMatchObject([{ user: "ann", secure: true }]);
  });
});

describe("a server that is not there", () => {
  it("is tried later", async () => {
    const server = await serverWith();
    await server.close();
    expect(await transportTo(`smtp://${server.host}`).send(MAIL, FIRST)).toMatchObject({ outcome: "later" });
  });

  it("or says nothing, is given up in time, and its connection ended", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    open.push(() => silent.close());
    const address = silent.address();
    if (address === null || typeof address === "string") throw new Error("No port");
    const transport = transportTo(`smtp://127.0.0.1:${address.port}`);
    const outcome = await within(300, () => transport.send(MAIL, FIRST));
    expect(outcome).toMatchObject({ outcome: "later", unsure: true });
    await expect.poll(() => sockets.map(({ closed }) => closed)).toEqual([true]);
  });
});

describe("encryption", () => {
  // Another name of this machine, which the transport takes for any server's.
  const ELSEWHERE = "0.0.0.0";

  it("comes before anything is said to another machine", async () => {
    const { certificate: cert, key } = selfSignedCertificate(ELSEWHERE);
    const server = await serverWith({ host: ELSEWHERE, cert, key });
    expect(await transportTo(`smtp://${server.host}`, cert).send(MAIL, FIRST)).toEqual({ outcome: "accepted" });
    expect(server.received).toMatchObject([{ secure: true }]);
  });

  it.each([
    ["offers none", { hideSTARTTLS: true, disabledCommands: ["AUTH", "STARTTLS"] }],
    ["has a certificate that nobody trusts", {}],
  ])("is not done without where a server %s", async (_what, options) => {
    const { certificate: cert, key } = selfSignedCertificate(ELSEWHERE);
    const server = await serverWith({ host: ELSEWHERE, cert, key, ...options });
    const outcome = await transportTo(`smtp://ann:secret@${server.host}`).send(MAIL, FIRST);
    expect(outcome).toMatchObject({ outcome: "later", cause: { code: expect.stringMatching(/ETLS|ESOCKET/) } });
    expect(server.commands).not.toContain("mail");
    expect(server.commands).not.toContain("auth");
  });

  it("is from the start for smtps, and its certificate is looked at", async () => {
    const { certificate: cert, key } = selfSignedCertificate();
    const server = await serverWith({ secure: true, cert, key });
    expect(await transportTo(`smtps://${server.host}`).send(MAIL, FIRST)).toMatchObject({ outcome: "later" });
    expect(await transportTo(`smtps://${server.host}`, cert).send(MAIL, FIRST)).toEqual({ outcome: "accepted" });
  });
});
