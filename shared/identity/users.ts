import { type ShownUser, User, type UserInput } from "../configuration/kinds.ts";
import { type Edit, type KindRules, loggedKind, type Made, type Standing, type Write } from "../configuration/model.ts";
import type { ConfigurationLog } from "../configuration/service.ts";
import type { Caller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import {
  CommitRejected,
  create,
  type Documents,
  type Operation,
  remove,
  type TenantStore,
  upsert,
} from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newId, type TenantId } from "../platform/ids.ts";
import type { Realtime } from "../platform/realtime/port.ts";
import { type Credential, Credentials, UserEmails } from "./model.ts";
import type { Passwords } from "./passwords/hashing.ts";
import { emailId } from "./rules.ts";
import type { SessionStore } from "./sessions.ts";

export const Users = loggedKind("users", User, ({ name, email, role, active }) => ({ name, email, role, active }));

/** Of one user: each change of the password leaves none but the one that counts. */
const MAX_CREDENTIALS = 100;

interface UserRulesDependencies {
  readonly documents: Documents;
  readonly log: ConfigurationLog;
  readonly passwords: Passwords;
  readonly sessions: SessionStore;
  readonly realtime: Realtime;
  readonly clock: Clock;
}

/**
 * Kind `users`. The password's hash lies in container `identity` under an id of its own, written first; the user names the one
 * that counts, so old and new switch in one commit with role, state and address, and a crash leaves at most an orphan.
 */
export function userRules(dependencies: UserRulesDependencies): KindRules<UserInput, User, ShownUser> {
  return {
    kind: Users,
    writePermission: "users.manage",
    put: (write, input) => {
      const plan = new UserWrite(dependencies, write, input);
      return (standing) => plan.edit(standing);
    },
    remove: (write) => (standing) => removal(write, standing),
    settle: (made) => settle(dependencies, made),
    show: async (_tenantId, items) =>
      items.map(({ id, revision, updatedAt, value: { name, email, role, active } }) => ({
        id,
        revision,
        updatedAt,
        name,
        email,
        role,
        active,
      })),
  };
}

/** A new credential. It counts for nobody until a user names it, which the write of its `revision` does or none. */
export async function writeCredential(
  { documents }: Pick<UserRulesDependencies, "documents">,
  tenantId: TenantId,
  id: string,
  credential: Credential,
): Promise<void> {
  await documents.forTenant(tenantId).commit("identity", [], [upsert(Credentials, id, credential)]);
}

class UserWrite {
  readonly #dependencies: UserRulesDependencies;
  readonly #write: Write;
  readonly #input: UserInput;
  readonly #credentialId: string;
  #hash: Promise<string> | undefined;

  constructor(dependencies: UserRulesDependencies, write: Write, input: UserInput) {
    this.#dependencies = dependencies;
    this.#write = write;
    this.#input = input;
    this.#credentialId = newId("crd", dependencies.clock.now());
  }

