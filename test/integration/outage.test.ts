import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { callApi } from "../harness/api.ts";
import { emulatorsOf } from "../harness/emulators.ts";
import { type Gate, httpGate, tcpGate } from "../harness/gate.ts";
import { freePort, startInstallation, temporaryFolder } from "../harness/installation.ts";
import { ON_AZURE } from "../harness/platform.ts";
import { conversationsByPhone, messagesOf } from "../harness/shown.ts";
import { Story, type Tenant } from "../harness/story.ts";
import { until } from "../harness/until.ts";
import { messageWebhook, text } from "../harness/whatsapp.ts";

/** Services of Azure that are not there, or that refuse the app. The one-machine edition has none of them. */
const SHOP = { phoneNumberId: "100000000000361", displayPhoneNumber: "+31 20 555 0361" };
const CUSTOMER = { phone: "31699000361", name: "Uitgevallen Stroom" };
const LONG = { timeout: 120_000 };

const SETTINGS = {
  documents: "COSMOS_ENDPOINT",
  queue: "SERVICEBUS__fullyQualifiedNamespace",
  blobs: "STORAGE__blobServiceUri",
  realtime: "WEBPUBSUB_ENDPOINT",
  secrets: "KEYVAULT_URI",
} as const;
type Service = keyof typeof SETTINGS;
const SERVICES: readonly Service[] = ["documents", "queue", "blobs", "realtime", "secrets"];
const ALL_OK = { documents: "ok", queue: "ok", blobs: "ok", realtime: "ok", secrets: "ok" };

/** A gate before each emulated service, and the settings that lead through them. */
async function gatesBefore(dataFolder: string) {
  const { settings } = await emulatorsOf(dataFolder);
  const addressOf = (service: Service) => settings[SETTINGS[service]] ?? "";
  const gates: Record<Service, Gate> = {
    documents: await httpGate(addressOf("documents")),
    queue: await tcpGate(addressOf("queue")),
    blobs: await httpGate(addressOf("blobs")),
    realtime: await httpGate(addressOf("realtime")),
    secrets: await httpGate(addressOf("secrets")),
  };
  const throughGate = (service: Service) => addressOf(service).replace(/127\.0\.0\.1:\d+/, gates[service].host);
  const through = Object.fromEntries(SERVICES.map((service) => [SETTINGS[service], throughGate(service)]));
  return { gates, through };
}

describe.skipIf(!ON_AZURE)("a start on Azure's engines", () => {
  const folder = temporaryFolder();
  let gates: Record<Service, Gate>;
  let through: Readonly<Record<string, string>>;
  beforeAll(async () => {
    ({ gates, through } = await gatesBefore(folder.path));
  }, 60_000);
  afterAll(() => {
    for (const gate of Object.values(gates)) gate.stop();
    folder.remove();
  });
  const start = async (env: Readonly<Record<string, string>>) =>
    startInstallation({ dataFolder: folder.path, port: await freePort(), env: { ...through, ...env } });

  it("names every setting that is wrong, and what it should be", LONG, async () => {
    const wrong = start({
      COSMOS_ENDPOINT: "http://cosmos.example.com",
      SERVICEBUS__fullyQualifiedNamespace: "queue:5672",
    });
    await expect(wrong).rejects.toThrow(
      /COSMOS_ENDPOINT is wrong; it should be an https address.*\n.*SERVICEBUS__.* is wrong/,
    );
  });

  it("says where nothing answers", LONG, async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    await expect(start({ WEBPUBSUB_ENDPOINT: nowhere })).rejects.toThrow(
      new RegExp(`did not start: Nothing answers at ${nowhere}. .*WEBPUBSUB_ENDPOINT`),
    );
  });

  it.each([
    ["documents", 403, /Cosmos DB refuses .*Cosmos DB Built-in Data Contributor/],
    ["secrets", 403, /Key Vault refuses .*Key Vault Secrets User/],
  ] as const)("says which role is wanting when %s are refused to it", LONG, async (service, status, remedy) => {
    gates[service].refuse(status);
    await expect(start({})).rejects.toThrow(remedy);
    gates[service].open();
  });
});

