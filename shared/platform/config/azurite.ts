/**
 * The account every Azurite has, with the key that Microsoft publishes for it: it opens nothing but emulators.
 * https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key
 */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** `serviceUri` is Azurite's blob service with its account, e.g. `http://127.0.0.1:10000/devstoreaccount1`. */
export function azuriteConnectionString(serviceUri: string): string {
  const protocol = serviceUri.startsWith("https:") ? "https" : "http";
  return `DefaultEndpointsProtocol=${protocol};AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${serviceUri};`;
}

/** Azurite's blob service at a port of this machine. */
export function azuriteServiceUri(port: number): string {
  return `http://127.0.0.1:${port}/${ACCOUNT}`;
}
