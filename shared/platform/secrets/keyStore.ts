import type { SecretKey } from "./keyRing.ts";

/** A key, and when it was made. */
export interface DatedKey extends SecretKey {
  readonly madeAt: Date;
}

export interface KeyList {
  /** Newest first; of those made in one moment the one with the greater id, so that all who look see one order. */
  readonly keys: readonly DatedKey[];
  /** By the clock that `madeAt` goes by, which on Azure is the vault's: one that all instances share. */
  readonly now: Date;
}

/** Keys of 256 bits that come and go under one name, for all instances of the installation. */
export interface KeyStore {
  /** All but those that were dropped, as they are now. Throws `unavailable` when they cannot be had. */
  list(): Promise<KeyList>;
  /** Makes a key at random. */
  add(): Promise<DatedKey>;
  /** From now on the key is nobody's. Nothing happens where it is gone already. */
  drop(id: string): Promise<void>;
}

export function newestFirst(keys: readonly DatedKey[]): readonly DatedKey[] {
  return keys.toSorted((a, b) => b.madeAt.getTime() - a.madeAt.getTime() || (a.id < b.id ? 1 : -1));
}