describe.skipIf(!ON_AZURE)("a running installation", () => {
  let story: Story;
  let tenant: Tenant;
  let gates: Record<Service, Gate>;
  beforeAll(async () => {
    story = await Story.begin({}, async (dataFolder) => {
      const found = await gatesBefore(dataFolder);
      gates = found.gates;
      return found.through;
    });
    tenant = await story.signUp("outage");
    await tenant.connect("shop", SHOP);
  }, 120_000);
  afterEach(() => {
    for (const gate of Object.values(gates)) gate.open();
  });
  afterAll(async () => {
    await story.end();
    for (const gate of Object.values(gates)) gate.stop();
  });

  const health = () => callApi(story.installation.baseUrl, "GET", "health");
  const healthWhen = (expected: Partial<Record<Service, "ok" | "down">>) =>
    until(`health tells ${JSON.stringify(expected)}`, async () => {
      const answer = await health();
      return JSON.stringify({ ...ALL_OK, ...expected }) === JSON.stringify(answer.body.dependencies) && answer;
    });
  const textsShown = async () => {
    const [conversation] = (await conversationsByPhone(tenant.client)).get(CUSTOMER.phone) ?? [];
    const messages = conversation === undefined ? [] : await messagesOf(tenant.client, conversation.id);
    return messages.map((message) => (message.type === "text" ? message.text : message.type));
  };
  const write = (wamid: string, words: string) =>
    story.webhook(messageWebhook(SHOP, CUSTOMER, { wamid, at: new Date(), content: text(story.private(words)) }));

  it(
    "without its documents says so, refuses for a while, and loses no message that it acknowledged",
    LONG,
    async () => {
      gates.documents.refuse(403);
      expect((await healthWhen({ documents: "down" })).status).toBe(503);
      expect(await tenant.client.get("conversations")).toMatchObject({ status: 503, body: { code: "unavailable" } });
      expect(await write("wamid.outage.documents", "Zonder documenten")).toBe(200);
      expect(story.output()).toMatch(/Cosmos DB refuses .*Cosmos DB Built-in Data Contributor/);
      gates.documents.open();
      await until("the message is shown", async () => (await textsShown()).includes("Zonder documenten"));
      expect((await healthWhen({})).status).toBe(200);
    },
  );

  it("without its queue acknowledges nothing, and takes what is sent again", LONG, async () => {
    gates.queue.cut();
    expect(await write("wamid.outage.queue", "Zonder wachtrij")).toBe(503);
    expect((await healthWhen({ queue: "down" })).status).toBe(503);
    gates.queue.open();
    expect((await healthWhen({})).status).toBe(200);
    expect(await write("wamid.outage.queue", "Zonder wachtrij")).toBe(200);
    await until("the message is shown", async () => (await textsShown()).includes("Zonder wachtrij"));
    expect((await textsShown()).filter((words) => words === "Zonder wachtrij")).toHaveLength(1);
  });

  it.each([
    ["blobs", 403, /Blob Storage refuses .*Storage Blob Data Contributor/],
    ["realtime", 401, /Web PubSub refuses .*Web PubSub Service Owner/],
  ] as const)("without %s serves the rest, and says which role is wanting", LONG, async (service, status, remedy) => {
    gates[service].refuse(status);
    expect((await healthWhen({ [service]: "down" })).status).toBe(200);
    expect(story.output()).toMatch(remedy);
    expect(await write(`wamid.outage.${service}`, `Zonder ${service}`)).toBe(200);
    await until("the message is shown", async () => (await textsShown()).includes(`Zonder ${service}`));
    gates[service].open();
    await healthWhen({});
  });

  it("prints nothing of it", () => {
    expect(story.leaks()).toEqual([]);
  });
});
