import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO } from "../../local/demo.ts";
import { buildWeb } from "../../scripts/build.ts";
import { freePort, type Installation, startInstallation, temporaryFolder } from "../harness/installation.ts";

/**
 * What a newcomer does on the first day, in a real Chromium: the phone simulator in one window, the desk in another. Saves
 * screenshots to test-results/; with SCREENSHOTS=docs, those that the README shows to docs/images/.
 */
const ROOT = join(import.meta.dirname, "../..");
const SHOTS = join(ROOT, process.env.SCREENSHOTS === "docs" ? "docs/images" : "test-results");
const CHROMIUM =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

const folder = temporaryFolder();
let installation: Installation;
let browser: Browser;
let desk: Page;
let phones: Page;
const complaints: string[] = [];

const start = async (port: number) => startInstallation({ dataFolder: join(folder.path, "data"), port });
let port = 0;

beforeAll(async () => {
  if (CHROMIUM === undefined)
    throw new Error("Chromium is missing: install Debian's package chromium, or set CHROMIUM.");
  mkdirSync(SHOTS, { recursive: true });
  await buildWeb();
  port = await freePort();
  installation = await start(port);
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
  });
  desk = await newPage();
  phones = await newPage();
});

afterAll(async () => {
  await browser?.close();
  await installation?.stop();
  folder.remove();
});

async function newPage(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
  return page;
}

const shot = (page: Page, name: string) => page.screenshot({ path: join(SHOTS, `${name}.png`) });
const phoneOf = (name: string) => phones.locator(`section[aria-label="Phone of ${name}"]`);
const inDesk = (text: string) => desk.getByTestId("message").filter({ hasText: text });

/** The page shows as many phones as fit; a press on the name brings the person's. */
async function show(name: string): Promise<void> {
  if (!(await phoneOf(name).isVisible())) await phones.getByRole("button", { name: new RegExp(name) }).click();
}

async function write(name: string, text: string): Promise<void> {
  await show(name);
  const box = phoneOf(name).getByLabel(`Message from ${name}`);
  await box.fill(text);
  await box.press("Enter");
}

async function attach(name: string, offer: string): Promise<void> {
  await show(name);
  await phoneOf(name).getByLabel("Attach").click();
  await phones.getByRole("menuitem", { name: offer }).locator("visible=true").click();
}

async function signIn(): Promise<void> {
  await desk.goto(`${installation.baseUrl}/`);
  await desk.getByTestId("sign-in-organization").fill(DEMO.tenant);
  await desk.getByTestId("sign-in-email").fill(DEMO.owner.email);
  await desk.getByTestId("sign-in-password").fill(DEMO.password);
  await shot(desk, "sign-in");
  await desk.getByTestId("sign-in-submit").click();
  await desk.getByTestId("empty").first().waitFor();
}

describe("a newcomer's first day", () => {
  it("signs in to an empty desk", async () => {
    await signIn();
    await shot(desk, "empty");
  });

  it("writes from the phone, and the message is in the desk as they watch", async () => {
    await phones.goto(`${installation.baseUrl}/simulator/phones/`);
    // A press on the name of somebody whose phone is about to be shown would hide it.
    await phones.locator('section[aria-label^="Phone of"]').first().waitFor();
    await write("Maya Torres", "Hello! Is the blue city bike still there?");
    await shot(phones, "phones");
    const row = desk.getByTestId("conversation-row").filter({ hasText: "Maya Torres" });
    await row.waitFor();
    await row.click();
    await inDesk("Is the blue city bike still there?").waitFor();
  });

  it("sends a photo and a voice note, and they are shown and playable", async () => {
    await attach("Maya Torres", "Sample photo");
    const photo = desk.locator('[data-testid="message"][data-type="image"] img');
    await photo.first().waitFor();
    await expect.poll(() => photo.first().evaluate((image) => Reflect.get(image, "naturalWidth"))).toBeGreaterThan(0);
    await attach("Maya Torres", "Sample voice note");
    const voice = desk.locator('[data-testid="message"][data-type="audio"]');
    await voice.first().waitFor();
    await voice.getByRole("button", { name: /play/i }).first().waitFor();
  });

  it("replies, and sees the ticks turn to read", async () => {
    await desk.getByTestId("composer-input").fill("Hi Maya, yes it is. Shall I keep it for you until Saturday?");
    await desk.getByTestId("send").click();
    await phoneOf("Maya Torres").getByText("Shall I keep it for you until Saturday?").waitFor();
    const sent = inDesk("Shall I keep it for you");
    await expect.poll(() => sent.getAttribute("data-status"), { timeout: 20_000 }).toBe("read");
  });

  it("keeps a note among colleagues", async () => {
    await desk.getByTestId("note-switch").first().click();
    await desk.getByTestId("composer-input").fill("Frame size M, she is 1.70");
    await desk.getByTestId("send").click();
    await desk.locator('[data-testid="message"][data-direction="note"]').filter({ hasText: "Frame size M" }).waitFor();
    await desk.getByTestId("note-switch").first().click();
    expect(await phoneOf("Maya Torres").getByText("Frame size M").count()).toBe(0);
  });

  it("talks to several people, one of them without a phone number", async () => {
    await write("Oliver Grant", "Can I change my pick-up to Friday?");
    await attach("Oliver Grant", "Location");
    await write("Aisha Rahman", "The brake squeaks since yesterday");
    await attach("Aisha Rahman", "Album of 6 photos");
    await write("Robin Keane", "Do you rent tandems?");
    for (const name of ["Oliver Grant", "Aisha Rahman", "Robin Keane"]) {
      await desk.getByTestId("conversation-row").filter({ hasText: name }).waitFor();
    }
    await expect.poll(() => desk.getByTestId("conversation-row").count()).toBe(4);
    await desk.getByTestId("conversation-row").filter({ hasText: "Aisha Rahman" }).click();
    const album = desk.locator('[data-testid="message"][data-type="image"] img');
    await expect.poll(() => album.count(), { timeout: 20_000 }).toBe(6);
    await shot(desk, "album");
    await desk.getByTestId("conversation-row").filter({ hasText: "Maya Torres" }).click();
    await inDesk("Shall I keep it for you").waitFor();
    await shot(desk, "desk");
  });

  it("still finds everything after kill -9", async () => {
    await installation.kill();
    installation = await start(port);
    await desk.reload();
    await inDesk("Is the blue city bike still there?").waitFor();
    await inDesk("Shall I keep it for you").waitFor();
    expect(await desk.getByTestId("conversation-row").count()).toBe(4);
    await phones.reload();
    await phoneOf("Maya Torres").getByText("Shall I keep it for you").waitFor();
    await write("Maya Torres", "Yes please, Saturday at ten.");
    await inDesk("Saturday at ten").waitFor();
  });

  it("fits a narrow window, and the dark", async () => {
    await desk.setViewportSize({ width: 420, height: 860 });
    await desk.emulateMedia({ colorScheme: "dark" });
    await inDesk("Saturday at ten").waitFor();
    await desk.waitForTimeout(500);
    await shot(desk, "narrow-dark");
    await desk.setViewportSize({ width: 1440, height: 900 });
    await desk.emulateMedia({ colorScheme: "light" });
  });

  it("threw no error in any page", () => {
    expect(complaints).toEqual([]);
  });
});
