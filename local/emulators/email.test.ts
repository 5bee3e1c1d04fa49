import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emailAt } from "../../shared/platform/config/emulators.ts";
import { communicationServicesTransport } from "../../shared/platform/mail/communicationServices.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { type EmailEmulator, startEmailEmulator } from "./email.ts";

const MAIL = { id: "ntc_1", to: "olive@example.com", subject: "Grüße", text: "Hello", html: "<p>Hello</p>" };
const FROM = { name: undefined, address: "no-reply@cordboard.test" };
const credential = () => Promise.reject(new Error("An emulator has a key"));

let folder: string;
let emulator: EmailEmulator;
const clock = fixedClock();
const MINUTE = 60_000;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cordboard-email-"));
  emulator = await startEmailEmulator({ folder, now: () => clock.now().getTime() });
});
afterEach(async () => {
  await emulator.close();
  await rm(folder, { recursive: true });
});

const transport = () =>
  communicationServicesTransport({ ...emailAt(emulator.endpoint), from: FROM, credential, clock });

async function kept() {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8"))));
}

describe("the e-mail emulator", () => {
  it("keeps what the real SDK sends", async () => {
    expect(await transport().send(MAIL, { number: 1, since: clock.now() })).toEqual({ outcome: "accepted" });
    const { to, subject, text, html } = MAIL;
    expect(await kept()).toMatchObject([
      { from: FROM.address, to, subject, text, html, at: clock.now().toISOString() },
    ]);
  });

  it("knows a repeated try, and takes it for a new one once nobody remembers the first", async () => {
    const since = clock.now();
    await transport().send(MAIL, { number: 1, since });
    clock.advance(3 * MINUTE);
    expect(await transport().send(MAIL, { number: 1, since })).toEqual({ outcome: "accepted" });
    expect(await kept()).toHaveLength(1);
    clock.advance(3 * MINUTE);
    expect(await transport().send(MAIL, { number: 1, since })).toEqual({ outcome: "accepted" });
    expect(await kept()).toHaveLength(2);
    await transport().send(MAIL, { number: 2, since: clock.now() });
    expect(await kept()).toHaveLength(3);
  });

  it("refuses who has not its key", async () => {
    const other = communicationServicesTransport({
      endpoint: emulator.endpoint,
      key: btoa("another key"),
      from: FROM,
      credential,
      clock,
    });
    expect(await other.send(MAIL, { number: 1, since: clock.now() })).toMatchObject({
      outcome: "later",
      cause: { name: "ServiceFault", trouble: "denied" },
    });
    expect(await kept()).toEqual([]);
  });
});
