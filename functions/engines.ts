import { openBlobs } from "../shared/platform/blobs/azureBlobs.ts";
import type { Blobs } from "../shared/platform/blobs/port.ts";
import type { Clock } from "../shared/platform/clock.ts";
import type { AzureConfig, Config, LocalConfig } from "../shared/platform/config/config.ts";
import { azureCredential } from "../shared/platform/credential.ts";
import { openCosmosDocuments } from "../shared/platform/documents/cosmos/documents.ts";
import type { Documents } from "../shared/platform/documents/port.ts";
import { openSqliteDocuments } from "../shared/platform/documents/sqlite/documents.ts";
import type { Queue } from "../shared/platform/queue/port.ts";
import { openServiceBusQueue } from "../shared/platform/queue/serviceBus/serviceBusQueue.ts";
import { openSqliteQueue } from "../shared/platform/queue/sqlite/sqliteQueue.ts";
import { openAzureRealtime } from "../shared/platform/realtime/azure.ts";
import { openLocalRealtime } from "../shared/platform/realtime/local.ts";
import type { Realtime } from "../shared/platform/realtime/port.ts";
import { readOrCreateKeyFile } from "../shared/platform/secrets/keyFile.ts";
import { keyVaultKeyRing, SIGNING_KEY_NAME } from "../shared/platform/secrets/keyVault.ts";
import type { Secrets } from "../shared/platform/secrets/port.ts";
import { openSecrets } from "../shared/platform/secrets/secrets.ts";
import type { Telemetry } from "../shared/platform/telemetry/port.ts";

/** What the contexts stand on, in one of the two editions. Nothing beyond this file knows which. */
export interface Engines {
  readonly documents: Documents;
  readonly queue: Queue;
  readonly blobs: Blobs;
  readonly realtime: Realtime;
  readonly secrets: Secrets;
  /** Seeds of the keys that sign access tokens, newest first. */
  readonly signingSeeds: () => Promise<readonly Buffer[]>;
}

interface Shared {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

const DATABASE = "cordboard";

/** Opens the edition that is configured. Azure's SDKs are loaded on first use, so a cold start pays for what it uses. */
export function openEngines(config: Config, shared: Shared): Engines {
  return config.platform === "local" ? localEngines(config, shared) : azureEngines(config, shared);
}

function localEngines(config: LocalConfig, { clock, telemetry }: Shared): Engines {
  const { files, blobs, realtimeUrl } = config;
  const signingKeys = readOrCreateKeyFile(files.signingKeys);
  return {
    documents: openSqliteDocuments({ file: files.documents, clock }),
    queue: openSqliteQueue({ file: files.queue, clock, currentTraceparent: () => telemetry.currentTraceparent() }),
    blobs: openBlobs({ connectionString: blobs.connectionString }),
    realtime: openLocalRealtime({ keyFile: files.realtimeKey, url: realtimeUrl }),
    secrets: openSecrets({ keyFile: files.secretsKey }),
    signingSeeds: async () => signingKeys,
  };
}

function azureEngines(config: AzureConfig, { clock, telemetry }: Shared): Engines {
  const { cosmos, serviceBus, blobs, webPubSub, keyVault } = config;
  // An emulator has its key beside its address, and leaves the identity unasked.
  const credential = azureCredential;
  const signingKeys = keyVaultKeyRing({ ...keyVault, credential, secretName: SIGNING_KEY_NAME });
  return {
    // On Azure bicep makes the containers, and nobody else may.
    documents: openCosmosDocuments({
      ...cosmos,
      databaseName: DATABASE,
      clock,
      createContainers: cosmos.at === "emulator",
    }),
    queue: openServiceBusQueue(
      { ...serviceBus, credential },
      { currentTraceparent: () => telemetry.currentTraceparent() },
    ),
    blobs: openBlobs({ ...blobs, credential }),
    realtime: openAzureRealtime({ ...webPubSub, credential }),
    secrets: openSecrets({ ...keyVault, credential }),
    signingSeeds: async () => [(await signingKeys.newest()).bytes],
  };
}
