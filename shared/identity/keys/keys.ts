import type { Clock } from "../../platform/clock.ts";
import type { Documents } from "../../platform/documents/port.ts";
import type { KeyStore } from "../../platform/secrets/keyStore.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import { signText, verifyText } from "./jws.ts";
import { rotate } from "./rotation.ts";
import { SigningKeys } from "./signingKeys.ts";
import { KeySuccession, type PublicKey } from "./succession.ts";

interface KeysDependencies {
  /** Where the seeds of signing keys are kept. */
  readonly store: KeyStore;
  readonly documents: Documents;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** A signing key's age at which another is made. */
  readonly rotationDays: number;
}

/** The keys that the installation signs with: access tokens, and statements that are to last. */
export class Keys {
  /** Those of access tokens. */
  readonly signing: SigningKeys;
  readonly #dependencies: KeysDependencies;
  readonly #succession: KeySuccession;

  constructor(dependencies: KeysDependencies) {
    this.#dependencies = dependencies;
    this.signing = new SigningKeys(dependencies.store, dependencies.clock);
    this.#succession = new KeySuccession(dependencies.documents, this.signing);
  }

  /** Makes and drops keys as it is time; nothing where it is not. Throws `unavailable` when the keys cannot be had. */
  rotate(): Promise<void> {
    const { store, telemetry, rotationDays: days } = this.#dependencies;
    return rotate({ store, succession: this.#succession, telemetry, days });
  }

  /** A statement in JSON, signed. `type` says what it is, and is all that it will ever be taken for. */
  async sign(type: string, words: object): Promise<string> {
    return signText(await this.signing.current(), type, words);
  }

  /** The words of a statement of this type that this installation has signed, be it years ago; else undefined. */
  verify(type: string, statement: string): Promise<unknown> {
    return verifyText(statement, type, (kid) => this.#succession.find(kid));
  }

  /** The public halves of all keys that ever signed, those of today first. */
  publicKeys(): Promise<readonly PublicKey[]> {
    return this.#succession.all();
  }
}
