import { randomBytes } from "node:crypto";
import type { SecretClient } from "@azure/keyvault-secrets";
import { inTime } from "../deadlines.ts";
import { Problem } from "../errors.ts";
import { explained } from "../serviceFault.ts";
import type { SecretKey } from "./keyRing.ts";
import { type DatedKey, type KeyStore, newestFirst } from "./keyStore.ts";
import { isGone, type KeyVaultOptions, keyOf, openKeyVault } from "./keyVault.ts";

/** The part of the vault's client that is used, so that tests can stand in for it. */
export type WritableVault = Pick<
  SecretClient,
  "getSecret" | "setSecret" | "updateSecretProperties" | "listPropertiesOfSecretVersions"
>;

/** Secret versions hold at most so many keys that were not dropped; a rotation a month keeps two. */
const MAX_KEYS = 50;

interface KeyVaultStoreOptions extends Omit<KeyVaultOptions, "openVault" | "now" | "secretName"> {
  readonly secretName: string;
  /** Default: the SDK's client, loaded on first use. */
  readonly openVault?: () => Promise<WritableVault>;
}

/**
 * Versions of one of the vault's secrets as keys: a version that is disabled was dropped, since the vault can delete no single one.
 * The vault has no conditional writes: two that add at once make two keys, and all see both.
 */
export function keyVaultStore(options: KeyVaultStoreOptions): KeyStore {
  const { secretName, openVault = () => openKeyVault(options) } = options;
  const values = new Map<string, SecretKey>();
  let vault: Promise<WritableVault> | undefined;

  async function ask<T>(work: (client: WritableVault, abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    vault ??= openVault().catch((error: unknown) => {
      vault = undefined;
      throw error;
    });
    try {
      const client = await vault;
      return await inTime("secrets", (signal) => work(client, signal));
    } catch (cause) {
      throw cause instanceof Problem ? cause : new Problem("unavailable", { cause: explained("Key Vault", cause) });
    }
  }

  /** Undefined for one that was disabled since it was listed. */
  async function keyAt(client: WritableVault, version: string, abortSignal: AbortSignal) {
    const known = values.get(version);
    if (known !== undefined) return known;
    try {
      const { value } = await client.getSecret(secretName, { version, abortSignal });
      const key = keyOf(secretName, version, value);
      values.set(version, key);
      return key;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  return {
    list: () =>
      ask(async (client, abortSignal) => {
        let date: string | undefined;
        const onResponse = ({ headers }: { headers: { get(name: string): string | undefined } }) => {
          date = headers.get("date") ?? date;
        };
        const keys: DatedKey[] = [];
        for await (const listed of client.listPropertiesOfSecretVersions(secretName, { abortSignal, onResponse })) {
          const { version, enabled, createdOn } = listed;
          if (enabled === false || version === undefined || createdOn === undefined) continue;
          const key = await keyAt(client, version, abortSignal);
          if (key !== undefined) keys.push({ ...key, madeAt: createdOn });
          if (keys.length > MAX_KEYS) throw new Error(`${secretName} has more than ${MAX_KEYS} versions in use`);
        }
        return { keys: newestFirst(keys), now: new Date(date ?? Date.now()) };
      }),
    add: () =>
      ask(async (client, abortSignal) => {
        const value = randomBytes(32).toString("base64");
        const { properties } = await client.setSecret(secretName, value, { abortSignal });
        const key = keyOf(secretName, properties.version, value);
        return { ...key, madeAt: properties.createdOn ?? new Date() };
      }),
    drop: (id) =>
      ask(async (client, abortSignal) => {
        await client.updateSecretProperties(secretName, id, { enabled: false, abortSignal });
      }),
  };
}
