import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Clock } from "../platform/clock.ts";

/**
 * Where the seeds of signing keys come from, newest first: 32 random bytes each, of which Ed25519 makes a key pair. Local: a
 * key file (`readOrCreateKeyFile`); Azure: a secret in Key Vault.
 */
export type SigningSeeds = () => Promise<readonly Buffer[]>;

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The public half as a JWK. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** In ms: how late a key that was put first begins to sign. */
const KEPT_FOR = 10 * 60 * 1000;
/** In ms: how often an unknown key id may make us look again. */
const LOOK_AGAIN_AFTER = 30 * 1000;

/** The installation's signing keys: the first signs, all verify. To rotate, put a seed first; drop the old after 10 minutes. */
export class SigningKeys {
  readonly #seeds: SigningSeeds;
  readonly #clock: Clock;
  #loaded: { readonly keys: Promise<readonly SigningKey[]>; readonly at: number } | undefined;

  constructor(seeds: SigningSeeds, clock: Clock) {
    this.#seeds = seeds;
    this.#clock = clock;
  }

  async all(): Promise<readonly SigningKey[]> {
    return this.#load(KEPT_FOR);
  }

  async current(): Promise<SigningKey> {
    const [first] = await this.#load(KEPT_FOR);
    if (first === undefined) throw new Error("There is no signing key");
    return first;
  }

  async find(kid: string): Promise<SigningKey | undefined> {
    const known = (await this.#load(KEPT_FOR)).find((key) => key.kid === kid);
    return known ?? (await this.#load(LOOK_AGAIN_AFTER)).find((key) => key.kid === kid);
  }

  #load(maxAge: number): Promise<readonly SigningKey[]> {
    const now = this.#clock.now().getTime();
    if (this.#loaded !== undefined && now - this.#loaded.at < maxAge) return this.#loaded.keys;
    const loaded = { keys: this.#seeds().then((seeds) => seeds.map(signingKey)), at: now };
    this.#loaded = loaded;
    loaded.keys.catch(() => {
      if (this.#loaded === loaded) this.#loaded = undefined;
    });
    return loaded.keys;
  }
}

/** What precedes the seed in a PKCS #8 Ed25519 private key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

function signingKey(seed: Buffer): SigningKey {
  if (seed.byteLength !== 32) throw new Error("A signing key's seed must be 32 bytes");
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const { x } = publicKey.export({ format: "jwk" });
  const kid = createHash("sha256").update(String(x)).digest("base64url").slice(0, 16);
  return { kid, privateKey, publicKey, jwk: { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" } };
}
