import type { SecretClient } from "@azure/keyvault-secrets";
import type { azureCredential } from "../credential.ts";
import { inTime } from "../deadlines.ts";
import { Problem } from "../errors.ts";
import { explained, ServiceFault } from "../serviceFault.ts";
import type { KeyRing, SecretKey } from "./keyRing.ts";

/** Secrets whose versions are keys of 32 bytes each, in base64 or base64url: of what is stored, and of access tokens. */
export const SECRETS_KEY_NAME = "cordboard-secrets-key";
export const SIGNING_KEY_NAME = "cordboard-signing-key";

/** How long a newer version may go unnoticed, in ms. Old versions never change, so they are kept for good. */
const NEWEST_KEPT_FOR = 15 * 60 * 1000;
/** Milliseconds: a vault that did not answer is not asked by every request, nor one that did by every look at its health. */
const ASKED_AGAIN_AFTER = 60 * 1000;

interface Newest {
  readonly key: Promise<SecretKey>;
  readonly until: number;
}

/** The part of the vault's client that is used, so that tests can stand in for it. */
export type Vault = Pick<SecretClient, "getSecret">;

interface KeyVaultOptions {
  readonly keyVaultUri: string;
  /** Not asked where there is a `token`. */
  readonly credential: typeof azureCredential;
  /** An emulator's, which may then be reached without TLS. */
  readonly token?: string;
  /** Which of the vault's secrets; its newest version encrypts or signs. Default: that of stored secrets. */
  readonly secretName?: string;
  /** Default: the SDK's client, loaded on first use. */
  readonly openVault?: () => Promise<Vault>;
  /** Milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Keys from Key Vault, a key's id being its version. Asked on first use and remembered; concurrent first uses share one
 * request. Disabling a version makes what it encrypted unreadable. Throws `Problem("unavailable")` when the vault does not
 * answer and the key is not known yet.
 */
export function keyVaultKeyRing(options: KeyVaultOptions): KeyRing {
  const { openVault = () => openKeyVault(options), now = Date.now, secretName = SECRETS_KEY_NAME } = options;
  const keys = new Map<string, Promise<SecretKey | undefined>>();
  let vault: Promise<Vault> | undefined;
  let newest: Newest | undefined;
  let answered: number | undefined;

  async function fetchKey(version?: string): Promise<SecretKey | undefined> {
    vault ??= openVault().catch((error: unknown) => {
      vault = undefined;
      throw error;
    });
    try {
      const client = await vault;
      const { value, properties } = await inTime("secrets", (abortSignal) =>
        client.getSecret(secretName, { abortSignal, ...(version === undefined ? {} : { version }) }),
      );
      return toKey(secretName, properties.version, value);
    } catch (cause) {
      if (isGone(cause)) return undefined;
      throw new Problem("unavailable", { cause: explained("Key Vault", cause) });
    }
  }

  async function find(id: string): Promise<SecretKey | undefined> {
    const known = keys.get(id) ?? fetchKey(id);
    keys.set(id, known);
    const key = await known.catch((error: unknown) => {
      keys.delete(id);
      throw error;
    });
    if (key === undefined) keys.delete(id);
    return key;
  }

  async function fetchNewest(): Promise<SecretKey> {
    const key = await fetchKey();
    if (key === undefined) throw new Problem("unavailable", { cause: new ServiceFault("Key Vault", "incomplete") });
    keys.set(key.id, Promise.resolve(key));
    return key;
  }

  /** While the vault does not answer, the one that was the newest before, to be asked again soon. */
  async function renewed({ key: before }: Newest): Promise<SecretKey> {
    try {
      return await fetchNewest();
    } catch (error) {
      if (isIncomplete(error)) throw error;
      const key = await before;
      newest = { key: Promise.resolve(key), until: now() + ASKED_AGAIN_AFTER };
      return key;
    }
  }

  return {
    find,
    newest: async () => {
      if (newest === undefined) newest = { key: fetchNewest(), until: now() + NEWEST_KEPT_FOR };
      else if (newest.until <= now()) newest = { key: renewed(newest), until: now() + NEWEST_KEPT_FOR };
      const asked = newest;
      return asked.key.catch((error: unknown) => {
        if (newest === asked) newest = undefined;
        throw error;
      });
    },
    ping: async () => {
      if (answered !== undefined && now() - answered < ASKED_AGAIN_AFTER) return;
      await fetchNewest();
      answered = now();
    },
  };
}

function isIncomplete(error: unknown): boolean {
  return error instanceof Problem && error.cause instanceof ServiceFault && error.cause.trouble === "incomplete";
}

async function openKeyVault({ keyVaultUri, credential, token }: KeyVaultOptions): Promise<Vault> {
  const { SecretClient } = await import("@azure/keyvault-secrets");
  const options = { retryOptions: { maxRetries: 2, maxRetryDelayInMs: 2000 } };
  if (token === undefined) return new SecretClient(keyVaultUri, await credential(), options);
  const known = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60 * 60 * 1000 }) };
  // An emulator's challenge names no domain of Azure's.
  const plain = { ...options, allowInsecureConnection: true, disableChallengeResourceVerification: true };
  return new SecretClient(keyVaultUri, known, plain);
}

function toKey(secretName: string, id: string | undefined, value: string | undefined): SecretKey {
  const bytes = Buffer.from((value ?? "").trim(), "base64");
  if (id === undefined || bytes.byteLength !== 32)
    throw new ServiceFault("Key Vault", "incomplete", { cause: new Error(`${secretName} must be 32 bytes in base64`) });
  return { id, bytes };
}

/** Deleted, or disabled (403 `SecretDisabled`); a 403 for want of a role is a fault of the installation, not of the key. */
function isGone(error: unknown): boolean {
  if (!(error instanceof Error) || !("statusCode" in error)) return false;
  return error.statusCode === 404 || (error.statusCode === 403 && /disabled/i.test(error.message));
}
