import { z } from "zod";
import { azuriteConnectionString } from "./azurite.ts";
import { describe } from "./settings.ts";

/**
 * A service of Azure at its own address, where the managed identity signs in; or its emulator on this machine, which opens
 * to a key that everybody knows. The other properties are what the service's engine takes.
 */
type Service<Azure, Emulator> = (Azure & { readonly at: "azure" }) | (Emulator & { readonly at: "emulator" });

export type CosmosService = Service<{ readonly endpoint: string }, { readonly endpoint: string; readonly key: string }>;
export type ServiceBusService = Service<
  { readonly fullyQualifiedNamespace: string },
  { readonly connectionString: string }
>;
export type BlobService = Service<{ readonly serviceUri: string }, { readonly connectionString: string }>;
export type WebPubSubService = Service<
  { readonly endpoint: string },
  { readonly endpoint: string; readonly key: string }
>;
export type KeyVaultService = Service<
  { readonly keyVaultUri: string },
  { readonly keyVaultUri: string; readonly token: string }
>;

/** Published at https://learn.microsoft.com/azure/cosmos-db/emulator#authentication: it opens nothing but emulators. */
const COSMOS_EMULATOR_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";

/** Web PubSub and Key Vault have no emulator of Microsoft's, hence no published key: these open ours, in local/emulators/. */
export const WEB_PUBSUB_EMULATOR_KEY = "cordboard-web-pubsub-emulator-key-which-is-no-secret";
export const KEY_VAULT_EMULATOR_TOKEN = "cordboard-key-vault-emulator-token-which-is-no-secret";

/** Nothing of Azure's is there, and what is there is reached by nobody else: plain HTTP and published keys are no risk. */
const LOOPBACK = String.raw`(localhost|127(\.\d{1,3}){3}|\[::1\])`;
const LOOPBACK_NAME = new RegExp(`^${LOOPBACK}$`, "i");
const LOOPBACK_HOST = new RegExp(`^${LOOPBACK}:\\d{1,5}$`, "i");
const HOST_NAME = /^[a-z0-9][a-z0-9.-]*\.[a-z]{2,}$/i;

/** An https address, or the http address of an emulator on this machine. */
export function serviceUrl(example: string, emulator: string) {
  return describe(
    `an https address, e.g. ${example}, or that of an emulator on this machine, e.g. ${emulator}`,
    z.union([z.url({ protocol: /^https$/ }), z.url({ protocol: /^http$/, hostname: LOOPBACK_NAME })]),
  );
}

/** `SERVICEBUS__fullyQualifiedNamespace`: a host name, or an emulator's host and port on this machine. */
export const ServiceBusSetting = describe(
  "a Service Bus host name, e.g. <name>.servicebus.windows.net, or an emulator on this machine, e.g. localhost:5672",
  z.string().regex(new RegExp(`${HOST_NAME.source}|${LOOPBACK_HOST.source}`, "i")),
);

function isEmulator(url: string): boolean {
  return url.startsWith("http:");
}

/** For an address that `serviceUrl` has taken, as for the others below. */
export function cosmosAt(endpoint: string): CosmosService {
  return isEmulator(endpoint) ? { at: "emulator", endpoint, key: COSMOS_EMULATOR_KEY } : { at: "azure", endpoint };
}

/**
 * For what `ServiceBusSetting` has taken. An emulator's connection string is published at
 * https://learn.microsoft.com/azure/service-bus-messaging/test-locally-with-service-bus-emulator#choose-the-right-connection-string
 */
export function serviceBusAt(host: string): ServiceBusService {
  return LOOPBACK_HOST.test(host)
    ? { at: "emulator", connectionString: serviceBusEmulatorConnectionString(host) }
    : { at: "azure", fullyQualifiedNamespace: host };
}

function serviceBusEmulatorConnectionString(host: string): string {
  const key = "SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE";
  return `Endpoint=sb://${host};${key};UseDevelopmentEmulator=true;`;
}

export function blobsAt(serviceUri: string): BlobService {
  return isEmulator(serviceUri)
    ? { at: "emulator", connectionString: azuriteConnectionString(serviceUri) }
    : { at: "azure", serviceUri };
}

export function webPubSubAt(endpoint: string): WebPubSubService {
  return isEmulator(endpoint) ? { at: "emulator", endpoint, key: WEB_PUBSUB_EMULATOR_KEY } : { at: "azure", endpoint };
}

export function keyVaultAt(keyVaultUri: string): KeyVaultService {
  return isEmulator(keyVaultUri)
    ? { at: "emulator", keyVaultUri, token: KEY_VAULT_EMULATOR_TOKEN }
    : { at: "azure", keyVaultUri };
}

/** Whether a connection string of Application Insights leads to Azure, where telemetry is taken from the app's identity alone. */
export function leadsToAzure(connectionString: string): boolean {
  const [, endpoint] = /(?:^|;)\s*IngestionEndpoint=([^;]+)/i.exec(connectionString) ?? [];
  return endpoint === undefined || !LOOPBACK_NAME.test(URL.parse(endpoint)?.hostname ?? "");
}
