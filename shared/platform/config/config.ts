import { join, resolve } from "node:path";
import { z } from "zod";
import { REALTIME_HUB } from "../realtime/port.ts";
import { azuriteConnectionString } from "./azurite.ts";
import {
  type BlobService,
  blobsAt,
  type CosmosService,
  cosmosAt,
  type KeyVaultService,
  keyVaultAt,
  type ServiceBusService,
  ServiceBusSetting,
  serviceBusAt,
  serviceUrl,
  type WebPubSubService,
  webPubSubAt,
} from "./emulators.ts";
import { describe, parseSettings } from "./settings.ts";

/** What both editions have. */
interface CommonConfig {
  /** Where people and providers reach the installation: an origin without a trailing slash, e.g. `http://localhost:7071`. */
  readonly publicUrl: string;
  readonly region: string;
  /** Undefined: nothing is sent to Application Insights. */
  readonly applicationInsights: string | undefined;
  /** Operations sent to Application Insights a second and instance, beside all that fail. */
  readonly tracesPerSecond: number;
  /** Days from sign-up to the end of a trial. */
  readonly trialDays: number;
  readonly whatsapp: {
    readonly appSecret: string;
    readonly verifyToken: string;
    /** Origin without a trailing slash. */
    readonly apiBaseUrl: string;
    /** E.g. `v23.0`. */
    readonly apiVersion: string;
  };
  /** Undefined until telephony is set up. */
  readonly telephonyAuthToken: string | undefined;
}

/** One machine: everything in one data folder, blobs in Azurite. */
export interface LocalConfig extends CommonConfig {
  readonly platform: "local";
  /** Absolute. */
  readonly folder: string;
  /** Absolute paths below `folder`. */
  readonly files: {
    readonly documents: string;
    readonly queue: string;
    readonly secretsKey: string;
    readonly realtimeKey: string;
    readonly signingKeys: string;
  };
  readonly blobs: { readonly connectionString: string };
  /** Where browsers open their WebSocket, e.g. `ws://localhost:7071/client/hubs/desk`. */
  readonly realtimeUrl: string;
}

/** Azure: everything by managed identity, save what is an emulator on this machine. */
export interface AzureConfig extends CommonConfig {
  readonly platform: "azure";
  readonly cosmos: CosmosService;
  readonly serviceBus: ServiceBusService;
  readonly blobs: BlobService;
  readonly webPubSub: WebPubSubService;
  readonly keyVault: KeyVaultService;
}

export type Config = LocalConfig | AzureConfig;

const DEFAULT_AZURITE = "http://127.0.0.1:10000/devstoreaccount1";

const httpUrl = (example: string) =>
  describe(`an http or https address, e.g. ${example}`, z.url({ protocol: /^https?$/ })).transform(withoutSlash);
const azureUrl = (example: string, emulator: string) => serviceUrl(example, emulator).transform(withoutSlash);

const SHARED = {
  PUBLIC_URL: httpUrl("https://cordboard.example.com"),
  CORDBOARD_REGION: describe(
    "a region's name in lower case, e.g. westeurope",
    z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  ),
  APPLICATIONINSIGHTS_CONNECTION_STRING: describe(
    "the connection string of an Application Insights resource (InstrumentationKey=…)",
    z.string().regex(/InstrumentationKey=/i),
  ).optional(),
  TRACES_PER_SECOND: describe("a number from 0 to 10000", z.coerce.number().min(0).max(10_000)).default(20),
  TRIAL_DAYS: describe("a whole number of days from 1 to 365", z.coerce.number().int().min(1).max(365)).default(14),
  WHATSAPP_APP_SECRET: describe("the Meta app's secret, at least 8 characters", z.string().min(8)),
  WHATSAPP_VERIFY_TOKEN: describe(
    "the token entered at Meta for the webhook, at least 8 characters",
    z.string().min(8),
  ),
  WHATSAPP_API_BASE_URL: httpUrl("https://graph.facebook.com").default("https://graph.facebook.com"),
  WHATSAPP_API_VERSION: describe("a version of the Graph API, e.g. v23.0", z.string().regex(/^v\d+\.\d+$/)).default(
    "v23.0",
  ),
  TELEPHONY_AUTH_TOKEN: describe("the telephony provider's token, at least 8 characters", z.string().min(8)).optional(),
};

