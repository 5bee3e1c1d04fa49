import type { ServiceBusClient, ServiceBusClientOptions } from "@azure/service-bus";
import type { azureCredential } from "../../credential.ts";

export type ServiceBusConnection =
  | { readonly fullyQualifiedNamespace: string; readonly credential: typeof azureCredential }
  | { readonly connectionString: string };

/** What a client may be asked for; a test puts its own in place of Azure's. */
export type ClientFactory = (options: ServiceBusClientOptions) => Promise<ServiceBusClient>;

/** The SDK is loaded with the first client, so that a cold start which sends nothing pays nothing for it. */
export function clientFactory(connection: ServiceBusConnection): ClientFactory {
  return async (options) => {
    const sdk = await import("@azure/service-bus");
    return "connectionString" in connection
      ? new sdk.ServiceBusClient(connection.connectionString, options)
      : new sdk.ServiceBusClient(connection.fullyQualifiedNamespace, await connection.credential(), options);
  };
}

export interface LazyClient {
  get(): Promise<ServiceBusClient>;
  close(): Promise<void>;
}

/** One client, made on first use. A failure to make it is not remembered. */
export function lazyClient(create: ClientFactory, options: ServiceBusClientOptions): LazyClient {
  let client: Promise<ServiceBusClient> | undefined;
  return {
    get: () => {
      client ??= create(options).catch((error: unknown) => {
        client = undefined;
        throw error;
      });
      return client;
    },
    close: async () => {
      await (await client)?.close();
    },
  };
}
