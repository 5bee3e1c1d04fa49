import { createHmac } from "node:crypto";
import type { KeyRing } from "./secrets/keyRing.ts";

/** What a request without a usable address has. */
export const UNKNOWN_ADDRESS = "unknown";

/**
 * A client's address as it may be kept: equal addresses are equal, and none can be read without the key, not even by trying
 * all of them. 22 characters; undefined where the address is not known. Throws `unavailable` where the key cannot be had.
 */
export type HashAddress = (address: string) => Promise<string | undefined>;

/** HMAC-SHA-256, 128 bits of it, under the newest key: a new key makes what was kept before incomparable. */
export function hashAddressWith(ring: Pick<KeyRing, "newest">): HashAddress {
  return async (address) => {
    if (address === UNKNOWN_ADDRESS) return undefined;
    const { bytes } = await ring.newest();
    return createHmac("sha256", bytes).update(address).digest("base64url").slice(0, 22);
  };
}
