import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBlobs } from "../../shared/platform/blobs/azureBlobs.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { readConfig } from "../../shared/platform/config/config.ts";
import { openCosmosDocuments } from "../../shared/platform/documents/cosmos/documents.ts";
import { create } from "../../shared/platform/documents/port.ts";
import { Message, tenant } from "../../shared/platform/documents/testing/subject.ts";
import { requireAnswer } from "./answering.ts";
import { type Emulators, startEmulators } from "./emulators.ts";

const folder = mkdtempSync(join(tmpdir(), "cordboard-emulators-"));
afterAll(() => rmSync(folder, { recursive: true }));

const credential = () => Promise.reject(new Error("Not asked"));

describe("Azure's services, emulated", () => {
  let emulators: Emulators;
  beforeAll(async () => {
    emulators = await startEmulators(folder, { KEYVAULT_URI: "https://vault.vault.azure.net" });
  }, 60_000);
  afterAll(() => emulators.close());

  function config() {
    const common = { CORDBOARD_PLATFORM: "azure", CORDBOARD_REGION: "local", PUBLIC_URL: "http://localhost:7071" };
    const whatsapp = { WHATSAPP_APP_SECRET: "app-secret-0123", WHATSAPP_VERIFY_TOKEN: "verify-token-0123" };
    const read = readConfig({ ...common, ...whatsapp, ...emulators.settings });
    if (read.platform !== "azure") throw new Error("Not Azure's");
    return read;
  }

  it("are those whose address is not given, and say so", () => {
    const { cosmos, serviceBus, blobs, webPubSub, keyVault } = config();
    expect([cosmos, serviceBus, blobs, webPubSub].map(({ at }) => at)).toEqual(Array(4).fill("emulator"));
    expect(keyVault).toEqual({ at: "azure", keyVaultUri: "https://vault.vault.azure.net" });
    expect(emulators.given).toEqual(["KEYVAULT_URI"]);
    expect(emulators.told).toHaveLength(5);
    expect(emulators.told[0]).toMatch(/^Cosmos DB +Vercel's .*in memory \(http:\/\/127\.0\.0\.1:\d+\/\)$/);
    expect(emulators.told[4]).toMatch(/^Key Vault +as given \(https:\/\/vault\.vault\.azure\.net\)$/);
  });

  it("get their containers on first use, however many come first at once", async () => {
    const { cosmos, blobs } = config();
    const stores = Array.from({ length: 3 }, () =>
      openCosmosDocuments({ ...cosmos, databaseName: "first-use", clock: systemClock, createContainers: true }),
    );
    const own = tenant("first-use");
    const writes = stores.map((documents, n) =>
      documents.forTenant(own).commit("conversations", ["c"], [create(Message, `m${n}`, { n })]),
    );
    await Promise.all(writes);
    expect(await stores[0]?.forTenant(own).read(Message, ["c"], "m2")).toMatchObject({ value: { n: 2 } });
    await Promise.all(stores.map((documents) => documents.close()));
    await openBlobs({ ...blobs, credential }).ping();
  });
});

describe("an address where something should answer", () => {
  it("is named, with its setting, when nothing does", async () => {
    const blobs = "http://127.0.0.1:10000/devstoreaccount1";
    const emulators = await startEmulators(folder, { STORAGE__blobServiceUri: blobs });
    const { SERVICEBUS__fullyQualifiedNamespace: host = "", WEBPUBSUB_ENDPOINT: url = "" } = emulators.settings;
    await requireAnswer("SERVICEBUS__fullyQualifiedNamespace", host);
    await requireAnswer("WEBPUBSUB_ENDPOINT", url);
    await emulators.close();
    await expect(requireAnswer("SERVICEBUS__fullyQualifiedNamespace", host)).rejects.toThrow(
      `Nothing answers at ${host}. Start what should be there, or leave SERVICEBUS__fullyQualifiedNamespace out`,
    );
    await expect(requireAnswer("WEBPUBSUB_ENDPOINT", url)).rejects.toThrow(`Nothing answers at ${url}.`);
  });
});
