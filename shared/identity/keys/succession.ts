import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { CommitRejected, collection, create, type Documents } from "../../platform/documents/port.ts";
import { SYSTEM_TENANT } from "../../platform/queue/parked.ts";
import { kidOf, signText, verifyText } from "./jws.ts";
import type { SigningKey, SigningKeys } from "./signingKeys.ts";

const TYPE = "key-succession+jws";

export const PublicKey = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  kid: z.string(),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
});
export type PublicKey = z.infer<typeof PublicKey>;

/** What a key says of its predecessor. */
const Succession = z.object({ jwk: PublicKey, madeAt: z.iso.datetime() });

/** The public half of a key that has a successor, as the successor has signed it. Id: its kid. */
const FormerKeys = collection("identity", "former-signing-key", z.object({ statement: z.string() }));

/** From key to successor: a year has twelve. */
const MAX_STEPS = 1000;
const LISTED = 1000;

/**
 * What is signed to last, as the audit's checkpoints are, outlives its key. So the public half of each key is kept once
 * another succeeds it, signed by that other. From the keys of today a way leads to all that ever signed, and whoever can
 * write the store can still make none that counts as one of ours.
 */
export class KeySuccession {
  readonly #documents: Documents;
  readonly #keys: SigningKeys;
  /** Proven, and never to change. */
  readonly #proven = new Map<string, PublicKey>();

  constructor(documents: Documents, keys: SigningKeys) {
    this.#documents = documents;
    this.#keys = keys;
  }

  /** Keeps the public half of a key in its successor's words, if it is not kept yet. */
  async keep(former: SigningKey, successor: SigningKey): Promise<void> {
    const store = this.#documents.forTenant(SYSTEM_TENANT);
    if ((await store.read(FormerKeys, [], former.kid)) !== undefined) return;
    const words = { jwk: PublicKey.parse(former.jwk), madeAt: former.madeAt.toISOString() };
    const statement = await signText(successor, TYPE, words);
    try {
      await store.commit("identity", [], [create(FormerKeys, former.kid, { statement })]);
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }

  /** The public key of this id, of today or of former days, or undefined for one that is not proven to be ours. */
  find(kid: string): Promise<KeyObject | undefined> {
    return this.#trusted(kid, MAX_STEPS);
  }

  /** All that are proven, those of today first. */
  async all(): Promise<readonly PublicKey[]> {
    const current = (await this.#keys.all()).map(({ jwk }) => PublicKey.parse(jwk));
    const { items } = await this.#documents
      .forTenant(SYSTEM_TENANT)
      .query(FormerKeys, { partition: [], limit: LISTED });
    const known = new Set(current.map(({ kid }) => kid));
    const former = await Promise.all(
      items.filter(({ id }) => !known.has(id)).map(({ id }) => this.#prove(id, MAX_STEPS)),
    );
    return [...current, ...former.filter((key) => key !== undefined)];
  }

  async #prove(kid: string, steps: number): Promise<PublicKey | undefined> {
    const proven = this.#proven.get(kid);
    if (proven !== undefined || steps === 0) return proven;
    const kept = await this.#documents.forTenant(SYSTEM_TENANT).read(FormerKeys, [], kid);
    if (kept === undefined) return undefined;
    const words = await verifyText(kept.value.statement, TYPE, (signer) => this.#trusted(signer, steps - 1));
    const said = Succession.safeParse(words).data;
    if (said === undefined || said.jwk.kid !== kid || kidOf(said.jwk.x) !== kid) return undefined;
    this.#proven.set(kid, said.jwk);
    return said.jwk;
  }

  async #trusted(kid: string, steps: number): Promise<KeyObject | undefined> {
    const current = await this.#keys.find(kid);
    if (current !== undefined) return current.publicKey;
    const former = await this.#prove(kid, steps);
    return former === undefined ? undefined : createPublicKey({ key: former, format: "jwk" });
  }
}
