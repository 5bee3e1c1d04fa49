import { BicepError } from "./tokens.ts";
import type { Fields, ResourceReference, Value } from "./values.ts";

/** What Azure says of a new resource, in the form that Azure gives it. */
const PROPERTIES: Readonly<Record<string, (name: string) => Fields>> = {
  "Microsoft.Cdn/profiles": () => ({ frontDoorId: "00000000-0000-4000-8000-00000000fd1d" }),
  "Microsoft.Cdn/profiles/afdEndpoints": (name) => ({ hostName: `${name.split("/").at(-1)}-abc.z01.azurefd.net` }),
  "Microsoft.DocumentDB/databaseAccounts": (name) => ({ documentEndpoint: `https://${name}.documents.azure.com:443/` }),
  "Microsoft.Insights/components": () => ({
    ConnectionString: "InstrumentationKey=00000000-0000-4000-8000-000000000003;IngestionEndpoint=https://example.com/",
  }),
  "Microsoft.KeyVault/vaults": (name) => ({ vaultUri: `https://${name}.vault.azure.net/` }),
  "Microsoft.ManagedIdentity/userAssignedIdentities": () => ({
    principalId: "00000000-0000-4000-8000-000000000004",
    clientId: "00000000-0000-4000-8000-000000000005",
  }),
  "Microsoft.SignalRService/webPubSub": (name) => ({ hostName: `${name}.webpubsub.azure.com` }),
  "Microsoft.Storage/storageAccounts": (name) => ({
    primaryEndpoints: { blob: `https://${name}.blob.core.windows.net/` },
  }),
  "Microsoft.Web/sites": (name) => ({ defaultHostName: `${name}.azurewebsites.net` }),
  "Microsoft.Web/staticSites": (name) => ({ defaultHostname: `${name}.azurestaticapps.net` }),
};

export function runtimeProperty({ type, name }: ResourceReference, property: string): Value {
  const properties = PROPERTIES[type];
  if (property !== "properties" || properties === undefined)
    throw new BicepError(`nobody has said here what Azure gives as ${property} of ${type}`);
  return properties(name);
}
