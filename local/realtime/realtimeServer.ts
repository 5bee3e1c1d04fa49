import { listenOnBridge } from "../../shared/platform/realtime/localBridge.ts";
import { readOrCreateKeyFile } from "../../shared/platform/secrets/keyFile.ts";
import { createHubServer, type HubLimits, type HubServer } from "./hubServer.ts";

export interface RealtimeServerOptions extends HubLimits {
  /** The file the tokens are signed with; made when missing. */
  readonly keyFile: string;
  /** The hub's address as browsers know it, and the tokens' audience: what `openLocalRealtime` got as `url`. */
  readonly url: string;
}

export interface RealtimeServer extends Pick<HubServer, "upgrade"> {
  /** Connections, those included that wait for their clients to come back. */
  readonly connections: number;
  close(): void;
}

/**
 * Web PubSub on one machine: sends to its clients what the bundle puts on the in-process bridge. Throws when the key file is
 * unreadable or open to others.
 */
export function createRealtimeServer({ keyFile, url, ...limits }: RealtimeServerOptions): RealtimeServer {
  const keys = readOrCreateKeyFile(keyFile);
  const { hub, upgrade, close } = createHubServer({ ...limits, keys, audienceOf: () => url });
  const stopListening = listenOnBridge((command) => {
    if (command.type === "publish") hub.publish(command.group, command.messages);
    else hub.closeUser(command.userId);
  });
  return {
    upgrade,
    get connections() {
      return hub.size;
    },
    close() {
      stopListening();
      close();
    },
  };
}