  async edit({ store, current, revision }: Standing<User>): Promise<Edit<User>> {
    const { name, email, role, active, password } = this.#input;
    if (role === "owner" || current?.role === "owner") mustBeOwner(this.#write.caller);
    if (isOwner(current) && !isOwner(this.#input)) await mustHaveAnotherOwner(store, this.#write.id);
    const operations = await moveEmail(store, this.#write.id, current?.email, email);
    const credentialId = password === undefined ? current?.credentialId : await this.#newCredential(password, revision);
    if (credentialId === undefined)
      throw new Problem("invalid-request", { errors: [{ path: "body.password", message: "Required on creation" }] });
    const ends = current === undefined || password !== undefined || (current.active && !active);
    const signInsSince = ends ? revision : current.signInsSince;
    return {
      value: { name, email, role, active, credentialId, signInsSince },
      secretsChanged: password === undefined ? [] : ["password"],
      operations,
    };
  }

  async #newCredential(password: string, revision: number): Promise<string> {
    const { tenantId } = this.#write.caller;
    this.#hash ??= this.#dependencies.passwords.hash(password);
    const credential = { userId: this.#write.id, hash: await this.#hash, revision };
    await writeCredential(this.#dependencies, tenantId, this.#credentialId, credential);
    return this.#credentialId;
  }
}

async function removal({ caller, id }: Write, { store, current }: Standing<User>): Promise<Edit<User>> {
  if (current?.role === "owner") mustBeOwner(caller);
  if (isOwner(current)) await mustHaveAnotherOwner(store, id);
  return { value: undefined, operations: await moveEmail(store, id, current?.email, undefined) };
}

/** One who can sign in and answers for the tenant. */
function isOwner(user: Pick<User, "role" | "active"> | undefined): boolean {
  return user !== undefined && user.role === "owner" && user.active;
}

function mustBeOwner({ actor }: Caller): void {
  if (actor.type !== "system" && (actor.type !== "user" || actor.role !== "owner"))
    throw new Problem("forbidden", { detail: "Only an owner can make, change or remove owners." });
}

async function mustHaveAnotherOwner(store: TenantStore, id: string): Promise<void> {
  const { items } = await store.query(Users.items, {
    partition: [],
    where: [
      { path: "value.role", op: "=", value: "owner" },
      { path: "value.active", op: "=", value: true },
    ],
    limit: 2,
  });
  if (!items.some((item) => item.id !== id))
    throw new Problem("last-owner", { detail: "An organisation needs an owner. Make someone else an owner first." });
}

/** Takes the new address and gives up the old, in the user's own commit. Throws `email-taken`. */
async function moveEmail(
  store: TenantStore,
  userId: string,
  from: string | undefined,
  to: string | undefined,
): Promise<readonly Operation[]> {
  if (from === to) return [];
  const operations: Operation[] = [];
  if (to !== undefined) {
    if ((await store.read(UserEmails, [], emailId(to))) !== undefined)
      throw new Problem("email-taken", {
        detail: "Someone in your organisation has this e-mail address.",
        errors: [{ path: "body.email", message: "Taken" }],
      });
    operations.push(create(UserEmails, emailId(to), { userId }));
  }
  if (from !== undefined) operations.push(remove(UserEmails, emailId(from)));
  return operations;
}

/**
 * Ends the sign-ins that the change ended, closes the sockets of whoever may not sign in any more, and forgets the passwords
 * that count no longer. One's own sign-in outlives a change of one's own password.
 */
async function settle(dependencies: UserRulesDependencies, { tenantId, actor, change }: Made): Promise<void> {
  const { id, action, revision, secretsChanged } = change;
  if (action === "created") return forgetPasswords(dependencies, tenantId, id, revision);
  if (action === "updated" && secretsChanged.length === 0 && change.before?.active === change.after?.active) return;
  const { log, sessions, realtime } = dependencies;
  const current = (await log.read(Users, tenantId, id))?.value;
  const isActive = current?.active === true;
  const isOwn = actor.type === "user" && actor.userId === id;
  if (isOwn && isActive && current.signInsSince === revision) await sessions.keep(tenantId, actor.sessionId, revision);
  await sessions.endFormer(tenantId, id, isActive ? current.signInsSince : undefined);
  if (!isActive) await realtime.closeUser(tenantId, id);
  await forgetPasswords(dependencies, tenantId, id, revision);
}

/** Removes the user's credentials that no write can name any more: those of this revision or before, save the one that counts. */
async function forgetPasswords(
  { documents, log }: UserRulesDependencies,
  tenantId: TenantId,
  userId: string,
  revision: number,
): Promise<void> {
  const store = documents.forTenant(tenantId);
  const { items } = await store.query(Credentials, {
    partition: [],
    where: [{ path: "userId", op: "=", value: userId }],
    limit: MAX_CREDENTIALS,
  });
  const counting = (await log.read(Users, tenantId, userId))?.value.credentialId;
  for (const { id, etag, value } of items) {
    if (id === counting || value.revision > revision) continue;
    try {
      await store.commit("identity", [], [remove(Credentials, id, etag)]);
    } catch (error) {
      // A write that goes on with it has taken it to its own revision.
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
}
