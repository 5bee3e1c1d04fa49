import type { User } from "../../configuration/kinds.ts";
import type { Standing } from "../../configuration/model.ts";
import type { Clock } from "../../platform/clock.ts";
import { type Documents, type Operation, type TenantStore, upsert } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import { newId, type TenantId } from "../../platform/ids.ts";
import { type Credential, Credentials, Tenants } from "../model.ts";
import { SECURITY_ID, SecuritySettings } from "../secondFactor/security.ts";
import { commonPasswords } from "./blocklist.ts";
import type { Passwords } from "./hashing.ts";
import { type KnownOfPerson, lengthOf, MIN_LENGTH, weaknessOf } from "./rules.ts";

export interface NewPasswordParts {
  readonly documents: Documents;
  readonly passwords: Passwords;
  readonly clock: Clock;
}

interface Chosen {
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly password: string;
  /** Of the field, for its refusal: `body.password`. */
  readonly path: string;
}

/** Throws `invalid-request` with the field and why a password may not be chosen. */
export async function judgePassword(
  { password, path }: Pick<Chosen, "password" | "path">,
  person: KnownOfPerson,
  minLength: number,
): Promise<void> {
  const weakness = weaknessOf(password, person, minLength, await commonPasswords());
  if (weakness !== undefined)
    throw new Problem("invalid-request", { detail: weakness.message, errors: [{ path, ...weakness }] });
}

/**
 * A new credential, with others of the same commit. It counts for nobody until a user names it, which the write of its `revision` does
 * or none.
 */
export async function writeCredential(
  { documents }: Pick<NewPasswordParts, "documents">,
  tenantId: TenantId,
  id: string,
  credential: Credential,
  ...others: readonly Operation[]
): Promise<void> {
  await documents.forTenant(tenantId).commit("identity", [], [upsert(Credentials, id, credential), ...others]);
}

/** A password that somebody chose for a user: judged, hashed once, and kept for each revision that may come to name it. */
export class NewPassword {
  readonly #parts: NewPasswordParts;
  readonly #chosen: Chosen;
  readonly #credentialId: string;
  #hash: Promise<string> | undefined;

  constructor(parts: NewPasswordParts, chosen: Chosen) {
    this.#parts = parts;
    this.#chosen = chosen;
    this.#credentialId = newId("crd", parts.clock.now());
  }

  /** Its credential, for the user to name in this revision. Throws what `judgePassword` does, and `unavailable`. */
  async credential(
    { store, revision }: Pick<Standing<User>, "store" | "revision">,
    user: Pick<User, "name" | "email" | "secondFactorId">,
  ): Promise<string> {
    const { tenantId, userId, password } = this.#chosen;
    const { passwords } = this.#parts;
    await judgePassword(this.#chosen, await known(store, user), await minLength(store, user));
    this.#hash ??= passwords.hash(password);
    const needsSecondFactor = lengthOf(password) < MIN_LENGTH.alone;
    const credential = { userId, hash: await this.#hash, revision, needsSecondFactor };
    await writeCredential(this.#parts, tenantId, this.#credentialId, credential);
    return this.#credentialId;
  }
}

async function known(store: TenantStore, { name, email }: Pick<User, "name" | "email">): Promise<KnownOfPerson> {
  const tenant = await store.read(Tenants, [], store.tenantId);
  return { name, email, organization: tenant?.value.name ?? "", slug: tenant?.value.slug ?? "" };
}

async function minLength(store: TenantStore, { secondFactorId }: Pick<User, "secondFactorId">): Promise<number> {
  if (secondFactorId !== undefined) return MIN_LENGTH.withSecondFactor;
  const security = await store.read(SecuritySettings.items, [], SECURITY_ID);
  return security?.value.value.requireSecondFactor ? MIN_LENGTH.withSecondFactor : MIN_LENGTH.alone;
}
