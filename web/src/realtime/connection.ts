import type { WebPubSubClient } from "@azure/web-pubsub-client";
import type { RealtimeMessage } from "../../../shared/platform/realtime/port.ts";
import { call } from "../api/client.ts";
import { Store } from "../ui/store.ts";

export type ConnectionState = "connecting" | "online" | "reconnecting";

/** Shown quietly in the top bar. */
export const connectionState = new Store<ConnectionState>("connecting");

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

interface Listener {
  onEvent(event: RealtimeMessage): void;
  /** After each connection, the first too: what happened in between has to be fetched. */
  onConnected(): void;
}

/**
 * Listens until told to stop. The library reconnects by itself while it can; when it gives up, or never got through, we
 * begin anew with growing pauses.
 */
export function listen(listener: Listener): () => void {
  let client: WebPubSubClient | undefined;
  let stopped = false;
  let pause = FIRST_RETRY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function again(): void {
    if (stopped) return;
    connectionState.set("reconnecting");
    clearTimeout(timer);
    timer = setTimeout(() => void begin(), pause);
    pause = Math.min(pause * 2, LAST_RETRY_MS);
  }

  async function begin(): Promise<void> {
    try {
      const made = await makeClient();
      if (stopped) return made.stop();
      client = made;
      made.on("connected", () => {
        pause = FIRST_RETRY_MS;
        connectionState.set("online");
        listener.onConnected();
      });
      made.on("disconnected", () => !stopped && connectionState.set("reconnecting"));
      made.on("stopped", again);
      made.on("group-message", ({ message }) => hand(message.data));
      made.on("server-message", ({ message }) => hand(message.data));
      await made.start();
    } catch {
      again();
    }
  }

  function hand(data: unknown): void {
    for (const one of Array.isArray(data) ? data : [data]) if (isEvent(one)) listener.onEvent(one);
  }

  connectionState.set("connecting");
  void begin();
  return () => {
    stopped = true;
    clearTimeout(timer);
    client?.stop();
  };
}

async function makeClient(): Promise<WebPubSubClient> {
  const { WebPubSubClient, WebPubSubJsonProtocol } = await import("@azure/web-pubsub-client");
  const getClientAccessUrl = async () => (await call<{ url: string }>("POST", "realtime/negotiate")).url;
  return new WebPubSubClient(
    { getClientAccessUrl },
    {
      protocol: WebPubSubJsonProtocol(),
      reconnectRetryOptions: { retryDelayInMs: 1_000, maxRetryDelayInMs: LAST_RETRY_MS },
    },
  );
}

function isEvent(value: unknown): value is RealtimeMessage {
  return typeof value === "object" && value !== null && "type" in value && "id" in value && "at" in value;
}