const LocalSettings = z.object({
  ...SHARED,
  PUBLIC_URL: SHARED.PUBLIC_URL.default("http://localhost:7071"),
  CORDBOARD_REGION: SHARED.CORDBOARD_REGION.default("local"),
  CORDBOARD_DATA: describe("a folder", z.string().min(1)).default(".cordboard"),
  STORAGE__blobServiceUri: describe(
    `the address of Azurite's blob service, e.g. ${DEFAULT_AZURITE}, or a storage connection string`,
    z.union([z.url({ protocol: /^https?$/ }), z.string().regex(/^(UseDevelopmentStorage=true|.*\bBlobEndpoint=)/)]),
  ).default(DEFAULT_AZURITE),
});

const AzureSettings = z.object({
  ...SHARED,
  COSMOS_ENDPOINT: azureUrl("https://<account>.documents.azure.com", "http://localhost:8081"),
  SERVICEBUS__fullyQualifiedNamespace: ServiceBusSetting,
  STORAGE__blobServiceUri: azureUrl("https://<account>.blob.core.windows.net", DEFAULT_AZURITE),
  WEBPUBSUB_ENDPOINT: azureUrl("https://<name>.webpubsub.azure.com", "http://localhost:7072"),
  KEYVAULT_URI: azureUrl("https://<vault>.vault.azure.net", "http://localhost:7073"),
});

const PlatformSetting = z.object({ CORDBOARD_PLATFORM: describe('"local" or "azure"', z.enum(["local", "azure"])) });

/**
 * The installation's settings, from environment variables (the names stand in docs and in local.settings.sample.json). An
 * empty variable counts as missing. Throws one `SettingsError` that names every missing or wrong setting and what it should
 * be, and no value.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { CORDBOARD_PLATFORM } = parseSettings(PlatformSetting, env);
  return CORDBOARD_PLATFORM === "local"
    ? localConfig(parseSettings(LocalSettings, env))
    : azureConfig(parseSettings(AzureSettings, env));
}

function localConfig(settings: z.infer<typeof LocalSettings>): LocalConfig {
  const folder = resolve(settings.CORDBOARD_DATA);
  return {
    platform: "local",
    ...commonConfig(settings),
    folder,
    files: {
      documents: join(folder, "documents.db"),
      queue: join(folder, "queue.db"),
      secretsKey: join(folder, "secrets.key"),
      realtimeKey: join(folder, "realtime.key"),
      signingKeys: join(folder, "signing-keys.json"),
    },
    blobs: { connectionString: asConnectionString(settings.STORAGE__blobServiceUri) },
    realtimeUrl: `${settings.PUBLIC_URL.replace(/^http/, "ws")}/client/hubs/${REALTIME_HUB}`,
  };
}

function azureConfig(settings: z.infer<typeof AzureSettings>): AzureConfig {
  return {
    platform: "azure",
    ...commonConfig(settings),
    cosmos: cosmosAt(settings.COSMOS_ENDPOINT),
    serviceBus: serviceBusAt(settings.SERVICEBUS__fullyQualifiedNamespace),
    blobs: blobsAt(settings.STORAGE__blobServiceUri),
    webPubSub: webPubSubAt(settings.WEBPUBSUB_ENDPOINT),
    keyVault: keyVaultAt(settings.KEYVAULT_URI),
  };
}

function commonConfig(settings: z.infer<typeof LocalSettings> | z.infer<typeof AzureSettings>): CommonConfig {
  return {
    publicUrl: settings.PUBLIC_URL,
    region: settings.CORDBOARD_REGION,
    applicationInsights: settings.APPLICATIONINSIGHTS_CONNECTION_STRING,
    tracesPerSecond: settings.TRACES_PER_SECOND,
    trialDays: settings.TRIAL_DAYS,
    whatsapp: {
      appSecret: settings.WHATSAPP_APP_SECRET,
      verifyToken: settings.WHATSAPP_VERIFY_TOKEN,
      apiBaseUrl: settings.WHATSAPP_API_BASE_URL,
      apiVersion: settings.WHATSAPP_API_VERSION,
    },
    telephonyAuthToken: settings.TELEPHONY_AUTH_TOKEN,
  };
}

function asConnectionString(storage: string): string {
  return /^https?:/i.test(storage) ? azuriteConnectionString(withoutSlash(storage)) : storage;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
