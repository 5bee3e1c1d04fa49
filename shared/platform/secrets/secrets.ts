import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { azureCredential } from "../credential.ts";
import { readOrCreateKeyFile } from "./keyFile.ts";
import { fileKeyRing, type KeyRing } from "./keyRing.ts";
import { keyVaultKeyRing } from "./keyVault.ts";
import type { Secrets } from "./port.ts";

type SecretsOptions =
  /** Local: keys from a file of mode 0600, made when missing (see `readOrCreateKeyFile`). */
  | { readonly keyFile: string }
  /** Azure: the versions of the vault's secret `cordboard-secrets-key` (see `keyVaultKeyRing`). */
  | { readonly keyVaultUri: string; readonly credential: typeof azureCredential; readonly token?: string };

/** Throws at once when the key file is unreadable or open to others; a vault is only asked on first use. */
export function openSecrets(options: SecretsOptions): Secrets {
  if ("keyFile" in options) return secretsWith(fileKeyRing(readOrCreateKeyFile(options.keyFile)));
  return secretsWith(keyVaultKeyRing(options));
}

const VERSION = "v1";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Secrets under the keys of `ring`: the newest encrypts, every one it still has decrypts. */
export function secretsWith(ring: KeyRing): Secrets {
  return {
    encrypt: async (plaintext, context) => {
      const key = await ring.newest();
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key.bytes, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(associated(key.id, context));
      const data = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
      return [VERSION, key.id, ...[iv, cipher.getAuthTag(), data].map((part) => part.toString("base64url"))].join(".");
    },
    decrypt: async (ciphertext, context) => {
      const { keyId, iv, tag, data } = parse(ciphertext);
      const key = await ring.find(keyId);
      if (key === undefined) throw new SecretUnreadable("its key is gone");
      const decipher = createDecipheriv("aes-256-gcm", key.bytes, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(associated(keyId, context));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(data), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new SecretUnreadable("it was changed, or moved to another document", { cause });
      }
    },
    ping: () => ring.ping(),
  };
}

/** A ciphertext that does not open; says why, and nothing of what it holds. */
export class SecretUnreadable extends Error {
  override readonly name = "SecretUnreadable";
  constructor(why: string, options?: ErrorOptions) {
    super(`A stored secret cannot be read: ${why}`, options);
  }
}

/** Version and key id are authenticated too: nothing before the data can be exchanged. */
function associated(keyId: string, context: string): Buffer {
  return Buffer.from(`${VERSION}.${keyId}.${context}`, "utf8");
}

function parse(ciphertext: string) {
  const parts = /^v1\.([\w-]{1,64})\.([\w-]{16})\.([\w-]{22})\.([\w-]*)$/.exec(ciphertext);
  const [, keyId, iv, tag, data] = parts ?? [];
  if (keyId === undefined || iv === undefined || tag === undefined || data === undefined)
    throw new SecretUnreadable("it is not of the form that is stored");
  return { keyId, iv: bytes(iv), tag: bytes(tag), data: bytes(data) };
}

/** Decodes base64url strictly: unused trailing bits must be zero, so that one secret has one spelling. */
function bytes(part: string): Buffer {
  const decoded = Buffer.from(part, "base64url");
  if (decoded.toString("base64url") !== part) throw new SecretUnreadable("it is not of the form that is stored");
  return decoded;
}
