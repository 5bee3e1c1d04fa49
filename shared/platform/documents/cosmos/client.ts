import type { CosmosClient, CosmosClientOptions, Database } from "@azure/cosmos";
import { azureCredential } from "../../credential.ts";

export interface CosmosConnectionOptions {
  /** `https://<account>.documents.azure.com:443/`. */
  readonly endpoint: string;
  readonly databaseName: string;
  /** An emulator's. Without it the managed identity signs, unless `credential` does. */
  readonly key?: string;
  readonly credential?: NonNullable<CosmosClientOptions["aadCredentials"]>;
  /** Regions to read from, nearest first. */
  readonly preferredLocations?: readonly string[];
  /** Default true, but false where there is a `key`: an emulator's own address may not be one that clients reach. */
  readonly discoverEndpoints?: boolean;
  /** Milliseconds for one request. Default 3,000: within a call's deadline there is time for a second one. */
  readonly requestTimeout?: number;
  /** Seconds that 429s may keep one request waiting in all. Default 5; Cosmos says in each how long to wait. */
  readonly throttleWait?: number;
  readonly agent?: NonNullable<CosmosClientOptions["agent"]>;
}

export interface CosmosConnection {
  readonly client: CosmosClient;
  readonly database: Database;
}

async function credentialsOf({ key, credential }: CosmosConnectionOptions): Promise<CosmosClientOptions> {
  if (key !== undefined) return { key };
  if (credential !== undefined) return { aadCredentials: credential };
  return { aadCredentials: await azureCredential() };
}

/** Loads the SDK on first use, so that a cold start which reads nothing does not pay for it. */
export async function connectCosmos(options: CosmosConnectionOptions): Promise<CosmosConnection> {
  const [{ CosmosClient }, credentials] = await Promise.all([import("@azure/cosmos"), credentialsOf(options)]);
  const { endpoint, databaseName, preferredLocations, agent, key } = options;
  const { discoverEndpoints = key === undefined } = options;
  const client = new CosmosClient({
    endpoint,
    ...credentials,
    ...(agent === undefined ? {} : { agent }),
    connectionPolicy: {
      requestTimeout: options.requestTimeout ?? 3_000,
      enableEndpointDiscovery: discoverEndpoints,
      enableBackgroundEndpointRefreshing: discoverEndpoints,
      retryOptions: { maxRetryAttemptCount: 9, maxWaitTimeInSeconds: options.throttleWait ?? 5 },
      ...(preferredLocations === undefined ? {} : { preferredLocations: [...preferredLocations] }),
    },
  });
  return { client, database: client.database(databaseName) };
}
