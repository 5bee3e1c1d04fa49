import type { WebPubSubServiceClient } from "@azure/web-pubsub";
import type { azureCredential } from "../credential.ts";
import { inTime } from "../deadlines.ts";
import { Problem } from "../errors.ts";
import { explained } from "../serviceFault.ts";
import { accessOf, connectedUser, TOKEN_SECONDS } from "./access.ts";
import { REALTIME_HUB, type Realtime, tenantGroup } from "./port.ts";

interface AzureRealtimeOptions {
  /** E.g. `https://<name>.webpubsub.azure.com`. */
  readonly endpoint: string;
  /** Not asked where there is a `key`. */
  readonly credential: typeof azureCredential;
  /** An emulator's, which may then be reached without TLS. */
  readonly key?: string;
  /** Default: the SDK's client, loaded on first use. */
  readonly openClient?: () => Promise<WebPubSubServiceClient>;
}

/** Azure Web PubSub by managed identity. What it refuses or does not answer throws `Problem("unavailable")`. */
export function openAzureRealtime(options: AzureRealtimeOptions): Realtime {
  const { openClient = () => openWebPubSub(options) } = options;
  let opening: Promise<WebPubSubServiceClient> | undefined;

  async function use<T>(work: (client: WebPubSubServiceClient, abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    opening ??= openClient().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    const client = opening;
    try {
      return await inTime("realtime", async (signal) => work(await client, signal));
    } catch (cause) {
      throw new Problem("unavailable", { cause: explained("Web PubSub", cause) });
    }
  }

  return {
    // One after another: Web PubSub keeps the order of requests only when each waits for the one before.
    publish: (tenantId, messages) =>
      use(async (client, abortSignal) => {
        const group = client.group(tenantGroup(tenantId));
        for (const message of messages) await group.sendToAll(message, { abortSignal });
      }),
    negotiate: (tenantId, userId) =>
      use(async (client, abortSignal) => {
        const access = {
          abortSignal,
          ...accessOf(tenantId),
          userId: connectedUser(tenantId, userId),
          expirationTimeInMinutes: TOKEN_SECONDS / 60,
        };
        const { url } = await client.getClientAccessToken(access);
        return { url, expiresIn: TOKEN_SECONDS };
      }),
    closeUser: (tenantId, userId) =>
      use((client, abortSignal) =>
        client.closeUserConnections(connectedUser(tenantId, userId), { reason: "signed-out", abortSignal }),
      ),
    ping: () =>
      use(async (client, abortSignal) => {
        await client.groupExists("ping", { abortSignal });
      }),
  };
}

async function openWebPubSub({ endpoint, credential, key }: AzureRealtimeOptions): Promise<WebPubSubServiceClient> {
  const { AzureKeyCredential, WebPubSubServiceClient } = await import("@azure/web-pubsub");
  const options = { retryOptions: { maxRetries: 2, maxRetryDelayInMs: 2000 } };
  if (key === undefined) return new WebPubSubServiceClient(endpoint, await credential(), REALTIME_HUB, options);
  const plain = { ...options, allowInsecureConnection: true };
  return new WebPubSubServiceClient(endpoint, new AzureKeyCredential(key), REALTIME_HUB, plain);
}
