import { join } from "node:path";
import { startCosmosServer } from "../../shared/platform/documents/testing/cosmosServer.ts";
import { startAzurite } from "../azurite.ts";
import { startKeyVaultEmulator } from "./keyVault.ts";
import { startServiceBusEmulator } from "./serviceBus/server.ts";
import { startWebPubSubEmulator } from "./webPubSub.ts";

interface Running {
  /** As the setting takes it. */
  readonly address: string;
  close(): Promise<void>;
}

interface Emulator {
  readonly service: string;
  /** The bundle's setting that says where the service is. */
  readonly setting: string;
  /** What stands in for the service, for people. */
  readonly by: string;
  start(folder: string): Promise<Running>;
}

const EMULATORS: readonly Emulator[] = [
  {
    service: "Cosmos DB",
    setting: "COSMOS_ENDPOINT",
    by: "Vercel's cosmosdb-server behind a shim, in memory",
    start: async () => {
      const { endpoint, close } = await startCosmosServer();
      return { address: endpoint, close };
    },
  },
  {
    service: "Service Bus",
    setting: "SERVICEBUS__fullyQualifiedNamespace",
    by: "an emulator of our own, in memory",
    start: async () => {
      const { host, close } = await startServiceBusEmulator();
      return { address: host, close };
    },
  },
  {
    service: "Blob Storage",
    setting: "STORAGE__blobServiceUri",
    by: "Azurite, Microsoft's emulator",
    start: async (folder) => {
      const { serviceUri, stop } = await startAzurite({ folder: join(folder, "azurite"), port: 0 });
      return { address: serviceUri, close: stop };
    },
  },
  {
    service: "Web PubSub",
    setting: "WEBPUBSUB_ENDPOINT",
    by: "an emulator of our own (Microsoft has none)",
    start: async () => {
      const { endpoint, close } = await startWebPubSubEmulator();
      return { address: endpoint, close };
    },
  },
  {
    service: "Key Vault",
    setting: "KEYVAULT_URI",
    by: "an emulator of our own (Microsoft has none)",
    start: async (folder) => {
      const { keyVaultUri, close } = await startKeyVaultEmulator({ folder: join(folder, "key-vault") });
      return { address: keyVaultUri, close };
    },
  },
];

export interface Emulators {
  /** Where each service is, by the bundle's settings: what was given, and what was started. */
  readonly settings: Readonly<Record<string, string>>;
  /** Settings that were given, and with them services that others run. */
  readonly given: readonly string[];
  /** A line for each service that says what it is. */
  readonly told: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts an emulator in this process for each service of Azure whose setting is not among `given`; what outlives the process
 * lies in `folder`.
 */
export async function startEmulators(
  folder: string,
  given: Readonly<Record<string, string | undefined>>,
): Promise<Emulators> {
  const all = await Promise.all(
    EMULATORS.map(async (emulator) => {
      const address = given[emulator.setting] ?? "";
      const running = address === "" ? await emulator.start(folder) : undefined;
      return { ...emulator, running, address: running?.address ?? address };
    }),
  );
  return {
    settings: Object.fromEntries(all.map(({ setting, address }) => [setting, address])),
    given: all.filter(({ running }) => running === undefined).map(({ setting }) => setting),
    told: all.map(({ service, by, running, address }) =>
      [service.padEnd(17), running === undefined ? "as given" : by, `(${address})`].join(" "),
    ),
    close: async () => {
      await Promise.all(all.map(({ running }) => running?.close()));
    },
  };
}
