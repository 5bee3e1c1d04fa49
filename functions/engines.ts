import { type HashAddress, hashAddressWith } from "../shared/platform/addressHash.ts";
import { openBlobs } from "../shared/platform/blobs/azureBlobs.ts";
import type { Blobs } from "../shared/platform/blobs/port.ts";
import type { Clock } from "../shared/platform/clock.ts";
import type { AzureConfig, Config, LocalConfig } from "../shared/platform/config/config.ts";
import { azureCredential } from "../shared/platform/credential.ts";
import { openCosmosDocuments } from "../shared/platform/documents/cosmos/documents.ts";
import type { Documents } from "../shared/platform/documents/port.ts";
import { openSqliteDocuments } from "../shared/platform/documents/sqlite/documents.ts";
import { openEgress } from "../shared/platform/egress/egress.ts";
import type { FetchOutside } from "../shared/platform/egress/port.ts";
import { openMail } from "../shared/platform/mail/mail.ts";
import type { MailTransport } from "../shared/platform/mail/port.ts";
import type { Queue } from "../shared/platform/queue/port.ts";
import { openServiceBusQueue } from "../shared/platform/queue/serviceBus/serviceBusQueue.ts";
import { openSqliteQueue } from "../shared/platform/queue/sqlite/sqliteQueue.ts";
import { openAzureRealtime } from "../shared/platform/realtime/azure.ts";
import { openLocalRealtime } from "../shared/platform/realtime/local.ts";
import type { Realtime } from "../shared/platform/realtime/port.ts";
import { fileKeyStore } from "../shared/platform/secrets/fileKeyStore.ts";
import { readOrCreateKeyFile } from "../shared/platform/secrets/keyFile.ts";
import { fileKeyRing } from "../shared/platform/secrets/keyRing.ts";
import type { KeyStore } from "../shared/platform/secrets/keyStore.ts";
import { ADDRESS_KEY_NAME, keyVaultKeyRing, SIGNING_KEY_NAME } from "../shared/platform/secrets/keyVault.ts";
import { keyVaultStore } from "../shared/platform/secrets/keyVaultStore.ts";
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
  /** How clients' addresses are kept. */
  readonly hashAddress: HashAddress;
  /** Seeds of the keys that sign access tokens. */
  readonly signingKeys: KeyStore;
  /** To addresses that customers type. */
  readonly fetchOutside: FetchOutside;
  /** Undefined: mail is switched off. */
  readonly mail: MailTransport | undefined;
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
  return {
    documents: openSqliteDocuments({ file: files.documents, clock }),
    queue: openSqliteQueue({ file: files.queue, clock, currentTraceparent: () => telemetry.currentTraceparent() }),
    blobs: openBlobs({ connectionString: blobs.connectionString }),
    realtime: openLocalRealtime({ keyFile: files.realtimeKey, url: realtimeUrl }),
    secrets: openSecrets({ keyFile: files.secretsKey }),
    signingKeys: fileKeyStore(files.signingKeys, clock),
    hashAddress: hashAddressWith(fileKeyRing(readOrCreateKeyFile(files.addressKey))),
    fetchOutside: openEgress({ internal: true }),
    mail: openMail(config.mail, { clock, credential: azureCredential }),
  };
}

function azureEngines(config: AzureConfig, { clock, telemetry }: Shared): Engines {
  const { cosmos, serviceBus, blobs, webPubSub, keyVault } = config;
  // An emulator has its key beside its address, and leaves the identity unasked.
  const credential = azureCredential;
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
    signingKeys: keyVaultStore({ ...keyVault, credential, secretName: SIGNING_KEY_NAME }),
    hashAddress: hashAddressWith(keyVaultKeyRing({ ...keyVault, credential, secretName: ADDRESS_KEY_NAME })),
    // Azure's engines on one machine are a developer's: what is beside them may be reached.
    fetchOutside: openEgress({ internal: cosmos.at === "emulator" }),
    mail: openMail(config.mail, { clock, credential }),
  };
}
