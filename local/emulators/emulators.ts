import { connect } from "node:net";
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
  /** A line for each service that says what it is. */
  readonly told: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts an emulator in this process for each service of Azure whose setting is not among `given`; what outlives the process
 * lies in `folder`. Rejects when nothing answers at an address that was given.
 */
export async function startEmulators(
  folder: string,
  given: Readonly<Record<string, string | undefined>>,
): Promise<Emulators> {
  const wanted = EMULATORS.map((emulator) => ({ emulator, address: given[emulator.setting] || undefined }));
  for (const { emulator, address } of wanted) if (address !== undefined) await checkAnswers(emulator.setting, address);
  const all = await Promise.all(
    wanted.map(async ({ emulator, address }) => {
      const running = address === undefined ? await emulator.start(folder) : undefined;
      return { ...emulator, running, address: running?.address ?? address ?? "" };
    }),
  );
  return {
    settings: Object.fromEntries(all.map(({ setting, address }) => [setting, address])),
    told: all.map(({ service, by, running, address }) =>
      [service.padEnd(17), running === undefined ? "as given" : by, `(${address})`].join(" "),
    ),
    close: async () => {
      await Promise.all(all.map(({ running }) => running?.close()));
    },
  };
}

/** Milliseconds. */
const CONNECT_LIMIT = 5000;

async function checkAnswers(setting: string, address: string): Promise<void> {
  const { hostname, port, protocol } = new URL(address.includes("://") ? address : `amqps://${address}`);
  const standard = { "https:": 443, "http:": 80 }[protocol] ?? 5671;
  const socket = connect(port === "" ? standard : Number(port), hostname.replace(/^\[|\]$/g, ""));
  socket.setTimeout(CONNECT_LIMIT, () => socket.destroy(new Error("no answer")));
  try {
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  } catch (cause) {
    throw new Error(
      `Nothing answers at ${address}. Start what should be there, or leave ${setting} out for an emulator of this process.`,
      { cause },
    );
  } finally {
    socket.destroy();
  }
}
