import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";
import { leadsToAzure } from "./emulators.ts";
import { SettingsError } from "./settings.ts";

const WHATSAPP = { WHATSAPP_APP_SECRET: "app-secret-0123", WHATSAPP_VERIFY_TOKEN: "verify-token-0123" };
const AZURE = {
  CORDBOARD_PLATFORM: "azure",
  PUBLIC_URL: "https://cordboard.example.com/",
  CORDBOARD_REGION: "westeurope",
  COSMOS_ENDPOINT: "https://acc.documents.azure.com:443/",
  SERVICEBUS__fullyQualifiedNamespace: "ns.servicebus.windows.net",
  STORAGE__blobServiceUri: "https://acc.blob.core.windows.net",
  WEBPUBSUB_ENDPOINT: "https://desk.webpubsub.azure.com",
  KEYVAULT_URI: "https://vault.vault.azure.net/",
  ...WHATSAPP,
};

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error("The settings were accepted");
}

describe("readConfig", () => {
  it("refuses a secret that Azure left as a reference, and says what to do", () => {
    const reference = "@Microsoft.KeyVault(SecretUri=https://vault.vault.azure.net/secrets/whatsapp-app-secret)";
    expect(problemsOf({ ...AZURE, WHATSAPP_APP_SECRET: reference })).toEqual([
      expect.stringMatching(/^WHATSAPP_APP_SECRET .*could not resolve.*Key Vault Secrets User$/),
    ]);
  });

  it("fills in one machine's defaults", () => {
    const config = readConfig({ CORDBOARD_PLATFORM: "local", CORDBOARD_DATA: "/data", ...WHATSAPP });
    expect(config).toMatchObject({
      platform: "local",
      publicUrl: "http://localhost:7071",
      region: "local",
      folder: "/data",
      trialDays: 14,
      files: { documents: "/data/documents.db", queue: "/data/queue.db", secretsKey: "/data/secrets.key" },
      whatsapp: { apiBaseUrl: "https://graph.facebook.com", apiVersion: "v23.0" },
      realtimeUrl: "ws://localhost:7071/client/hubs/desk",
      applicationInsights: undefined,
    });
    expect(config).toHaveProperty(
      "blobs.connectionString",
      expect.stringContaining("BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"),
    );
  });

  it("takes a storage connection string on one machine as it is", () => {
    const connectionString = "AccountName=a;AccountKey=b;BlobEndpoint=http://127.0.0.1:4567/a;";
    const config = readConfig({ CORDBOARD_PLATFORM: "local", STORAGE__blobServiceUri: connectionString, ...WHATSAPP });
    expect(config).toMatchObject({ blobs: { connectionString } });
  });

  it("reads Azure's settings, without trailing slashes", () => {
    expect(readConfig({ ...AZURE, TRIAL_DAYS: "30" })).toMatchObject({
      platform: "azure",
      publicUrl: "https://cordboard.example.com",
      cosmos: { at: "azure", endpoint: "https://acc.documents.azure.com:443" },
      serviceBus: { at: "azure", fullyQualifiedNamespace: "ns.servicebus.windows.net" },
      blobs: { at: "azure", serviceUri: "https://acc.blob.core.windows.net" },
      webPubSub: { at: "azure", endpoint: "https://desk.webpubsub.azure.com" },
      keyVault: { at: "azure", keyVaultUri: "https://vault.vault.azure.net" },
      trialDays: 30,
    });
  });

  it("takes a plain address of this machine for an emulator, with the key that is published for it", () => {
    const emulators = {
      COSMOS_ENDPOINT: "http://localhost:8081/",
      SERVICEBUS__fullyQualifiedNamespace: "localhost:5672",
      STORAGE__blobServiceUri: "http://127.0.0.1:10000/devstoreaccount1",
      WEBPUBSUB_ENDPOINT: "http://[::1]:7072",
      KEYVAULT_URI: "http://127.0.0.2:7073",
    };
    expect(readConfig({ ...AZURE, ...emulators })).toMatchObject({
      cosmos: { at: "emulator", endpoint: "http://localhost:8081", key: expect.stringMatching(/^C2y6yDjf5.*==$/) },
      serviceBus: {
        at: "emulator",
        connectionString: expect.stringMatching(
          /^Endpoint=sb:\/\/localhost:5672;.*SAS_KEY_VALUE;UseDevelopmentEmulator=true;$/,
        ),
      },
      blobs: { at: "emulator", connectionString: expect.stringContaining("http://127.0.0.1:10000/devstoreaccount1") },
      webPubSub: { at: "emulator", endpoint: "http://[::1]:7072", key: expect.any(String) },
      keyVault: { at: "emulator", keyVaultUri: "http://127.0.0.2:7073", token: expect.any(String) },
    });
  });

  it.each([
    ["COSMOS_ENDPOINT", "http://acc.documents.azure.com"],
    ["COSMOS_ENDPOINT", "http://localhost.example.com:8081"],
    ["STORAGE__blobServiceUri", "http://192.168.1.7:10000/devstoreaccount1"],
    ["WEBPUBSUB_ENDPOINT", "http://127.0.0.1@desk.example.com"],
    ["KEYVAULT_URI", "http://emulators:7073"],
    ["SERVICEBUS__fullyQualifiedNamespace", "servicebus:5672"],
    ["SERVICEBUS__fullyQualifiedNamespace", "localhost"],
    ["SERVICEBUS__fullyQualifiedNamespace", "localhost:5672;UseDevelopmentEmulator=false"],
    ["SERVICEBUS__fullyQualifiedNamespace", "ns.servicebus.windows.net:5672"],
  ])("takes no other machine for an emulator: %s=%s", (name, value) => {
    expect(problemsOf({ ...AZURE, [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${name} is wrong; it should be .*emulator on this machine, e\\.g\\. .*`)),
    ]);
  });

  it.each([
    ["InstrumentationKey=0", true],
    ["InstrumentationKey=0;IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/", true],
    ["InstrumentationKey=0;IngestionEndpoint=https://localhost.example.com/", true],
    ["InstrumentationKey=0;IngestionEndpoint=https://127.0.0.1:4318/;LiveEndpoint=https://example.com/", false],
  ])("sends telemetry as the app's identity to Azure, and to nobody else: %s", (connectionString, expected) => {
    expect(leadsToAzure(connectionString)).toBe(expected);
  });

  it("names a platform that is missing or unknown", () => {
    expect(problemsOf({})).toEqual(['CORDBOARD_PLATFORM is missing; it should be "local" or "azure"']);
    expect(problemsOf({ CORDBOARD_PLATFORM: "aws" })).toEqual([
      'CORDBOARD_PLATFORM is wrong; it should be "local" or "azure"',
    ]);
  });

  it("names every missing setting at once", () => {
    const names = problemsOf({ CORDBOARD_PLATFORM: "azure" }).map((problem) => problem.split(" ")[0]);
    expect(names.sort()).toEqual(
      Object.keys(AZURE)
        .filter((name) => name !== "CORDBOARD_PLATFORM")
        .sort(),
    );
  });

  it("takes an empty variable for a missing one", () => {
    expect(problemsOf({ ...AZURE, WHATSAPP_APP_SECRET: " " })).toEqual([
      "WHATSAPP_APP_SECRET is missing; it should be the Meta app's secret, at least 8 characters",
    ]);
  });

  it.each([
    ["PUBLIC_URL", "cordboard"],
    ["PUBLIC_URL", "ftp://cordboard.example.com"],
    ["SERVICEBUS__fullyQualifiedNamespace", "https://ns.servicebus.windows.net"],
    ["TRIAL_DAYS", "0"],
    ["TRIAL_DAYS", "a week"],
    ["WHATSAPP_API_VERSION", "23"],
    ["APPLICATIONINSIGHTS_CONNECTION_STRING", "s3cret"],
    ["CORDBOARD_REGION", "West Europe"],
  ])("refuses %s=%s by name and never repeats the value", (name, value) => {
    const problems = problemsOf({ ...AZURE, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} is wrong; it should be `));
    expect(() => readConfig({ ...AZURE, [name]: value })).toThrow(SettingsError);
  });

  it("never repeats a secret", () => {
    const problems = problemsOf({ ...AZURE, WHATSAPP_APP_SECRET: "hunter2", WHATSAPP_VERIFY_TOKEN: "hunter3" });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toMatch(/hunter/);
  });
});
