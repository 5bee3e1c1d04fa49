import { SignJWT } from "jose";
import { readOrCreateKeyFile } from "../secrets/keyFile.ts";
import { accessOf, connectedUser, TOKEN_SECONDS } from "./access.ts";
import { sendToBridge } from "./localBridge.ts";
import { type Realtime, tenantGroup } from "./port.ts";

interface LocalRealtimeOptions {
  /** 64 hex digits, mode 0600; made when missing. The WebSocket server reads the same file. */
  readonly keyFile: string;
  /** Where browsers connect, e.g. `ws://localhost:7071/client/hubs/desk`; also the tokens' audience. */
  readonly url: string;
}

/**
 * Realtime on one machine: hands messages to the WebSocket server in the same process and signs its tokens (HS256, with the
 * claims of Web PubSub). Throws at once when the key file is unreadable or open to others.
 */
export function openLocalRealtime({ keyFile, url }: LocalRealtimeOptions): Realtime {
  const [key] = readOrCreateKeyFile(keyFile);
  return {
    publish: async (tenantId, messages) => {
      if (messages.length > 0) sendToBridge({ type: "publish", group: tenantGroup(tenantId), messages });
    },
    negotiate: async (tenantId, userId) => {
      const { groups, roles } = accessOf(tenantId);
      const token = await new SignJWT({ role: roles, "webpubsub.group": groups })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setSubject(connectedUser(tenantId, userId))
        .setAudience(url)
        .setIssuedAt()
        .setExpirationTime(`${TOKEN_SECONDS}s`)
        .sign(key);
      return { url: `${url}?access_token=${token}`, expiresIn: TOKEN_SECONDS };
    },
    closeUser: async (tenantId, userId) =>
      sendToBridge({ type: "close-user", userId: connectedUser(tenantId, userId) }),
    ping: async () => {},
  };
}
