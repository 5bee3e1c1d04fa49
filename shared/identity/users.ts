import { type ShownUser, User, type UserInput } from "../configuration/kinds.ts";
import { type Edit, type KindRules, loggedKind, type Standing, type Write } from "../configuration/model.ts";
import type { Caller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import {
  CommitRejected,
  create,
  type Documents,
  type Operation,
  remove,
  type TenantStore,
} from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newId, type TenantId } from "../platform/ids.ts";
import type { Realtime } from "../platform/realtime/port.ts";
import type { Telemetry } from "../platform/telemetry/port.ts";
import { Credentials, UserEmails } from "./model.ts";
import type { Passwords } from "./passwords.ts";
import { emailId } from "./rules.ts";
import type { SessionStore } from "./sessions.ts";

export const Users = loggedKind("users", User, ({ name, email, role, active }) => ({ name, email, role, active }));

interface UserRulesDependencies {
  readonly documents: Documents;
  readonly passwords: Passwords;
  readonly sessions: SessionStore;
  readonly realtime: Realtime;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
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
      return {
        edit: (standing) => plan.edit(standing),
        committed: (before, after) => settle(dependencies, write, before, after),
      };
    },
    remove: (write) => ({
      edit: (standing) => removal(write, standing),
      committed: (before, after) => settle(dependencies, write, before, after),
    }),
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

/** Writes a credential that counts for nobody yet; resolves to its id. */
export async function addCredential(
  { documents, clock }: Pick<UserRulesDependencies, "documents" | "clock">,
  tenantId: TenantId,
  userId: string,
  hash: string,
): Promise<string> {
  const id = newId("crd", clock.now());
  await documents.forTenant(tenantId).commit("identity", [], [create(Credentials, id, { userId, hash })]);
  return id;
}

class UserWrite {
  readonly #dependencies: UserRulesDependencies;
  readonly #write: Write;
  readonly #input: UserInput;
  #credential: Promise<string> | undefined;

  constructor(dependencies: UserRulesDependencies, write: Write, input: UserInput) {
    this.#dependencies = dependencies;
    this.#write = write;
    this.#input = input;
  }

  async edit({ store, current, revision }: Standing<User>): Promise<Edit<User>> {
    const { name, email, role, active, password } = this.#input;
    if (role === "owner" || current?.role === "owner") mustBeOwner(this.#write.caller);
    if (isOwner(current) && !isOwner(this.#input)) await mustHaveAnotherOwner(store, this.#write.id);
    const operations = await moveEmail(store, this.#write.id, current?.email, email);
    if (password !== undefined) this.#credential ??= this.#newCredential(password);
    const credentialId = (await this.#credential) ?? current?.credentialId;
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

  async #newCredential(password: string): Promise<string> {
    const hash = await this.#dependencies.passwords.hash(password);
    return addCredential(this.#dependencies, this.#write.caller.tenantId, this.#write.id, hash);
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
  if (actor.type === "user" && actor.role !== "owner")
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

/** What the commit left to do; none of it may fail the write that stands, and each is safe to lose. */
async function settle(
  { documents, sessions, realtime, telemetry }: UserRulesDependencies,
  { caller: { tenantId, actor }, id }: Write,
  before: User | undefined,
  after: User | undefined,
): Promise<void> {
  if (before === undefined || before.signInsSince === after?.signInsSince) return;
  try {
    const own = actor.type === "user" && actor.userId === id && after?.active === true ? actor.sessionId : undefined;
    if (own !== undefined && after !== undefined) await sessions.keep(tenantId, own, after.signInsSince);
    await sessions.endAll(tenantId, id, own);
    if (after?.active !== true) await realtime.closeUser(tenantId, id);
    if (before.credentialId !== after?.credentialId)
      await documents.forTenant(tenantId).commit("identity", [], [remove(Credentials, before.credentialId)]);
  } catch (error) {
    if (error instanceof CommitRejected) return;
    telemetry.log("warn", "user settled in part", { tenantId, userId: id, error });
  }
}
