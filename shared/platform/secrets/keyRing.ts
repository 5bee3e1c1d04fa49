import { createHash } from "node:crypto";

/** A 256-bit key under a name that may be seen: it stands in every ciphertext, so that old ones open after a rotation. */
export interface SecretKey {
  /** Letters, digits, `_` and `-`; at most 64. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** Where keys come from. */
export interface KeyRing {
  /** The key that encrypts now. */
  newest(): Promise<SecretKey>;
  /** A key by id, or undefined when it is gone or never was. */
  find(id: string): Promise<SecretKey | undefined>;
  /** Throws when keys that are not known yet could not be had. For health. */
  ping(): Promise<void>;
}

/** The keys of a key file, newest first; a key's id is the beginning of its SHA-256. */
export function fileKeyRing([newest, ...older]: readonly [Buffer, ...Buffer[]]): KeyRing {
  const current = named(newest);
  const keys = new Map([current, ...older.map(named)].map((key) => [key.id, key]));
  return { newest: async () => current, find: async (id) => keys.get(id), ping: async () => {} };
}

function named(bytes: Buffer): SecretKey {
  return { id: createHash("sha256").update(bytes).digest("base64url").slice(0, 11), bytes };
}
