import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Clock } from "../../platform/clock.ts";
import { Problem } from "../../platform/errors.ts";
import type { DatedKey, KeyStore } from "../../platform/secrets/keyStore.ts";
import { kidOf } from "./jws.ts";
import { LIST_KEPT_FOR, PUBLISHED_FOR, signerOf, verifying } from "./schedule.ts";

/** A pair of keys made of a seed of 32 bytes. */
export interface SigningKey {
  /** Of the seed, at whoever keeps it. */
  readonly id: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The public half as a JWK. */
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly madeAt: Date;
}

/** In ms: how often an unknown key id may make us look again. */
const LOOK_AGAIN_AFTER = 30 * 1000;

interface Loaded {
  readonly keys: Promise<readonly SigningKey[]>;
  readonly at: number;
}

/**
 * The installation's signing keys, as every instance sees them: see schedule.ts for which signs and which verify. The list is
 * read at most every 10 minutes; while whoever keeps it does not answer, it is good for a day.
 */
export class SigningKeys {
  readonly #store: Pick<KeyStore, "list">;
  readonly #clock: Clock;
  readonly #made = new Map<string, SigningKey>();
  #loaded: Loaded | undefined;
  /** The last list that was read. */
  #good: { readonly keys: readonly SigningKey[]; readonly at: number } | undefined;

  constructor(store: Pick<KeyStore, "list">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Those that verify: what is published. */
  async all(): Promise<readonly SigningKey[]> {
    return verifying(await this.#load(LIST_KEPT_FOR), this.#now());
  }

  /** The one that signs. Throws `unavailable` where there is none, or the list is too old to say. */
  async current(): Promise<SigningKey> {
    const signer = signerOf(await this.#load(LIST_KEPT_FOR), this.#now());
    if (signer === undefined) throw new Problem("unavailable", { cause: new Error("There is no signing key") });
    return signer;
  }

  /** The one that verifies what names this key id, or undefined. */
  async find(kid: string): Promise<SigningKey | undefined> {
    const known = await this.#load(LIST_KEPT_FOR);
    const keys = known.some((key) => key.kid === kid) ? known : await this.#load(LOOK_AGAIN_AFTER);
    return verifying(keys, this.#now()).find((key) => key.kid === kid);
  }

  #load(maxAge: number): Promise<readonly SigningKey[]> {
    const now = this.#now();
    // A clock that was set back makes a list that seems to be of the future.
    if (this.#loaded !== undefined && Math.abs(now - this.#loaded.at) < maxAge) return this.#loaded.keys;
    const loaded = { keys: this.#read(now), at: now };
    this.#loaded = loaded;
    loaded.keys.catch(() => {
      if (this.#loaded === loaded) this.#loaded = undefined;
    });
    return loaded.keys;
  }

  async #read(now: number): Promise<readonly SigningKey[]> {
    try {
      const { keys } = await this.#store.list();
      const made = keys.map((key) => this.#pairOf(key));
      this.#good = { keys: made, at: now };
      return made;
    } catch (error) {
      const good = this.#good;
      if (good === undefined || Math.abs(now - good.at) >= PUBLISHED_FOR - LIST_KEPT_FOR) throw error;
      return good.keys;
    }
  }

  #pairOf(key: DatedKey): SigningKey {
    const known = this.#made.get(key.id) ?? signingKey(key);
    this.#made.set(key.id, known);
    return known;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}

/** What precedes the seed in a PKCS #8 Ed25519 private key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export function signingKey({ id, bytes: seed, madeAt }: DatedKey): SigningKey {
  if (seed.byteLength !== 32) throw new Error("A signing key's seed must be 32 bytes");
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const { x } = publicKey.export({ format: "jwk" });
  const kid = kidOf(String(x));
  const jwk = { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" };
  return { id, kid, privateKey, publicKey, jwk, madeAt };
}
