import type { TokenCredential } from "@azure/identity";

/**
 * The function app's managed identity on Azure; a developer's own sign-in elsewhere. Loaded on first use, since one
 * machine never needs it.
 */
export async function azureCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import("@azure/identity");
  return new DefaultAzureCredential();
}
