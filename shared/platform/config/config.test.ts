import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";
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
      keyVaultUri: "https://vault.vault.azure.net",
      serviceBusNamespace: "ns.servicebus.windows.net",
      trialDays: 30,
    });
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
    ["COSMOS_ENDPOINT", "http://acc.documents.azure.com"],
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
