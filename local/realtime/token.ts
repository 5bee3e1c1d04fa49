import { jwtVerify } from "jose";
import { z } from "zod";

/** Web PubSub sends one value as text and several as an array. */
const OneOrMore = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((value) => (typeof value === "string" ? [value] : value));

/**
 * What a client access token says: the contract with shared/platform/realtime/local.ts, and Azure's own claims. HS256 with a
 * key of the file `realtime.key` in the data folder; `aud` is the hub's address, `exp` is required.
 */
const Claims = z.object({
  sub: z.string().min(1).max(256),
  "webpubsub.group": OneOrMore,
  role: OneOrMore,
});

export interface ClientAccess {
  readonly userId: string;
  /** Joined from the start. */
  readonly groups: readonly string[];
  /** `webpubsub.joinLeaveGroup[.group]` and `webpubsub.sendToGroup[.group]`. */
  readonly roles: readonly string[];
}

/** The access a token grants; undefined when it is not ours, is for another address or has expired. */
export async function verifyClientToken(
  token: string,
  keys: readonly Uint8Array[],
  audience: string,
): Promise<ClientAccess | undefined> {
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, key, { audience, algorithms: ["HS256"], requiredClaims: ["exp"] });
      const claims = Claims.parse(payload);
      return { userId: claims.sub, groups: claims["webpubsub.group"], roles: claims.role };
    } catch {
      // Perhaps signed with an older key of the file.
    }
  }
  return undefined;
}

/** Whether a call of the REST API bears a token of this key that has not run out: its audience is the whole address, query included. */
export async function isSignedCall(token: string, key: Uint8Array, address: string): Promise<boolean> {
  const options = { audience: address, algorithms: ["HS256"], requiredClaims: ["exp"] };
  return jwtVerify(token, key, options).then(
    () => true,
    () => false,
  );
}
